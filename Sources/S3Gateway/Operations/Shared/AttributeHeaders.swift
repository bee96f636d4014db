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
        set(.contentType, request.header("content-type"))
        set(.cacheControl, request.header("cache-control"))
        set(.contentDisposition, request.header("content-disposition"))
        set(.contentEncoding, ObjectAttributes.withoutTransferCoding(request.header("content-encoding")))
        set(.contentLanguage, request.header("content-language"))
        set(.expires, request.header("expires"))
        try decodeRedirect(request)
        var bytes = 0
        for (name, value) in request.metadataHeaders {
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

    private mutating func set(_ header: ObjectHeader, _ value: String?) {
        if let value, !value.isEmpty { headers[header] = value }
    }

    /// `aws-chunked` frames the request's body; it is no coding of the object.
    private static func withoutTransferCoding(_ value: String?) -> String? {
        guard let value, value.utf8.count >= 11 else { return value }
        let codings = value.split(separator: ",").map { $0.drop { $0 == " " }.prefix { $0 != " " } }
        guard codings.contains(where: { $0.lowercased() == "aws-chunked" }) else { return value }
        return codings.filter { $0.lowercased() != "aws-chunked" }.joined(separator: ",")
    }
}
