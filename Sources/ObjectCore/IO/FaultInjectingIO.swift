// Why this file exists: the IO of fault tests. It wraps another maker, logs every call in order, fails those that a plan
// names and, when asked to crash, takes back from the real files what was not flushed.
// Invariant: after crash() the files hold everything that a successful synchronize covered; of the rest, what the
// chosen survival says. From then on every call fails, so that the old owner cannot repair anything.
private import Glibc
private import Synchronization

/// Logs, fails and forgets on command. For tests.
public final class FaultInjectingIO: IO {
    private let base: any IO
    private let tracksUnflushed: Bool
    private let state: Mutex<State>

    private struct State {
        var faults: [(fault: IOFault, seen: Int)] = []
        var log: [IOCall] = []
        var files = UnflushedChanges()
        var hasCrashed = false
    }

    /// - Parameters:
    ///   - base: what does the work.
    ///   - plan: the faults, each counting calls on its own.
    ///   - tracksUnflushed: remembers what each unflushed call overwrote, which ``crash(_:)`` needs. Costs a read
    ///     before each write.
    public init(_ base: any IO = RealIO(), plan: [IOFault] = [], tracksUnflushed: Bool = false) {
        self.base = base
        self.tracksUnflushed = tracksUnflushed
        state = Mutex(State(faults: plan.map { ($0, 0) }))
    }

    /// All calls so far, in order of their beginning.
    public var log: [IOCall] { state.withLock { $0.log } }

    /// Replaces the plan and begins to count anew; an empty plan ends all faults.
    public func setPlan(_ plan: [IOFault]) {
        state.withLock { $0.faults = plan.map { ($0, 0) } }
    }

    /// Forgets the log.
    public func clearLog() { state.withLock { $0.log.removeAll() } }

    /// The power goes: unflushed changes are taken back except for the survivors, and every later call fails with EIO.
    /// No other call may be under way.
    public func crash(_ survival: CrashSurvival = .none) throws(SystemCallError) {
        precondition(tracksUnflushed, "only an IO that tracks unflushed changes can crash")
        let files = state.withLock { state in
            state.hasCrashed = true
            return state.files
        }
        try files.apply(survival, with: base)
    }

    /// Counts and logs a call; answers the most bytes it may move, or throws its fault.
    private func begin(_ kind: IOCallKind, _ path: String, _ offset: Int64 = 0, _ length: Int = 0)
        throws(SystemCallError) -> Int
    {
        while true {
            let effect: IOFault.Effect? = state.withLock { state in
                guard !state.hasCrashed else { return .error(EIO) }
                let name = path.split(separator: "/").last.map(String.init) ?? path
                var effect: IOFault.Effect?
                for index in state.faults.indices {
                    let fault = state.faults[index].fault
                    guard fault.kind == nil || fault.kind == kind else { continue }
                    if let suffix = fault.nameSuffix, !name.hasSuffix(suffix) { continue }
                    let seen = state.faults[index].seen
                    state.faults[index].seen += 1
                    if seen >= fault.index, seen - fault.index < fault.count { effect = fault.effect }
                }
                state.log.append(
                    IOCall(kind: kind, name: name, offset: offset, length: Int64(length), isFaulted: effect != nil))
                return effect
            }
            switch effect {
            case nil: return length
            case .short(let most): return min(length, max(1, most))
            case .error(EINTR) where kind != .read && kind != .write: continue
            case .error(let code): throw SystemCallError(kind.rawValue, code: code, object: path)
            }
        }
    }

    private func path(_ file: OpenFile) -> String {
        state.withLock { $0.files.path(of: file.descriptor) ?? "descriptor \(file.descriptor)" }
    }

    private func record(_ body: (inout UnflushedChanges) -> Void) {
        state.withLock { body(&$0.files) }
    }

    public func open(_ path: String, _ mode: OpenMode) throws(SystemCallError) -> OpenFile {
        _ = try begin(.open, path)
        let isNew = (mode == .create || mode == .createNew) && (try? base.status(at: path)) == nil
        let file = try base.open(path, mode)
        record { $0.opened(path, descriptor: file.descriptor, isNew: isNew && tracksUnflushed) }
        return file
    }

