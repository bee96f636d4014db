// Why this file exists: the headers that describe an object, as GET and HEAD give them. This is the hottest encoder of
// the gateway: no formatter, no dictionary built, no XML.
import ObjectCore

extension HTTPResponse {
    /// Status and headers of an object in which `range` is answered.
    mutating func addObjectHeaders(_ version: ObjectVersion, bucket: Bucket) {
        add("last-modified", HTTPDate.text(version.modified))
        add("etag", EntityTags.quoted(version.etag))
        if bucket.versioning != .never { add("x-amz-version-id", version.versionID.description) }
        let attributes = version.attributes
        for metadata in attributes.userMetadata { add(name: "x-amz-meta-" + metadata.name, metadata.value) }
        if attributes.storageClass != StorageClass.standard { add("x-amz-storage-class", attributes.storageClass) }
        if !attributes.tags.isEmpty { add("x-amz-tagging-count", String(attributes.tags.count)) }
        if let replication = attributes.replication { add("x-amz-replication-status", replication.status.wireName) }
        if let location = attributes.headers[.websiteRedirectLocation] {
            add("x-amz-website-redirect-location", location)
        }
    }

    /// The standard headers that the writer set, unless the request overrides them.
    mutating func addContentHeaders(_ attributes: ObjectAttributes, overrides: [(ObjectHeader, String)]) {
        for (header, name) in HTTPResponse.contentHeaders {
            if !overrides.isEmpty, let override = overrides.first(where: { $0.0 == header }) {
                add(name, override.1)
            } else if let value = attributes.headers[header] {
                add(name, value)
            } else if header == .contentType {
                add(name, "binary/octet-stream")
            }
        }
    }

    private static let contentHeaders: [(ObjectHeader, StaticString)] = [
        (.contentType, "content-type"), (.cacheControl, "cache-control"),
        (.contentDisposition, "content-disposition"), (.contentEncoding, "content-encoding"),
        (.contentLanguage, "content-language"), (.expires, "expires"),
    ]

    /// What a write answers: ETag, checksums and the version's id where the bucket has versions.
    mutating func addWritten(_ version: ObjectVersion) {
        add("etag", EntityTags.quoted(version.etag))
        addWrittenVersion(version)
        addChecksums(version.attributes.checksums, partCount: version.parts.count)
    }

    /// The id that a write made: none while versioning is off or suspended.
    mutating func addWrittenVersion(_ version: ObjectVersion) {
        if !version.isNull { add("x-amz-version-id", version.versionID.description) }
    }

    /// The id of a version that was read: `null` too, in a bucket that has or had versioning.
    mutating func addVersion(_ version: ObjectVersion, bucket: Bucket) {
        if bucket.versioning != .never { add("x-amz-version-id", version.versionID.description) }
    }
}
