// Why this file exists: the headers that make a write conditional become a value that is decided inside the commit.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
import ObjectCore

extension WriteConditions {
    /// Those of a PUT, a copy's destination or a completion.
    init(writing request: VerifiedRequest) throws(S3Error) {
        self.init()
        if let match = request.header("if-match") { etag = EntityTags.unquoted(match) }
        if let noneMatch = request.header("if-none-match") {
            if EntityTags.unquoted(noneMatch) == "*" {
                mustNotExist = true
            } else {
                etagMustDiffer = EntityTags.unquoted(noneMatch)
            }
        }
        if etag != nil, mustNotExist {
            throw S3Error(.invalidRequest, "If-Match and If-None-Match: * cannot hold together.")
        }
        // A write that depends on dates is not defined by S3.
        for name in ["If-Modified-Since", "If-Unmodified-Since"] {
            let isPresent =
                name == "If-Modified-Since"
                ? request.hasHeader("if-modified-since") : request.hasHeader("if-unmodified-since")
            if isPresent { throw .unserved(header: name) }
        }
    }

    /// Those of a DELETE.
    init(deleting request: VerifiedRequest, now: Int64) throws(S3Error) {
        self.init()
        if let match = request.header("if-match") { etag = EntityTags.unquoted(match) }
        if let text = request.header("x-amz-if-match-last-modified-time") {
            modified = try WriteConditions.time(text, name: "x-amz-if-match-last-modified-time", now: now)
        }
        if let text = request.header("x-amz-if-match-size") {
            guard let number = ASCII.decimal(text.utf8) else {
                throw .invalidArgument("The size is not a number.", name: "x-amz-if-match-size", value: text)
            }
            size = number
        }
    }

    /// A time as clients write it in conditions: an HTTP date or ISO 8601.
    static func time(_ text: String, name: String, now: Int64) throws(S3Error) -> Timestamp {
        guard let time = HTTPDate.parse(text, now: now) ?? HTTPDate.parseISO8601(text) else {
            throw .invalidArgument("The date cannot be read.", name: name, value: text)
        }
        return time
    }
}
