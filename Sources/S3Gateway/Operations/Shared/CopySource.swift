// Why this file exists: `x-amz-copy-source` names an object in a header, and clients write it in four ways: with and
// without a leading slash, percent-encoded or not, with a version behind `?versionId=`.
// Invariant: the border between bucket and key and that before the version are found in the encoded text.
import ObjectCore

/// The object that a copy reads.
struct CopySource: Sendable, Equatable {
    var bucket: String
    var key: ObjectKey
    var version: VersionID?

    private static let versionMark = Array("?versionId=".utf8)

    /// Reads the header's value.
    init(_ value: ArraySlice<UInt8>) throws(S3Error) {
        var rest = value
        if let mark = CopySource.lastVersionMark(in: rest) {
            let text = String(decoding: rest[(mark + CopySource.versionMark.count)...], as: UTF8.self)
            guard let version = VersionID(text) else {
                throw .invalidArgument("Invalid version id specified", name: "x-amz-copy-source", value: text)
            }
            self.version = version
            rest = rest[..<mark]
        }
        // AWS reads a `+` as a space here, as in a query; clients write it as %2B.
        guard let decoded = PercentCoding.decode(rest, plusIsSpace: true) else { throw CopySource.malformed(value) }
        var path = decoded[...]
        if path.first == UInt8(ascii: "/") { path = path.dropFirst() }
        guard let border = path.firstIndex(of: UInt8(ascii: "/")) else { throw CopySource.malformed(value) }
        guard BucketName.isPlausible(path[..<border]) else { throw CopySource.malformed(value) }
        bucket = String(decoding: path[..<border], as: UTF8.self)
        let name = Array(path[border...].dropFirst())
        guard !name.isEmpty, String(validating: name, as: UTF8.self) != nil else { throw CopySource.malformed(value) }
        do {
            key = try ObjectKey(name)
        } catch {
            throw S3Error(error)
        }
    }

    private static func lastVersionMark(in text: ArraySlice<UInt8>) -> Int? {
        guard text.count >= versionMark.count else { return nil }
        var position = text.endIndex - versionMark.count
        while position >= text.startIndex {
            if text[position] == versionMark[0], text[position...].starts(with: versionMark) { return position }
            position -= 1
        }
        return nil
    }

    private static func malformed(_ value: ArraySlice<UInt8>) -> S3Error {
        .invalidArgument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", name: "x-amz-copy-source",
            value: String(decoding: value, as: UTF8.self))
    }
}
