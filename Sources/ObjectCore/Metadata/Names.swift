// Why this file exists: the names by which things in a store are called, each with its own type and its rule.

/// The key of an object: 1 to 1,024 bytes, opaque, ordered by bytes.
/// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The longest key, in bytes.
    public static let maximumLength = 1024

    public let bytes: [UInt8]

    /// - Throws: ``StoreError/invalidKey(length:)`` when there are no bytes or too many.
    public init(_ bytes: [UInt8]) throws(StoreError) {
        guard !bytes.isEmpty, bytes.count <= ObjectKey.maximumLength else {
            throw .invalidKey(length: bytes.count)
        }
        self.bytes = bytes
    }

    /// - Throws: ``StoreError/invalidKey(length:)`` when the text is empty or too long.
    public init(_ text: String) throws(StoreError) {
        try self.init(Array(text.utf8))
    }

    public var description: String { String(decoding: bytes, as: UTF8.self) }

    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

/// The public name of one version of an object: `null`, or the position in the journal that created it.
/// It is opaque to clients.
public enum VersionID: Sendable, Hashable, CustomStringConvertible {
    /// The version written while versioning was off or suspended.
    case null
    /// A version with a name of its own; the value is its journal index.
    case index(Int64)

    private static let digits = Array("0123456789abcdefghijklmnopqrstuv".utf8)
    private static let textLength = 13

    /// Reads a version id as a client sends it; nil when it cannot be one.
    public init?(_ text: some StringProtocol) {
        if text == "null" {
            self = .null
            return
        }
        guard text.utf8.count == VersionID.textLength else { return nil }
        var value: UInt64 = 0
        for byte in text.utf8 {
            guard let digit = VersionID.digits.firstIndex(of: byte), value >> 59 == 0 else { return nil }
            value = value << 5 | UInt64(digit)
        }
        guard value <= UInt64(Int64.max) else { return nil }
        self = .index(Int64(value))
    }

    public var description: String {
        switch self {
        case .null:
            return "null"
        case .index(let index):
            var text: [UInt8] = []
            for position in stride(from: 60, through: 0, by: -5) {
                text.append(VersionID.digits[Int(UInt64(index) >> UInt64(position) & 31)])
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
