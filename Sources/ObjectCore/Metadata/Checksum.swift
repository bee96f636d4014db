// Why this file exists: a checksum that travels with an object, as S3 defines it.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html

/// A stored checksum of an object or a part.
public struct Checksum: Sendable, Hashable {
    /// Over what the checksum was computed.
    public enum Kind: UInt8, Sendable {
        // The raw values are on disk (docs/FORMAT.md): never renumber.
        /// Over all bytes of the object.
        case fullObject = 1
        /// Over the checksums of the parts, written `…-N`.
        case composite = 2
    }

    public var algorithm: DigestAlgorithm
    public var kind: Kind
    public var value: [UInt8]

    public init(_ algorithm: DigestAlgorithm, _ value: [UInt8], kind: Kind = .fullObject) {
        self.algorithm = algorithm
        self.kind = kind
        self.value = value
    }
}
