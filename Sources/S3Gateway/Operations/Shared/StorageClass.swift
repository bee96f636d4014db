// Why this file exists: storage classes are kept and given back as they were asked for. All that can be read at once are
// stored alike here; those that need a restore before a read are packed (ObjectCore's Archive).
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html

/// The header `x-amz-storage-class`.
enum StorageClass {
    static let standard = "STANDARD"
    /// Stored and given back as asked for.
    static let served = [
        standard, "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER",
        "DEEP_ARCHIVE",
    ]
    /// Known, and refused by name.
    static let unserved = [
        "OUTPOSTS", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS", "FSX_ONTAP",
    ]

    /// The class that a request asks for.
    static func decode(_ value: String?) throws(S3Error) -> String {
        guard let value, value != standard else { return standard }
        if served.contains(value) { return value }
        if unserved.contains(value) {
            throw S3Error(
                .notImplemented, "The storage class \(value) is not implemented.",
                fields: ["Header": "x-amz-storage-class"])
        }
        throw S3Error(.invalidStorageClass, fields: ["StorageClassRequested": value])
    }
}
