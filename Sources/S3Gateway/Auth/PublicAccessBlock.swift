// Why this file exists: four switches that keep a bucket from becoming public, whatever lists and policies say. The bits
// are on disk (docs/FORMAT.md): never renumber.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
import ObjectCore

/// The public access block of a bucket.
struct PublicAccessBlock: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    /// Refuse lists that make something public.
    static let blockPublicAcls = PublicAccessBlock(rawValue: 1)
    /// Grants to everybody count for nothing.
    static let ignorePublicAcls = PublicAccessBlock(rawValue: 2)
    /// Refuse policies that make the bucket public.
    static let blockPublicPolicy = PublicAccessBlock(rawValue: 4)
    /// While the policy makes the bucket public, it allows nothing beyond the owner's account.
    static let restrictPublicBuckets = PublicAccessBlock(rawValue: 8)

    /// In the order of S3's document.
    static let names: [(element: StaticString, bit: PublicAccessBlock)] = [
        ("BlockPublicAcls", .blockPublicAcls), ("IgnorePublicAcls", .ignorePublicAcls),
        ("BlockPublicPolicy", .blockPublicPolicy), ("RestrictPublicBuckets", .restrictPublicBuckets),
    ]

    /// The value of the bucket setting.
    var setting: [UInt8] { [rawValue] }

    /// Reads a bucket setting.
    /// - Returns: nil for bytes that are no setting.
    init?(setting: [UInt8]) {
        guard setting.count == 1, setting[0] < 16 else { return nil }
        rawValue = setting[0]
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }
}

extension AccessGrant.Grantee {
    /// Whether the grant reaches beyond accounts that somebody named.
    var isPublic: Bool {
        switch self {
        case .allUsers, .authenticatedUsers: true
        case .account, .logDelivery: false
        }
    }
}
