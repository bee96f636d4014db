// Why this file exists: a store writes 32 MiB of zeros ahead of its appends, which in hundreds of stores that live for
// milliseconds is most of what a test run does. Tests open a small one; what it does is the same, with shorter files, and
// so it goes on to the next one sooner. Each test module has it by a symbolic link.
import ObjectCore

extension StoreOptions {
    /// Defaults, with a prewritten file of one step.
    static var small: StoreOptions {
        var options = StoreOptions()
        options.segments.smallSegmentBytes = Int64(options.segments.prewriteStepBytes)
        return options
    }
}

extension ObjectStore {
    /// Stands before the one of the library, whose options have a default.
    static func open(_ path: String) throws(StoreError) -> ObjectStore { try open(path, options: .small) }
}