    public func readSome(_ file: OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64)
        throws(SystemCallError) -> Int
    {
        let most = try begin(.read, path(file), offset, buffer.count)
        return try base.readSome(file, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<most]), at: offset)
    }

    public func writeSome(_ file: OpenFile, _ pieces: [UnsafeRawBufferPointer], at offset: Int64)
        throws(SystemCallError) -> Int
    {
        var most = try begin(.write, path(file), offset, pieces.reduce(0) { $0 + $1.count })
        var allowed: [UnsafeRawBufferPointer] = []
        for piece in pieces where most > 0 {
            allowed.append(UnsafeRawBufferPointer(rebasing: piece.prefix(most)))
            most -= allowed[allowed.count - 1].count
        }
        guard tracksUnflushed else { return try base.writeSome(file, allowed, at: offset) }
        let old = try base.readFully(file, count: allowed.reduce(0) { $0 + $1.count }, at: offset)
        let oldSize = try base.status(of: file).size
        let count = try base.writeSome(file, allowed, at: offset)
        var new: [UInt8] = []
        new.reserveCapacity(old.count)
        for piece in allowed { new.append(contentsOf: piece.prefix(count - new.count)) }
        let written = new
        record {
            $0.changed(
                file.descriptor, .write(offset: offset, old: Array(old.prefix(count)), new: written, oldSize: oldSize))
        }
        return count
    }

    public func synchronize(_ file: OpenFile) throws(SystemCallError) {
        _ = try begin(.synchronize, path(file))
        let covered = state.withLock { $0.files.changeCount(file.descriptor) }
        try base.synchronize(file)
        record { $0.flushed(file.descriptor, covered: covered) }
    }

    public func synchronizeDirectory(_ path: String) throws(SystemCallError) {
        _ = try begin(.synchronizeDirectory, path)
        let covered = state.withLock { $0.files.nameChangeCount }
        try base.synchronizeDirectory(path)
        record { $0.flushedNames(in: path, covered: covered) }
    }

    public func startWriteback(_ file: OpenFile, at offset: Int64, length: Int64) {
        base.startWriteback(file, at: offset, length: length)
    }

    public func rename(_ path: String, to newPath: String) throws(SystemCallError) {
        _ = try begin(.rename, newPath)
        let replaced = tracksUnflushed ? try? contents(newPath) : nil
        try base.rename(path, to: newPath)
        record { $0.renamed(path, to: newPath, replaced: replaced, isTracked: tracksUnflushed) }
    }

    public func remove(_ path: String) throws(SystemCallError) {
        _ = try begin(.remove, path)
        let removed = tracksUnflushed ? try? contents(path) : nil
        try base.remove(path)
        record { $0.removed(path, contents: removed) }
    }

    public func truncate(_ file: OpenFile, to size: Int64) throws(SystemCallError) {
        _ = try begin(.truncate, path(file), size)
        let oldSize = try base.status(of: file).size
        let cut =
            tracksUnflushed && oldSize > size
            ? try base.readFully(file, count: Int(oldSize - size), at: size) : []
        try base.truncate(file, to: size)
        if tracksUnflushed { record { $0.changed(file.descriptor, .truncate(size: size, oldSize: oldSize, cut: cut)) } }
    }

    public func allocate(_ file: OpenFile, at offset: Int64, length: Int64) throws(SystemCallError) {
        _ = try begin(.allocate, path(file), offset, Int(clamping: length))
        let oldSize = try base.status(of: file).size
        try base.allocate(file, at: offset, length: length)
        let size = max(oldSize, offset + length)
        if tracksUnflushed { record { $0.changed(file.descriptor, .truncate(size: size, oldSize: oldSize, cut: [])) } }
    }

    public func list(_ path: String) throws(SystemCallError) -> [String] {
        _ = try begin(.list, path)
        return try base.list(path)
    }

    public func status(of file: OpenFile) throws(SystemCallError) -> FileStatus {
        _ = try begin(.status, path(file))
        return try base.status(of: file)
    }

    public func status(at path: String) throws(SystemCallError) -> FileStatus {
        _ = try begin(.status, path)
        return try base.status(at: path)
    }

    public func makeDirectory(_ path: String) throws(SystemCallError) {
        _ = try begin(.makeDirectory, path)
        try base.makeDirectory(path)
    }

    public func lock(_ file: OpenFile) throws(SystemCallError) -> Bool {
        _ = try begin(.lock, path(file))
        return try base.lock(file)
    }

    public func monotonicNanoseconds() -> Int64 { base.monotonicNanoseconds() }

    public func wallNanoseconds() -> Int64 { base.wallNanoseconds() }

    public func randomBytes(count: Int) throws(SystemCallError) -> [UInt8] {
        _ = try begin(.random, "")
        return try base.randomBytes(count: count)
    }

    public func room(at path: String) throws(SystemCallError) -> FileSystemRoom {
        _ = try begin(.free, path)
        return try base.room(at: path)
    }

    private func contents(_ path: String) throws(SystemCallError) -> [UInt8] {
        let file = try base.open(path, .read)
        return try base.readFully(file, count: Int(base.status(of: file).size), at: 0)
    }
}
