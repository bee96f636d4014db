// Why this file exists: a record that is not exactly what was written is told from one that is.
import Testing

@testable import ObjectCore

@Suite("Records")
struct RecordCodingTests {
    @Test("integers come back", arguments: [0, 1, 127, 128, 16_383, 16_384, UInt64(Int64.max), .max] as [UInt64])
    func integers(value: UInt64) throws {
        var writer = RecordWriter()
        writer.unsigned(value)
        writer.signed(Int64(bitPattern: value))
        try writer.bytes.reading { bytes throws(StoreError) in
            var reader = RecordReader(bytes)
            #expect(try reader.unsigned() == value)
            #expect(try reader.signed() == Int64(bitPattern: value))
        }
    }

    @Test("a record that ends anywhere too early is corrupt, never a trap")
    func truncation() throws {
        var writer = RecordWriter()
        writer.text("héllo")
        writer.pairs([NameValue("a", "b"), NameValue("", "")])
        writer.checksums([Checksum(.sha256, [UInt8](repeating: 1, count: 32))])
        writer.manifest(
            Manifest(entries: [
                Manifest.Entry(
                    kind: .data, id: ChunkID(7), digest: [UInt8](repeating: 2, count: 32), chunkLength: 5, skip: 1,
                    length: 3, hint: ChunkLocation(segment: 1, offset: 64))
            ]))
        func decode(_ bytes: [UInt8]) throws(StoreError) {
            try bytes.reading { buffer throws(StoreError) in
                var reader = RecordReader(buffer)
                _ = try reader.text()
                _ = try reader.pairs()
                _ = try reader.checksums()
                _ = try reader.manifest()
            }
        }
        try decode(writer.bytes)
        for count in writer.bytes.indices {
            #expect(throws: StoreError.self) { try decode(Array(writer.bytes.prefix(count))) }
        }
    }

    @Test("one flipped bit anywhere in a sealed record or its columns is found")
    func flips() throws {
        var writer = RecordWriter()
        writer.text("some text")
        let columns: [UInt8] = [1, 2, 3, 4]
        let sealed = writer.sealed(with: columns)
        func check(_ record: [UInt8], _ columns: [UInt8]) throws(StoreError) {
            try record.reading { bytes throws(StoreError) in
                _ = try RecordReader(sealed: bytes, columns: columns, row: "a test")
            }
        }
        try check(sealed, columns)
        for bit in 0..<(sealed.count * 8) {
            var damaged = sealed
            damaged[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: StoreError.self) { try check(damaged, columns) }
        }
        for bit in 0..<(columns.count * 8) {
            var damaged = columns
            damaged[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: StoreError.self) { try check(sealed, damaged) }
        }
    }

    @Test("slices of a manifest give exactly the bytes asked for")
    func slices() {
        var entries: [Manifest.Entry] = []
        for (number, length) in [10, 20, 5].enumerated() {
            entries.append(
                Manifest.Entry(
                    kind: .data, id: ChunkID(Int64(number)), digest: [], chunkLength: length, skip: 0,
                    length: Int64(length), hint: ChunkLocation(segment: 0, offset: 0)))
        }
        let manifest = Manifest(entries: entries)
        for start in Int64(0)..<35 {
            for end in start..<36 where end <= 35 {
                let slice = manifest.slice(start..<end)
                #expect(slice.length == end - start)
                var bytes: [(Int64, Int64)] = []
                for entry in slice.entries {
                    for offset in 0..<entry.length { bytes.append((entry.id.value, entry.skip + offset)) }
                }
                var expected: [(Int64, Int64)] = []
                for position in start..<end {
                    if position < 10 {
                        expected.append((0, position))
                    } else if position < 30 {
                        expected.append((1, position - 10))
                    } else {
                        expected.append((2, position - 30))
                    }
                }
                #expect(bytes.elementsEqual(expected, by: ==))
            }
        }
    }
}
