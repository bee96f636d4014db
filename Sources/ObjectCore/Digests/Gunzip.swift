// Why this file exists: bodies that clients compress are opened here, behind the one door to zlib. Invariant: never
// more than the caller's maximum is made of them, whatever a small body claims to become.
private import CZlib

/// Opens gzip. See: RFC 1952.
public enum Gunzip {
    /// Why bytes cannot be opened.
    public enum Failure: Error, Sendable, Equatable {
        /// They are no gzip, or were cut off.
        case malformed
        /// They would become more than the maximum.
        case tooLong
    }

    private static let stepLength = 64 << 10

    /// The content of one or more gzip members.
    /// - Parameters:
    ///   - maximum: of the result, in bytes.
    ///   - bytes: what is read.
    public static func open(_ bytes: [UInt8], maximum: Int) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        // 15 bits of window, and 16 for the gzip wrapper. See: zlib.h, inflateInit2.
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .malformed
        }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output: [UInt8] = []
        var step = [UInt8](repeating: 0, count: stepLength)
        let result: Result<Void, Failure> = input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            while true {
                let (code, made) = step.withUnsafeMutableBufferPointer { room in
                    stream.next_out = room.baseAddress
                    stream.avail_out = UInt32(room.count)
                    let code = inflate(&stream, Z_NO_FLUSH)
                    return (code, room.count - Int(stream.avail_out))
                }
                guard output.count + made <= maximum else { return .failure(.tooLong) }
                output.append(contentsOf: step[..<made])
                switch code {
                case Z_OK where made > 0 || stream.avail_in > 0: continue
                case Z_STREAM_END where stream.avail_in == 0: return .success(())
                // Members may follow each other. See: RFC 1952 section 2.2.
                case Z_STREAM_END where inflateReset(&stream) == Z_OK: continue
                default: return .failure(.malformed)
                }
            }
        }
        try result.get()
        return output
    }
}
