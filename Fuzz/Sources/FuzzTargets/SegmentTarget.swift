// Why this file exists: what a disk gives back: records of segments, lists of chunks, packed content. A CRC would keep the
// fuzzer from ever getting behind a header, so the input says which headers are to have a right one.
import Glibc

@testable import ObjectCore

enum SegmentTarget {
    private static let header = SegmentHeader(
        store: [UInt8](repeating: 7, count: 16), number: 1, salt: 42, stream: .bulk)

    static func run(_ input: [UInt8]) {
        _ = try? Manifest(encoded: input)
        _ = SegmentHeader(decoding: Array(input.prefix(64)))
        if let first = input.first {
            let packed = PackedContent(storedLength: Int64(input.count))
            _ = try? packed.starts(table: Array(input.dropFirst()))
            _ = try? PackedContent.unpack(Array(input.dropFirst()), length: Int(first) * 100)
        }
        scan(mended(input))
    }

    /// A segment whose records begin with one of three bytes: as it is; with a right header; with one and a right digest.
    private static func mended(_ input: [UInt8]) -> [UInt8] {
        var segment = header.encoded()
        var rest = input[...]
        while rest.count > 65 {
            let choice = rest.removeFirst() % 3
            let length = Int(rest[rest.startIndex]) * 8
            let payload = Array(rest.dropFirst(64).prefix(length))
            if choice == 0 {
                segment += rest.prefix(64)
            } else {
                let record = ChunkRecord(
                    id: ChunkID(Int64(rest[rest.startIndex + 1])), kind: length % 3 == 0 ? .manifest : .data,
                    digest: choice == 2 ? Digest.sha256(payload) : [UInt8](repeating: 1, count: 32), bytes: payload)
                let offset = Int64(segment.count)
                withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { bytes in
                    RecordHeader(record).encode(into: bytes, seed: header.recordSeed, offset: offset)
                    segment += bytes
                }
            }
            segment += payload
            rest = rest.dropFirst(64 + length)
        }
        return segment + rest
    }

    private static func scan(_ segment: [UInt8]) {
        let io = MemoryIO(segment)
        guard let file = try? io.open("", .read) else { return }
        var scanner = SegmentScanner(io, file, seed: header.recordSeed, end: Int64(segment.count))
        var position = scanner.position
        while let record = try? scanner.next() {
            require(scanner.position > position, "a scan stands still")
            require(record.payload + Int64(record.header.length) <= Int64(segment.count), "a record lies outside")
            position = scanner.position
            guard record.header.kind == .manifest else { continue }
            let payload = Array(segment[Int(record.payload)..<Int(record.payload) + record.header.length])
            _ = try? Manifest(encoded: payload)
        }
    }
}

/// A file in memory. Only what a scan asks for is there.
private struct MemoryIO: IO {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var refusal: SystemCallError { SystemCallError("simulated", code: EROFS, object: "") }

    // No descriptor of its own: -1 closes to nothing.
    func open(_ path: String, _ mode: OpenMode) throws(SystemCallError) -> OpenFile { OpenFile(owning: -1) }

    func readSome(_ file: OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64)
        throws(SystemCallError) -> Int
    {
        let start = Int(clamping: max(0, offset))
        guard start < bytes.count else { return 0 }
        let part = bytes[start..<min(bytes.count, start + buffer.count)]
        buffer.copyBytes(from: part)
        return part.count
    }

    func writeSome(_ file: OpenFile, _ pieces: [UnsafeRawBufferPointer], at offset: Int64)
        throws(SystemCallError) -> Int
    { throw refusal }
    func synchronize(_ file: OpenFile) throws(SystemCallError) { throw refusal }
    func synchronizeDirectory(_ path: String) throws(SystemCallError) { throw refusal }
    func startWriteback(_ file: OpenFile, at offset: Int64, length: Int64) {}
    func rename(_ path: String, to newPath: String) throws(SystemCallError) { throw refusal }
    func remove(_ path: String) throws(SystemCallError) { throw refusal }
    func truncate(_ file: OpenFile, to size: Int64) throws(SystemCallError) { throw refusal }
    func allocate(_ file: OpenFile, at offset: Int64, length: Int64) throws(SystemCallError) { throw refusal }
    func list(_ path: String) throws(SystemCallError) -> [String] { throw refusal }
    func status(of file: OpenFile) throws(SystemCallError) -> FileStatus { throw refusal }
    func status(at path: String) throws(SystemCallError) -> FileStatus { throw refusal }
    func makeDirectory(_ path: String) throws(SystemCallError) { throw refusal }
    func lock(_ file: OpenFile) throws(SystemCallError) -> Bool { throw refusal }
    func monotonicNanoseconds() -> Int64 { 0 }
    func wallNanoseconds() -> Int64 { 0 }
    func randomBytes(count: Int) throws(SystemCallError) -> [UInt8] { throw refusal }
    func room(at path: String) throws(SystemCallError) -> FileSystemRoom { throw refusal }
}
