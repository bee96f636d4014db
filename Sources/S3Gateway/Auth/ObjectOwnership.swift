// Why this file exists: who owns what others write into a bucket, and whether access control lists count there at all.
// The texts are S3's and on disk (docs/FORMAT.md): never change one.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html

/// The ownership controls of a bucket.
public enum ObjectOwnership: String, Sendable, CaseIterable {
    /// The bucket's owner owns everything, and lists are off.
    case bucketOwnerEnforced = "BucketOwnerEnforced"
    /// Writers own what they write, unless they hand it over with `bucket-owner-full-control`.
    case bucketOwnerPreferred = "BucketOwnerPreferred"
    /// Writers own what they write.
    case objectWriter = "ObjectWriter"
    /// The bucket has no ownership controls: writers own what they write.
    case none

    /// The value of the bucket setting.
    var setting: [UInt8] { Array(rawValue.utf8) }

    /// Reads a bucket setting; a bucket without one is in the state of every new bucket on AWS.
    /// - Returns: nil for a text that is no setting.
    init?(setting: [UInt8]?) {
        guard let setting else {
            self = .bucketOwnerEnforced
            return
        }
        self.init(rawValue: String(decoding: setting, as: UTF8.self))
    }

    /// Reads the document or the header of a request; `none` cannot be asked for.
    init(requested text: String, name: String) throws(S3Error) {
        guard let value = ObjectOwnership(rawValue: text), value != .none else {
            throw .invalidArgument("Invalid x-amz-object-ownership header: \(text)", name: name, value: text)
        }
        self = value
    }
}
