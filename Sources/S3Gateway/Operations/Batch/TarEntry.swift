// Why this file exists: a batch read answers as a tar archive, which every language reads as a stream. An entry is a
// header in the form of POSIX.1-1988 (ustar), before it one in the form of POSIX.1-2001 (pax) with what ustar has no
// field for: the item's number, its status, and names and sizes of any length.
// Invariant: everything is in blocks of 512 bytes.
// See: POSIX.1-2017, pax, "pax Interchange Format" and "ustar Interchange Format".
import ObjectCore

/// One entry's headers.
struct TarEntry {
    /// Tar counts in blocks of so many bytes.
    static let block = 512
    /// The end of an archive: two blocks of zeros.
    static let end = [UInt8](repeating: 0, count: 2 * block)
    /// The largest size that ustar's field of eleven octal digits holds.
    private static let ustarSizeMaximum: Int64 = 0o77_777_777_777
    private static let nameMaximum = 100

    var name: [UInt8]
    var size: Int64
    var modified: Timestamp
    /// Records of the pax header, in order.
    var records: [(keyword: String, value: String)]

    /// The zeros behind content of `size` bytes.
    static func padding(of size: Int64) -> [UInt8] {
        [UInt8](repeating: 0, count: Int((Int64(block) - size % Int64(block)) % Int64(block)))
    }

    /// Both headers.
    func append(to output: inout [UInt8]) {
        var pax: [UInt8] = []
        for record in records { TarEntry.append(record.keyword, Array(record.value.utf8), to: &pax) }
        let isPlain = name.count <= TarEntry.nameMaximum && name.allSatisfy { (0x20..<0x7f).contains($0) }
        if !isPlain {
            // Without it, values are UTF-8.
            if String(validating: name, as: UTF8.self) == nil {
                TarEntry.append("hdrcharset", Array("BINARY".utf8), to: &pax)
            }
            TarEntry.append("path", name, to: &pax)
        }
        if size > TarEntry.ustarSizeMaximum { TarEntry.append("size", Array(String(size).utf8), to: &pax) }
        TarEntry.appendHeader(
            name: Array("PaxHeaders/item".utf8), size: Int64(pax.count), modified: modified, type: UInt8(ascii: "x"),
            to: &output)
        output.append(contentsOf: pax)
        output.append(contentsOf: TarEntry.padding(of: Int64(pax.count)))
        let plainName = isPlain ? name : name.prefix(TarEntry.nameMaximum).map { (0x20..<0x7f).contains($0) ? $0 : 0x5f }
        TarEntry.appendHeader(
            name: plainName, size: size > TarEntry.ustarSizeMaximum ? 0 : size, modified: modified,
            type: UInt8(ascii: "0"), to: &output)
    }

    /// `LENGTH keyword=value` and a line feed, where the length counts itself.
    private static func append(_ keyword: String, _ value: [UInt8], to output: inout [UInt8]) {
        let rest = keyword.utf8.count + value.count + 3
        var length = rest + String(rest).utf8.count
        // One more digit may make one more digit.
        length = rest + String(length).utf8.count
        output.append(contentsOf: "\(length) \(keyword)=".utf8)
        output.append(contentsOf: value)
        output.append(10)
    }

    private static func appendHeader(
        name: [UInt8], size: Int64, modified: Timestamp, type: UInt8, to output: inout [UInt8]
    ) {
        let start = output.count
        output.append(contentsOf: name)
        output.append(contentsOf: [UInt8](repeating: 0, count: block - name.count))
        func octal(_ value: Int64, at offset: Int, digits: Int) {
            let text = Array(String(value, radix: 8).utf8)
            let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: max(0, digits - text.count))
            output.replaceSubrange(start + offset..<start + offset + digits, with: zeros + text.suffix(digits))
        }
        octal(0o644, at: 100, digits: 7)
        octal(0, at: 108, digits: 7)
        octal(0, at: 116, digits: 7)
        octal(size, at: 124, digits: 11)
        octal(max(0, modified.seconds), at: 136, digits: 11)
        output.replaceSubrange(start + 148..<start + 156, with: [UInt8](repeating: 32, count: 8))
        output[start + 156] = type
        output.replaceSubrange(start + 257..<start + 265, with: Array("ustar\0".utf8) + Array("00".utf8))
        let sum = output[start..<start + block].reduce(0) { $0 + Int64($1) }
        octal(sum, at: 148, digits: 6)
        output[start + 154] = 0
    }
}
