// Why this file exists: what a writer says about an object beside its bytes: standard headers, user metadata, tags and
// storage class, decoded in one way for PUT, form uploads, copies and multipart uploads.
import ObjectCore

extension ObjectAttributes {
    /// User metadata, names and values, in bytes.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    static let userMetadataBytesMaximum = 2048

    /// Everything that the headers say.
    init(writing request: VerifiedRequest) throws(S3Error) {
        self.init()
        try decodeHeaders(request)
        tags = try ObjectAttributes.tags(of: request) ?? []
        try decodeClassAndOwner(request)
    }

    /// Standard headers and user metadata, which a copy takes from its source or from the request.
    mutating func decodeHeaders(_ request: VerifiedRequest) throws(S3Error) {
        try request.checkDescriptionIsText()
        try set(.contentType, request.header("content-type"))
        try set(.cacheControl, request.header("cache-control"))
        try set(.contentDisposition, request.header("content-disposition"))
        try set(.contentEncoding, ObjectAttributes.withoutTransferCoding(request.header("content-encoding")))
        try set(.contentLanguage, request.header("content-language"))
        try set(.expires, request.header("expires"))
        try decodeRedirect(request)
        var bytes = 0
        for (name, value) in request.metadataHeaders {
            // In a header it always is one. A presigned address and a form can give any text, which would be given back
            // as header lines of the writer's choosing.
            guard name.utf8.allSatisfy(ByteClass.isToken) else {
                throw .invalidArgument("Names of metadata must be names of headers.", name: "x-amz-meta-", value: name)
            }
            try ObjectAttributes.checkLine(value, of: "x-amz-meta-\(name)")
            bytes += name.utf8.count + value.utf8.count
            userMetadata.append(NameValue(name, value))
        }
        guard bytes <= ObjectAttributes.userMetadataBytesMaximum else {
            throw S3Error(
                .metadataTooLarge,
                fields: ["Size": "\(bytes)", "MaxSizeAllowed": "\(ObjectAttributes.userMetadataBytesMaximum)"])
        }
    }

    /// `x-amz-website-redirect-location`, which a copy never takes from its source.
    mutating func decodeRedirect(_ request: VerifiedRequest) throws(S3Error) {
        guard let location = request.header("x-amz-website-redirect-location"), !location.isEmpty else { return }
        guard location.hasPrefix("/") || location.hasPrefix("http://") || location.hasPrefix("https://") else {
            throw .invalidArgument(
                "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
                name: "x-amz-website-redirect-location", value: location)
        }
        try ObjectAttributes.checkLine(location, of: "x-amz-website-redirect-location")
        headers[.websiteRedirectLocation] = location
    }

    /// Storage class, locks, and the account that writes: what a copy never takes from its source.
    mutating func decodeClassAndOwner(_ request: VerifiedRequest) throws(S3Error) {
        try decodeLock(request)
        storageClass = try StorageClass.decode(request.header("x-amz-storage-class"))
        owner = request.principal.accountID ?? ""
        if try request.isReplica() { replication = .replica }
    }

    /// The header `x-amz-tagging`, if it is there.
    static func tags(of request: VerifiedRequest) throws(S3Error) -> [NameValue]? {
        guard let header = request.header("x-amz-tagging") else { return nil }
        return try Tags.decode(header: Array(header.utf8)[...])
    }

    private mutating func set(_ header: ObjectHeader, _ value: String?) throws(S3Error) {
        guard let value, !value.isEmpty else { return }
        try ObjectAttributes.checkLine(value, of: "\(header)")
        headers[header] = value
    }

    /// What is given back, and sent on to replicas, as the value of a header must be one line.
    private static func checkLine(_ value: String, of name: String) throws(S3Error) {
        guard value.utf8.allSatisfy(ByteClass.isFieldValue) else {
            throw .invalidArgument(
                "Header values must be one line without control characters.", name: name, value: value)
        }
    }

    /// `aws-chunked` frames the request's body; it is no coding of the object.
    private static func withoutTransferCoding(_ value: String?) -> String? {
        guard let value, value.utf8.count >= 11 else { return value }
        let codings = value.split(separator: ",").map { $0.drop { $0 == " " }.prefix { $0 != " " } }
        guard codings.contains(where: { $0.lowercased() == "aws-chunked" }) else { return value }
        return codings.filter { $0.lowercased() != "aws-chunked" }.joined(separator: ",")
    }
}
