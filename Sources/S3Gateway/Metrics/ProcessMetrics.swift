// Why this file exists: what the process costs (memory, CPU, descriptors, threads), under the names that every
// Prometheus client library uses, so that existing dashboards show them.
// See: https://prometheus.io/docs/instrumenting/writing_clientlibs/, "Process metrics"; 'man 5 proc'.
private import Glibc

/// A reading of the process's resources.
struct ProcessMetrics {
    /// User and system time, in clock ticks.
    var cpuTicks: UInt64
    var threads: UInt64
    /// Clock ticks from boot to the start of the process.
    var startTicks: UInt64
    var virtualBytes: UInt64
    var residentPages: UInt64

    /// Reads one line of /proc/PID/stat. The command's name, in parentheses, may hold anything, so fields are
    /// counted from the last parenthesis.
    init?(stat line: String) {
        guard let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        // Fields by number in the manual, less the two before the state, less one because counting begins at 0.
        func field(_ number: Int) -> UInt64? { number - 3 < fields.count ? UInt64(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
            let virtual = field(23), let resident = field(24)
        else { return nil }
        cpuTicks = user &+ system
        self.threads = threads
        startTicks = start
        virtualBytes = virtual
        residentPages = resident
    }

    /// Reads the calling process; nil without /proc.
    static func current() -> ProcessMetrics? {
        readText("/proc/self/stat", bytesMax: 4096).flatMap { ProcessMetrics(stat: $0) }
    }

    /// Writes all families that can be read here.
    static func expose(to text: inout PrometheusText) {
        if let reading = current() {
            let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
            text.family("process_cpu_seconds_total", .counter, "User and system CPU time in seconds.")
            text.sample(Double(reading.cpuTicks) / ticks)
            let page = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
            text.single(
                "process_resident_memory_bytes", .gauge, "Resident memory in bytes.", reading.residentPages &* page)
            text.single("process_virtual_memory_bytes", .gauge, "Virtual memory in bytes.", reading.virtualBytes)
            text.single("process_threads", .gauge, "Threads.", reading.threads)
            if let boot = bootTime() {
                text.family("process_start_time_seconds", .gauge, "Start of the process, seconds since 1970.")
                text.sample(Double(boot) + Double(reading.startTicks) / ticks)
            }
        }
        if let open = openDescriptors() {
            text.single("process_open_fds", .gauge, "Open file descriptors.", open)
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            text.single("process_max_fds", .gauge, "The most file descriptors that may be open.", limit.rlim_cur)
        }
    }

    /// Seconds since 1970 at which the machine started.
    private static func bootTime() -> UInt64? {
        guard let text = readText("/proc/stat", bytesMax: 1 << 20) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("btime ") {
            return UInt64(line.dropFirst(6))
        }
        return nil
    }

    private static func openDescriptors() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Less `.`, `..` and the descriptor of this very directory.
        return max(0, count - 3)
    }

    private static func readText(_ path: String, bytesMax: Int) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = fread(&bytes, 1, bytesMax, file)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
