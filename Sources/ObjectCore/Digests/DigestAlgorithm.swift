// Why this file exists: the digests that S3 knows, with the facts about each that several rooms need.

/// A digest or checksum over bytes, named as S3 names it.
public enum DigestAlgorithm: UInt8, Sendable, CaseIterable, Hashable {
    // The raw values are on disk (docs/FORMAT.md): never renumber.
    case md5 = 1
    case sha1 = 2
    case sha256 = 3
    case sha512 = 4
    case crc32 = 5
    case crc32c = 6
    case crc64nvme = 7
    case xxhash64 = 8
    case xxhash3 = 9
    case xxhash128 = 10

    /// The length of a digest in bytes.
    public var length: Int {
        switch self {
        case .md5, .xxhash128: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        case .crc32, .crc32c: 4
        case .crc64nvme, .xxhash64, .xxhash3: 8
        }
    }

    /// The value of `x-amz-checksum-algorithm`.
    public var s3Name: String {
        switch self {
        case .md5: "MD5"
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha512: "SHA512"
        case .crc32: "CRC32"
        case .crc32c: "CRC32C"
        case .crc64nvme: "CRC64NVME"
        case .xxhash64: "XXHASH64"
        case .xxhash3: "XXHASH3"
        case .xxhash128: "XXHASH128"
        }
    }

    /// Whether digests of parts can be combined into that of the whole (CRCs are linear).
    public var isCombinable: Bool {
        switch self {
        case .crc32, .crc32c, .crc64nvme: true
        case .md5, .sha1, .sha256, .sha512, .xxhash64, .xxhash3, .xxhash128: false
        }
    }
}
