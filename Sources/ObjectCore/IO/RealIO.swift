// Why this file exists: the IO of production: plain system calls, no io_uring, because fault injectors that work from
// outside of the process are blind to it.
private import CSystem
private import Glibc

/// The real file system, clocks and random source.
public struct RealIO: IO {
    public init() {}

    public func open(_ path: String, _ mode: OpenMode) throws(SystemCallError) -> OpenFile {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            }
        let descriptor = try Self.retrying("open", path) { cairn_open(path, flags, 0o600) }
        return OpenFile(owning: descriptor)
    }

    public func readSome(_ file: OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64)
        throws(SystemCallError) -> Int
    {
        let count = pread(file.descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        guard count >= 0 else { throw Self.failure("pread", file) }
        return count
    }

    public func writeSome(_ file: OpenFile, _ pieces: [UnsafeRawBufferPointer], at offset: Int64)
        throws(SystemCallError) -> Int
    {
        let count: Int
        if pieces.count == 1 {
            count = pwrite(file.descriptor, pieces[0].baseAddress, pieces[0].count, off_t(offset))
        } else {
            let vectors = pieces.map {
                iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
            }
            count = pwritev(file.descriptor, vectors, Int32(clamping: vectors.count), off_t(offset))
        }
        guard count >= 0 else { throw Self.failure("pwrite", file) }
        return count
    }

    public func synchronize(_ file: OpenFile) throws(SystemCallError) {
        try Self.retrying("fdatasync", file) { fdatasync(file.descriptor) }
    }

    public func synchronizeDirectory(_ path: String) throws(SystemCallError) {
        let descriptor = try Self.retrying("open", path) { cairn_open(path, O_RDONLY | O_DIRECTORY, 0) }
        let directory = OpenFile(owning: descriptor)
        try Self.retrying("fsync", directory) { fsync(directory.descriptor) }
    }

    public func startWriteback(_ file: OpenFile, at offset: Int64, length: Int64) {
        cairn_start_writeback(file.descriptor, offset, length)
    }

    public func rename(_ path: String, to newPath: String) throws(SystemCallError) {
        try Self.retrying("rename", newPath) { Glibc.rename(path, newPath) }
    }

    public func remove(_ path: String) throws(SystemCallError) {
        try Self.retrying("unlink", path) { unlink(path) }
    }

    public func truncate(_ file: OpenFile, to size: Int64) throws(SystemCallError) {
        try Self.retrying("ftruncate", file) { ftruncate(file.descriptor, off_t(size)) }
    }

    public func allocate(_ file: OpenFile, at offset: Int64, length: Int64) throws(SystemCallError) {
        try Self.retrying("fallocate", file) { fallocate(file.descriptor, 0, off_t(offset), off_t(length)) }
    }

    public func list(_ path: String) throws(SystemCallError) -> [String] {
        guard let directory = opendir(path) else { throw SystemCallError("opendir", code: errno, object: path) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw SystemCallError("readdir", code: errno, object: path) }
                break
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    public func status(of file: OpenFile) throws(SystemCallError) -> FileStatus {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw Self.failure("fstat", file) }
        return FileStatus(size: Int64(status.st_size), allocated: Int64(status.st_blocks) * 512)
    }

    public func status(at path: String) throws(SystemCallError) -> FileStatus {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemCallError("stat", code: errno, object: path) }
        return FileStatus(size: Int64(status.st_size), allocated: Int64(status.st_blocks) * 512)
    }

    public func makeDirectory(_ path: String) throws(SystemCallError) {
        guard mkdir(path, 0o700) != 0 else { return }
        let code = errno
        var status = stat()
        guard code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw SystemCallError("mkdir", code: code, object: path)
        }
    }

    public func lock(_ file: OpenFile) throws(SystemCallError) -> Bool {
        do {
            try Self.retrying("flock", file) { flock(file.descriptor, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            guard error.code == EWOULDBLOCK else { throw error }
            return false
        }
    }

    public func monotonicNanoseconds() -> Int64 { Self.clock(CLOCK_BOOTTIME) }

    public func wallNanoseconds() -> Int64 { Self.clock(CLOCK_REALTIME) }

    public func randomBytes(count: Int) throws(SystemCallError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let result = bytes.withUnsafeMutableBytes { bytes in
                let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
                return getrandom(rest.baseAddress, rest.count, 0)
            }
            if result < 0 {
                guard errno == EINTR else { throw SystemCallError("getrandom", code: errno, object: "") }
            } else {
                filled += result
            }
        }
        return bytes
    }

    public func room(at path: String) throws(SystemCallError) -> FileSystemRoom {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw SystemCallError("statvfs", code: errno, object: path) }
        let unit = Int64(clamping: status.f_frsize)
        func bytes(_ blocks: fsblkcnt_t) -> Int64 {
            let (bytes, overflow) = Int64(clamping: blocks).multipliedReportingOverflow(by: unit)
            return overflow ? .max : bytes
        }
        return FileSystemRoom(free: bytes(status.f_bavail), total: bytes(status.f_blocks))
    }

    private static func clock(_ identifier: clockid_t) -> Int64 {
        var time = timespec()
        // Neither clock can fail. See: 'man 2 clock_gettime'.
        clock_gettime(identifier, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    @discardableResult
    private static func retrying(_ call: String, _ path: String, _ body: () -> Int32) throws(SystemCallError) -> Int32 {
        while true {
            let result = body()
            if result >= 0 { return result }
            let code = errno
            guard code == EINTR else { throw SystemCallError(call, code: code, object: path) }
        }
    }

    private static func retrying(_ call: String, _ file: OpenFile, _ body: () -> Int32) throws(SystemCallError) {
        while body() < 0 {
            guard errno == EINTR else { throw failure(call, file) }
        }
    }

    /// The error of a call on a descriptor; the path is asked for only now, so that success costs nothing.
    private static func failure(_ call: String, _ file: OpenFile) -> SystemCallError {
        let code = errno
        var name = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/fd/\(file.descriptor)", &name, name.count)
        let path = name.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        return SystemCallError(call, code: code, object: String(decoding: path, as: UTF8.self))
    }
}
