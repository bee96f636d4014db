// Why this file exists: the two small documents that bucket operations read.
import ObjectCore

/// `CreateBucketConfiguration`.
struct CreateBucketDocument {
    /// The location constraint; nil when the document is missing or names none.
    private(set) var location: String?
    private(set) var tags: [NameValue] = []

    init(_ document: [UInt8]) throws(S3Error) {
        guard !document.isEmpty else { return }
        let root = try XMLReader.read(document, root: "CreateBucketConfiguration")
        for child in root.children {
            switch child.name {
            case "LocationConstraint": continue
            case "Location", "Bucket":
                throw S3Error(
                    .notImplemented, "Directory buckets are not implemented.", fields: ["Element": child.name])
            case "Tags": tags = try TaggingDocument.tags(in: child, countMaximum: Tags.bucketCountMaximum)
            default: throw S3Error(.malformedXML)
            }
        }
        if let location = root.child("LocationConstraint")?.trimmedText, !location.isEmpty { self.location = location }
    }
}

/// `VersioningConfiguration`.
enum VersioningDocument {
    static func state(_ document: [UInt8]) throws(S3Error) -> VersioningState {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "VersioningConfiguration")
        if let mfa = root.child("MfaDelete"), mfa.trimmedText != "Disabled" {
            throw S3Error(.notImplemented, "MFA delete is not implemented.", fields: ["Element": "MfaDelete"])
        }
        switch root.child("Status")?.trimmedText {
        case "Enabled": return .enabled
        case "Suspended": return .suspended
        case nil: throw S3Error(.illegalVersioningConfiguration)
        default: throw S3Error(.malformedXML)
        }
    }
}
