// Why this file exists: the zero-copy currency between the store and a gateway. A region names bytes that lie in
// an open file; the file stays open, and so the bytes stay readable, for as long as somebody holds the region,
// even when garbage collection has unlinked the file meanwhile.
private import Glibc

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
