// Why this file exists: what the store writes about itself can be long, and goes out compressed as it is made, a piece at a
// time. Invariant: memory stays the same however much is written.
private import CZlib

/// Compresses into one gzip member. See: RFC 1952.
public final class GzipStream {
    private static let stepLength = 64 << 10
    // zlib keeps the address of its stream, so the stream must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    public init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for the gzip wrapper; 8 is zlib's default of memory. See: zlib.h, deflateInit2.
        let result = deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        // It fails for want of memory, or for parameters that are constants here.
        precondition(result == Z_OK, "zlib refused to begin")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Takes bytes; gives what came out, which may be nothing yet.
    public func write(_ bytes: [UInt8]) -> [UInt8] { run(bytes, Z_NO_FLUSH) }

    /// Ends the member; gives the rest of it. Nothing may be written afterwards.
    public func finish() -> [UInt8] { run([], Z_FINISH) }

    private func run(_ bytes: [UInt8], _ flush: Int32) -> [UInt8] {
        var input = bytes
        var output: [UInt8] = []
        input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(clamping: input.count)
            var isFull = true
            while isFull {
                let piece = [UInt8](unsafeUninitializedCapacity: GzipStream.stepLength) { room, count in
                    stream.pointee.next_out = room.baseAddress
                    stream.pointee.avail_out = UInt32(room.count)
                    let result = deflate(stream, flush)
                    precondition(result != Z_STREAM_ERROR, "zlib's stream is broken")
                    isFull = stream.pointee.avail_out == 0
                    count = room.count - Int(stream.pointee.avail_out)
                }
                output += piece
            }
            stream.pointee.next_in = nil
        }
        return output
    }
}
