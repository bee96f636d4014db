// Why this file exists: glibc's allocator is made for programs with many threads and much memory: it keeps an arena for
// each thread, in each of which freed buffers of uploads stay. A server whose threads take turns with the same buffers
// is served better by few arenas that give back what they do not need.
private import CSystem

/// How the process takes memory of the system.
public enum AllocatorSettings {
    /// Sets the limits; to be called before there is much to limit. What the environment says goes before
    /// (`MALLOC_ARENA_MAX`, `MALLOC_MMAP_THRESHOLD_`, `MALLOC_TRIM_THRESHOLD_`). See: 'man 3 mallopt'.
    public static func apply() { cairn_limit_allocator() }

    /// Gives what is free back to the system. Takes milliseconds, in which other threads may have to wait.
    /// See: 'man 3 malloc_trim'.
    public static func trim() { cairn_trim_allocator() }
}
