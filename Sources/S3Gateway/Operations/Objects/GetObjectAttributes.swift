// Why this file exists: metadata of an object without its bytes, chosen by the client; the only place where the parts
// of a finished multipart object are listed.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
import ObjectCore

struct GetObjectAttributes: S3Operation {
    static let name: StaticString = "GetObjectAttributes"
    static let route = Route(.get, .object, .attributes)
    static let permissions: [Action] = [
        "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes", "s3:GetObject", "s3:GetObjectVersion",
    ]
    static let logName: StaticString = "REST.GET.OBJECT_ATTRIBUTES"

    /// The most parts on one page.
    static let partsMaximum = 1000

    /// What can be asked for.
    enum Attribute: String, CaseIterable {
        case etag = "ETag"
        case checksum = "Checksum"
        case parts = "ObjectParts"
        case storageClass = "StorageClass"
        case size = "ObjectSize"
    }

    static let tellsThePast = true

    struct Output {
        var version: ObjectVersion
        var bucket: Bucket
    }

    let version: VersionID?
    let attributes: Set<Attribute>
    let maxParts: Int
    let partMarker: Int
    let customerKey: CustomerKeyHeaders?

    static func action(for request: VerifiedRequest) -> Action {
        request.namesVersion ? "s3:GetObjectVersionAttributes" : "s3:GetObjectAttributes"
    }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        version = try request.versionID()
        customerKey = try EncryptionHeaders.reading(request)
        let list = request.header("x-amz-object-attributes") ?? ""
        var attributes: Set<Attribute> = []
        for item in list.split(separator: ",") {
            let name = item.drop { $0 == " " }.prefix { $0 != " " }
            guard let attribute = Attribute(rawValue: String(name)) else {
                throw .invalidArgument(
                    "Invalid attribute name specified.", name: "x-amz-object-attributes", value: String(name))
            }
            attributes.insert(attribute)
        }
        guard !attributes.isEmpty else {
            throw .invalidArgument(
                "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or "
                    + "empty",
                name: "x-amz-object-attributes", value: list)
        }
        self.attributes = attributes
        maxParts = min(
            try GetObjectAttributes.number(request.header("x-amz-max-parts"), name: "x-amz-max-parts") ?? 1000,
            GetObjectAttributes.partsMaximum)
        partMarker =
            try GetObjectAttributes.number(
                request.header("x-amz-part-number-marker"), name: "x-amz-part-number-marker") ?? 0
    }

    private static func number(_ text: String?, name: String) throws(S3Error) -> Int? {
        guard let text else { return nil }
        guard let value = ASCII.decimal(text.utf8), value <= Int64(Int32.max) else {
            throw .invalidArgument("The value must be a number that is not negative.", name: name, value: text)
        }
        return Int(value)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let found = try context.readableVersion(context.key(), version: version, in: bucket)
        // Checksums and sizes tell of the content, so that its own permission is needed too.
        try context.check(
            version == nil ? "s3:GetObject" : "s3:GetObjectVersion", on: bucket, target: .version(found.attributes))
        context.note(found)
        _ = try context.dataKey(of: found, customerKey)
        context.noteExamined(found)
        return Output(version: found, bucket: bucket)
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        let version = output.version
        response.add("last-modified", HTTPDate.text(version.modified))
        response.addVersion(version, bucket: output.bucket)
        response.addEncryption(version.encryption, customerKey: customerKey)
        var writer = XMLWriter()
        writer.element("GetObjectAttributesResponse", namespace: XMLWriter.s3Namespace) { writer in
            if attributes.contains(.etag) { writer.leaf("ETag", version.etag) }
            if attributes.contains(.checksum), !version.attributes.checksums.isEmpty {
                writer.element("Checksum") { writer in
                    writer.checksums(version.attributes.checksums, partCount: version.parts.count)
                }
            }
            if attributes.contains(.parts), !version.parts.isEmpty { encodeParts(version.parts, into: &writer) }
            if attributes.contains(.storageClass) { writer.leaf("StorageClass", version.attributes.storageClass) }
            if attributes.contains(.size) { writer.leaf("ObjectSize", version.size) }
        }
        response.setXML(writer)
    }

    private func encodeParts(_ parts: [ObjectPart], into writer: inout XMLWriter) {
        let rest = parts.filter { $0.number > partMarker }
        let page = rest.prefix(maxParts)
        writer.element("ObjectParts") { writer in
            writer.leaf("PartsCount", parts.count)
            writer.leaf("PartNumberMarker", partMarker)
            if let last = page.last { writer.leaf("NextPartNumberMarker", last.number) }
            writer.leaf("MaxParts", maxParts)
            writer.leaf("IsTruncated", page.count < rest.count)
            for part in page {
                writer.element("Part") { writer in
                    writer.leaf("PartNumber", part.number)
                    writer.leaf("Size", part.size)
                    writer.checksums(part.checksums, partCount: 1, withKind: false)
                }
            }
        }
    }
}
