// Why this file exists: the third maker of the IO seam. Files are real, so that regions of them can be read; what is done to
// them is written down, so that every state a crash may leave can be made from it (``CrashPoint``). Time and randomness
// follow a seed, so that a failing run is the same run when it is run again.
import Glibc
import Synchronization

@testable import ObjectCore

/// Records what is done to the disk.
final class SimulatedIO: IO {
    let log = DiskLog()
    private let base = RealIO()
    /// A disk that acknowledges flushes of such files and does nothing: to prove that tests find one that does.
    private let ignoresFlush: @Sendable (String) -> Bool
    private let state: Mutex<State>

    private struct State {
        var random: SeededRandom
        var now: Int64 = 1_700_000_000_000_000_000
        var nextFile = 0
        var fileOfPath: [String: Int] = [:]
        var fileOfDescriptor: [Int32: (file: Int, path: String)] = [:]
    }

    init(seed: UInt64, ignoresFlush: @escaping @Sendable (String) -> Bool = { _ in false }) {
        state = Mutex(State(random: SeededRandom(seed: seed)))
        self.ignoresFlush = ignoresFlush
    }

    func open(_ path: String, _ mode: OpenMode) throws(SystemCallError) -> OpenFile {
        let file = try base.open(path, mode)
        state.withLock { state in
            if state.fileOfPath[path] == nil {
                state.fileOfPath[path] = state.nextFile
                log.append(.created(path: path, file: state.nextFile))
                state.nextFile += 1
            }
            state.fileOfDescriptor[file.descriptor] = (state.fileOfPath[path] ?? 0, path)
        }
        return file
    }

    private func known(_ file: OpenFile) -> (file: Int, path: String) {
        state.withLock { $0.fileOfDescriptor[file.descriptor] ?? (-1, "") }
    }

    func readSome(_ file: OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64)
        throws(SystemCallError) -> Int
    {
        try base.readSome(file, into: buffer, at: offset)
    }

    func writeSome(_ file: OpenFile, _ pieces: [UnsafeRawBufferPointer], at offset: Int64)
        throws(SystemCallError) -> Int
    {
        // Before it is done: a flush that begins meanwhile covers it or not, and need not.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pieces.reduce(0) { $0 + $1.count })
        for piece in pieces { bytes.append(contentsOf: piece) }
        log.append(.wrote(file: known(file).file, offset: offset, bytes: bytes))
        try base.writeFully(file, pieces, at: offset)
        return bytes.count
    }

    func synchronize(_ file: OpenFile) throws(SystemCallError) {
        let began = log.count
        let known = known(file)
        guard !ignoresFlush(known.path) else { return }
        log.append(.flushed(file: known.file, began: began))
    }

    func synchronizeDirectory(_ path: String) throws(SystemCallError) {
        guard !ignoresFlush(path) else { return }
        log.append(.flushedNames(directory: path, began: log.count))
    }

    func startWriteback(_ file: OpenFile, at offset: Int64, length: Int64) {}

    func rename(_ path: String, to newPath: String) throws(SystemCallError) {
        try base.rename(path, to: newPath)
        state.withLock { state in
            state.fileOfPath[newPath] = state.fileOfPath.removeValue(forKey: path)
            log.append(.renamed(from: path, to: newPath))
        }
    }

    func remove(_ path: String) throws(SystemCallError) {
        try base.remove(path)
        state.withLock { state in
            state.fileOfPath[path] = nil
            log.append(.removed(path: path))
        }
    }

    func truncate(_ file: OpenFile, to size: Int64) throws(SystemCallError) {
        try base.truncate(file, to: size)
        log.append(.truncated(file: known(file).file, size: size))
    }

    func allocate(_ file: OpenFile, at offset: Int64, length: Int64) throws(SystemCallError) {
        // Holds room and no data; the ballast is not there after a crash, which must not matter.
        throw SystemCallError("fallocate", code: EOPNOTSUPP, object: known(file).path)
    }

    func list(_ path: String) throws(SystemCallError) -> [String] { try base.list(path) }
    func status(of file: OpenFile) throws(SystemCallError) -> FileStatus { try base.status(of: file) }
    func status(at path: String) throws(SystemCallError) -> FileStatus { try base.status(at: path) }

    func makeDirectory(_ path: String) throws(SystemCallError) {
        let isNew = (try? base.status(at: path)) == nil
        try base.makeDirectory(path)
        if isNew { log.append(.made(directory: path)) }
    }

    func lock(_ file: OpenFile) throws(SystemCallError) -> Bool { try base.lock(file) }

    func monotonicNanoseconds() -> Int64 { wallNanoseconds() }

    func wallNanoseconds() -> Int64 {
        state.withLock { state in
            state.now += 1_000_000
            return state.now
        }
    }

    func randomBytes(count: Int) throws(SystemCallError) -> [UInt8] {
        state.withLock { $0.random.bytes(count: count) }
    }

    /// Plenty, and the same on every machine.
    func room(at path: String) throws(SystemCallError) -> FileSystemRoom {
        FileSystemRoom(free: 1 << 40, total: 1 << 41)
    }
}
