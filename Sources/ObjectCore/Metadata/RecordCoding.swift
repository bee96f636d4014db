// Why this file exists: the byte form of records inside database rows (docs/FORMAT.md, "Records"). Integers are
// LEB128, texts and byte strings carry their length. Every record ends with a CRC-32C over itself and the row's
// columns, because the pages of the database carry none.

/// Builds a record.
struct RecordWriter {
    private(set) var bytes: [UInt8] = []

    init(reserving capacity: Int = 192) { bytes.reserveCapacity(capacity) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    /// An integer of at least 0.
    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// An integer of either sign, zigzag-coded.
    mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    mutating func count(_ value: Int) { unsigned(UInt64(value)) }

    /// Bytes whose length the reader knows.
    mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    mutating func blob(_ value: [UInt8]) {
        count(value.count)
        bytes.append(contentsOf: value)
    }

    mutating func text(_ value: String) {
        var copy = value
        copy.withUTF8 { utf8 in
            count(utf8.count)
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func pairs(_ values: [NameValue]) {
        count(values.count)
        for pair in values {
            text(pair.name)
            text(pair.value)
        }
    }

    mutating func checksums(_ values: [Checksum]) {
        count(values.count)
        for checksum in values {
            byte(checksum.algorithm.rawValue)
            byte(checksum.kind.rawValue)
            raw(checksum.value)
        }
    }

    /// Ends the record with the CRC over `columns` and everything written so far.
    consuming func sealed(with columns: [UInt8]) -> [UInt8] {
        let sum = RecordSeal.sum(columns, bytes)
        withUnsafeBytes(of: sum.littleEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }
}

extension Array<UInt8> {
    /// `withUnsafeBytes` that keeps the type of the error, which the standard library's does not.
    func reading<Value>(
        _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try withUnsafeBytes { bytes -> Result<Value, StoreError> in
            do throws(StoreError) { return .success(try body(bytes)) } catch { return .failure(error) }
        }.get()
    }
}

/// Reads a record; anything that does not fit is corruption.
struct RecordReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// Reads `bytes`, which must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Reads a sealed record: checks and takes off its CRC.
    /// - Throws: ``StoreError/corrupt(_:)`` naming `row`.
    init(
        sealed bytes: UnsafeRawBufferPointer, columns: [UInt8], row: @autoclosure () -> String
    ) throws(StoreError) {
        guard bytes.count >= RecordSeal.length else { throw .corrupt("the row of \(row()) is cut short") }
        let content = UnsafeRawBufferPointer(rebasing: bytes.dropLast(RecordSeal.length))
        let stored = bytes.loadUnaligned(fromByteOffset: content.count, as: UInt32.self)
        guard UInt32(littleEndian: stored) == RecordSeal.sum(columns, content) else {
            throw .corrupt("the row of \(row()) does not match its checksum")
        }
        self.init(content)
    }

    /// Whether everything was read.
    var isAtEnd: Bool { position == bytes.count }

    private func short() -> StoreError { .corrupt("a record ends early, at byte \(position)") }

    mutating func byte() throws(StoreError) -> UInt8 {
        guard position < bytes.count else { throw short() }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func unsigned() throws(StoreError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            guard shift < 63 || next <= 1 else { throw .corrupt("an integer in a record is too large") }
            value |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    mutating func signed() throws(StoreError) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func count() throws(StoreError) -> Int {
        let value = try unsigned()
        guard value <= UInt64(Int32.max) else { throw .corrupt("a count in a record is too large") }
        return Int(value)
    }

    mutating func integer() throws(StoreError) -> Int64 {
        let value = try unsigned()
        guard value <= UInt64(Int64.max) else { throw .corrupt("an integer in a record is too large") }
        return Int64(value)
    }

    mutating func raw(_ length: Int) throws(StoreError) -> [UInt8] {
        guard length >= 0, bytes.count - position >= length else { throw short() }
        defer { position += length }
        return [UInt8](bytes[position..<position + length])
    }

    mutating func blob() throws(StoreError) -> [UInt8] { try raw(count()) }

    /// A text or byte string where it lies.
    mutating func view() throws(StoreError) -> UnsafeRawBufferPointer {
        let length = try count()
        guard bytes.count - position >= length else { throw short() }
        defer { position += length }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
    }

    mutating func text() throws(StoreError) -> String {
        let length = try count()
        guard bytes.count - position >= length else { throw short() }
        defer { position += length }
        return String(decoding: bytes[position..<position + length], as: UTF8.self)
    }

    mutating func pairs() throws(StoreError) -> [NameValue] {
        let number = try count()
        var values: [NameValue] = []
        for _ in 0..<number { values.append(NameValue(try text(), try text())) }
        return values
    }

    mutating func checksum() throws(StoreError) -> Checksum {
        guard let algorithm = DigestAlgorithm(rawValue: try byte()), let kind = Checksum.Kind(rawValue: try byte())
        else { throw .corrupt("a record names an unknown checksum") }
        return Checksum(algorithm, try raw(algorithm.length), kind: kind)
    }

    /// Passes over what ``checksums()`` reads.
    mutating func passChecksums() throws(StoreError) {
        for _ in 0..<(try count()) {
            guard let algorithm = DigestAlgorithm(rawValue: try byte()) else {
                throw .corrupt("a record names an unknown checksum")
            }
            let length = 1 + algorithm.length
            guard bytes.count - position >= length else { throw short() }
            position += length
        }
    }

    mutating func checksums() throws(StoreError) -> [Checksum] {
        let number = try count()
        var values: [Checksum] = []
        for _ in 0..<number { values.append(try checksum()) }
        return values
    }
}

/// The CRC at a record's end.
enum RecordSeal {
    static let length = 4

    static func sum(_ columns: [UInt8], _ content: [UInt8]) -> UInt32 {
        content.withUnsafeBytes { sum(columns, $0) }
    }

    static func sum(_ columns: [UInt8], _ content: UnsafeRawBufferPointer) -> UInt32 {
        let first = columns.withUnsafeBytes { Digest.crc32c($0) }
        let second = Digest.crc32c(content)
        // Two sums of two fields: a rotation keeps equal errors in both from cancelling out.
        return (first << 13 | first >> 19) ^ second
    }
}
