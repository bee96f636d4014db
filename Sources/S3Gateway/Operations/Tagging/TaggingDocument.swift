// Why this file exists: the document in which tags are set and told.
import ObjectCore

/// `Tagging`.
enum TaggingDocument {
    static let lengthMaximum = 64 * 1024

    static func tags(
        _ document: [UInt8], countMaximum: Int = Tags.countMaximum
    ) throws(S3Error) -> [NameValue] {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "Tagging")
        guard let set = root.child("TagSet") else { throw S3Error(.malformedXML) }
        return try tags(in: set, countMaximum: countMaximum)
    }

    /// The tags that an element holds one by one.
    static func tags(in set: XMLElement, countMaximum: Int) throws(S3Error) -> [NameValue] {
        var tags: [NameValue] = []
        for element in set.children {
            guard element.name == "Tag", let key = element.text("Key"), let value = element.text("Value") else {
                throw S3Error(.malformedXML)
            }
            tags.append(NameValue(key, value))
        }
        try Tags.check(tags, countMaximum: countMaximum)
        return tags
    }

    /// In the order of names, whatever the order in which they were set.
    static func write(_ tags: [NameValue], into response: inout HTTPResponse) {
        response.add("content-type", "application/xml")
        response.body = .bytes(document(tags))
    }

    /// The document of these tags.
    static func document(_ tags: [NameValue]) -> [UInt8] {
        var writer = XMLWriter()
        writer.element("Tagging", namespace: XMLWriter.s3Namespace) { writer in
            writer.element("TagSet") { writer in
                for tag in tags.sorted(by: { $0.name < $1.name }) {
                    writer.element("Tag") { writer in
                        writer.leaf("Key", tag.name)
                        writer.leaf("Value", tag.value)
                    }
                }
            }
        }
        return writer.bytes
    }
}

extension OperationContext {
    /// Replaces the tags of the request's object.
    func setTags(
        _ tags: [NameValue], version: VersionID?, in bucket: Bucket
    ) async throws(S3Error) -> ObjectVersion {
        let key = try key()
        var facts = RequestConditions.Facts()
        facts.requestTags = tags
        let judged = try judged(version, in: bucket, facts: facts)
        return try await changed(version) { () async throws(StoreError) in
            try await store.setTags(
                tags, of: key, version: version, expecting: judged, in: bucket, origin: origin)
        }
    }
}
