// Why this file exists: what a copy is told about itself: everything that its source's writer said, and that it is a copy.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
import ObjectCore

/// Headers of a write to a replication target.
enum ReplicaHeaders {
    /// Marks a write as a copy, so that it is not copied on. Servers that do not know it pass over it.
    static let mark = (name: "x-amz-replication-status", value: "REPLICA")

    private static let names: [(ObjectHeader, String)] = [
        (.contentType, "content-type"), (.cacheControl, "cache-control"),
        (.contentDisposition, "content-disposition"), (.contentEncoding, "content-encoding"),
        (.contentLanguage, "content-language"), (.expires, "expires"),
        (.websiteRedirectLocation, "x-amz-website-redirect-location"),
    ]

    /// For a PUT, or the beginning of an upload in parts.
    static func headers(
        of version: ObjectVersion, by rule: ReplicationRule
    ) -> [(name: String, value: String)] {
        let attributes = version.attributes
        var headers = [mark]
        for (header, name) in names {
            if let value = attributes.headers[header] { headers.append((name, value)) }
        }
        for metadata in attributes.userMetadata { headers.append(("x-amz-meta-" + metadata.name, metadata.value)) }
        if !attributes.tags.isEmpty {
            let tags = attributes.tags.map { tag in
                PercentCoding.encoded(tag.name.utf8, keepingSlash: false) + "="
                    + PercentCoding.encoded(tag.value.utf8, keepingSlash: false)
            }
            headers.append(("x-amz-tagging", tags.joined(separator: "&")))
        }
        let storageClass = rule.storageClass ?? attributes.storageClass
        if storageClass != StorageClass.standard { headers.append(("x-amz-storage-class", storageClass)) }
        if let retention = attributes.retention {
            headers.append(("x-amz-object-lock-mode", retention.mode == .compliance ? "COMPLIANCE" : "GOVERNANCE"))
            headers.append(("x-amz-object-lock-retain-until-date", HTTPDate.iso8601(retention.until)))
        }
        if attributes.isOnLegalHold { headers.append(("x-amz-object-lock-legal-hold", "ON")) }
        if version.encryption?.scheme == .named, let key = rule.keyID {
            headers.append(("x-amz-server-side-encryption", "aws:kms"))
            headers.append(("x-amz-server-side-encryption-aws-kms-key-id", key))
        } else if version.encryption?.scheme == .master {
            headers.append(("x-amz-server-side-encryption", "AES256"))
        }
        // A header must not bring another with it, whatever an old record holds.
        return headers.filter { !$0.value.utf8.contains { $0 == 13 || $0 == 10 || $0 == 0 } }
    }

    /// The checksum that goes with a PUT: the stored one, so that the copy keeps it.
    static func checksum(of version: ObjectVersion, sha256: [UInt8]) -> (name: String, value: String)? {
        if let kept = version.attributes.checksums.first(where: { $0.kind == .fullObject }) {
            return ("x-amz-checksum-" + kept.algorithm.s3Name.lowercased(), Base64.encode(kept.value))
        }
        // Writes with locks need one.
        guard version.attributes.retention != nil || version.attributes.isOnLegalHold else { return nil }
        return ("x-amz-checksum-sha256", Base64.encode(sha256))
    }
}
