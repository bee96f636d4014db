// Why this file exists: a secret that is printed, logged or dumped by accident shows nothing, because its type
// does not let it.
import ObjectCore

/// A secret key or session token. Every description of it is redacted, and equality takes constant time.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    public init(_ text: String) { bytes = Array(text.utf8) }

    public static func == (left: Secret, right: Secret) -> Bool { ConstantTime.equal(left.bytes, right.bytes) }

    public var description: String { "<redacted>" }
    public var debugDescription: String { "<redacted>" }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
