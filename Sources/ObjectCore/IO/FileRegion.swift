// Why this file exists: the zero-copy currency between the store and a gateway. A region names bytes that lie in
// an open file; the file stays open, and so the bytes stay readable, for as long as somebody holds the region,
// even when garbage collection has unlinked the file meanwhile.
import Glibc

/// An open file descriptor with shared ownership; closed when the last holder lets go.
public final class OpenFile: Sendable {
    /// The descriptor. Borrow it for a call; never close it.
    public let descriptor: Int32

    /// Takes over `descriptor`: nobody else may close it.
    public init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        // See: 'man 2 close': the descriptor is released whatever close answers; never retry.
        _ = Glibc.close(descriptor)
    }
}

/// A run of bytes in an open file.
public struct FileRegion: Sendable {
    /// The file that holds the bytes.
    public let file: OpenFile
    /// Where the bytes begin, counted in bytes from the start of the file.
    public let offset: Int64
    /// How many bytes there are.
    public let length: Int

    /// A region of `length` bytes at `offset` of `file`.
    public init(file: OpenFile, offset: Int64, length: Int) {
        self.file = file
        self.offset = offset
        self.length = length
    }
}

extension FileRegion {
    /// The bytes, read into memory.
    /// - Throws: ``StoreError/corrupt(_:)`` when the file ends early, ``StoreError/system(_:)``.
    public func bytes() throws(StoreError) -> [UInt8] {
        var failure: StoreError?
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
            while filled < length {
                // See: 'man 2 pread'.
                let count = Glibc.pread(
                    file.descriptor, buffer.baseAddress! + filled, length - filled, off_t(offset) + filled)
                if count > 0 {
                    filled += count
                } else if count == 0 {
                    failure = .corrupt("a segment ends before byte \(offset + Int64(length))")
                    return
                } else if errno != EINTR {
                    failure = .system(SystemCallError("pread", code: errno, object: ""))
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
