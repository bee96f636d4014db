// Why this file exists: the first seam. Files, time and randomness are reached only through here, so that a test can
// fail any call, lose what was not flushed, and move the clock.
// Invariant: a maker never answers EINTR except from readSome and writeSome; readFully, writeFully handle it, and short
// counts, in one place for all makers.
private import Glibc

/// How a file is opened.
public enum OpenMode: Sendable, Hashable {
    /// For reading; the file must exist.
    case read
    /// For reading and writing; the file must exist.
    case readWrite
    /// For reading and writing; created when missing, with mode 0600.
    case create
    /// For reading and writing; EEXIST when the file exists.
    case createNew
}

/// What the file system knows about a file.
public struct FileStatus: Sendable, Equatable {
    /// Length in bytes.
    public var size: Int64
    /// Bytes taken on the device.
    public var allocated: Int64

    public init(size: Int64, allocated: Int64) {
        self.size = size
        self.allocated = allocated
    }
}

/// Sizes of a file system in bytes.
public struct FileSystemRoom: Sendable, Equatable {
    /// What an unprivileged process can still write.
    public var free: Int64
    public var total: Int64

    public init(free: Int64, total: Int64) {
        self.free = free
        self.total = total
    }
}

/// Files, clocks and randomness. Every call may block; all may come from any thread, several at once.
/// Every error is a ``SystemCallError`` that names the call as in `man 2`.
public protocol IO: Sendable {
    /// See: 'man 2 open'. The descriptor closes when the last holder lets go.
    func open(_ path: String, _ mode: OpenMode) throws(SystemCallError) -> OpenFile

    /// One attempt. Answers 0 at the end of the file; may answer less than asked, or EINTR. See: 'man 2 pread'.
    func readSome(_ file: OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64)
        throws(SystemCallError) -> Int

    /// One attempt to write all pieces one behind the other (at most 1,024 of them).
    /// May write less than asked, or answer EINTR. See: 'man 2 pwritev'.
    func writeSome(_ file: OpenFile, _ pieces: [UnsafeRawBufferPointer], at offset: Int64)
        throws(SystemCallError) -> Int

    /// Makes content (and size) durable. A failure is final: what was not flushed may be gone, and a second call may
    /// claim success. See: 'man 2 fdatasync'.
    func synchronize(_ file: OpenFile) throws(SystemCallError)

    /// Makes creation, removal and renaming in a directory durable. See: 'man 2 fsync'.
    func synchronizeDirectory(_ path: String) throws(SystemCallError)

    /// Asks for a range to be written back soon; promises nothing. See: 'man 2 sync_file_range'.
    func startWriteback(_ file: OpenFile, at offset: Int64, length: Int64)

    /// Atomically gives a file another name, replacing what had it. See: 'man 2 rename'.
    func rename(_ path: String, to newPath: String) throws(SystemCallError)

    /// See: 'man 2 unlink'.
    func remove(_ path: String) throws(SystemCallError)

    /// See: 'man 2 ftruncate'.
    func truncate(_ file: OpenFile, to size: Int64) throws(SystemCallError)

    /// Reserves room. Reads give zeros; the first write into it still changes metadata. See: 'man 2 fallocate'.
    func allocate(_ file: OpenFile, at offset: Int64, length: Int64) throws(SystemCallError)

    /// The names in a directory, sorted by bytes, without `.` and `..`. See: 'man 3 readdir'.
    func list(_ path: String) throws(SystemCallError) -> [String]

    /// See: 'man 2 fstat'.
    func status(of file: OpenFile) throws(SystemCallError) -> FileStatus

    /// See: 'man 2 stat'.
    func status(at path: String) throws(SystemCallError) -> FileStatus

    /// Makes a directory of mode 0700; one that exists already is fine. See: 'man 2 mkdir'.
    func makeDirectory(_ path: String) throws(SystemCallError)

    /// Tries to take the exclusive lock of an open file, which lasts until it closes; false when somebody else has it.
    /// See: 'man 2 flock'.
    func lock(_ file: OpenFile) throws(SystemCallError) -> Bool

    /// Nanoseconds that only ever grow, also while the machine sleeps, and that nobody can set; unrelated to the calendar.
    func monotonicNanoseconds() -> Int64

    /// Nanoseconds since 1970-01-01 UTC. May jump either way.
    func wallNanoseconds() -> Int64

    /// Unpredictable bytes. See: 'man 2 getrandom'.
    func randomBytes(count: Int) throws(SystemCallError) -> [UInt8]

    /// How much room the file system of `path` has. See: 'man 3 statvfs'.
    func room(at path: String) throws(SystemCallError) -> FileSystemRoom
}

extension IO {
    /// Reads until `buffer` is full or the file ends; answers how many bytes were read.
    public func readFully(_ file: OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64)
        throws(SystemCallError) -> Int
    {
        var filled = 0
        while filled < buffer.count {
            do throws(SystemCallError) {
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                let count = try readSome(file, into: rest, at: offset + Int64(filled))
                if count == 0 { break }
                filled += count
            } catch {
                guard error.code == EINTR else { throw error }
            }
        }
        return filled
    }

    /// Writes all pieces one behind the other. After an error any part of them may have been written.
    public func writeFully(_ file: OpenFile, _ pieces: [UnsafeRawBufferPointer], at offset: Int64)
        throws(SystemCallError)
    {
        var pieces = pieces.filter { !$0.isEmpty }
        var position = offset
        while !pieces.isEmpty {
            do throws(SystemCallError) {
                var count = try writeSome(file, pieces, at: position)
                // A write that takes nothing and fails with nothing would be tried for ever.
                guard count > 0 else { throw SystemCallError("pwrite", code: EIO, object: "") }
                position += Int64(count)
                while let first = pieces.first, count >= first.count {
                    count -= first.count
                    pieces.removeFirst()
                }
                if count > 0, let first = pieces.first {
                    pieces[0] = UnsafeRawBufferPointer(rebasing: first[count...])
                }
            } catch {
                guard error.code == EINTR else { throw error }
            }
        }
    }

    /// Writes all bytes. After an error any part of them may have been written.
    public func writeFully(_ file: OpenFile, _ bytes: [UInt8], at offset: Int64) throws(SystemCallError) {
        let failure: SystemCallError? = bytes.withUnsafeBytes { bytes in
            do throws(SystemCallError) {
                try writeFully(file, [bytes], at: offset)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// At most `count` bytes at `offset`; fewer only at the end of the file.
    public func readFully(_ file: OpenFile, count: Int, at offset: Int64) throws(SystemCallError) -> [UInt8] {
        var failure: SystemCallError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(SystemCallError) {
                filled = try readFully(file, into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
