// Why this file exists: conditional reads, decided in the order of RFC 9110 section 13.2.2, which is also what S3's
// table of combinations comes to: an ETag condition that is present silences the date condition of its pair.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
import ObjectCore

/// The conditions of a GET or HEAD, or of the source of a copy.
struct ReadConditions: Sendable {
    /// What the conditions come to for one version.
    enum Outcome: Equatable {
        case proceed
        /// 304 for a read, 412 for a copy.
        case notModified
        /// 412; the text names the condition.
        case failed(String)
    }

    var match: String?
    var noneMatch: String?
    var modifiedSince: Timestamp?
    var unmodifiedSince: Timestamp?

    init() {}

    /// Those of a GET or HEAD.
    init(_ request: VerifiedRequest, now: Int64) {
        match = request.header("if-match")
        noneMatch = request.header("if-none-match")
        // A date that cannot be read is no condition. See: RFC 9110 section 13.1.3.
        modifiedSince = request.header("if-modified-since").flatMap { HTTPDate.parse($0, now: now) }
        unmodifiedSince = request.header("if-unmodified-since").flatMap { HTTPDate.parse($0, now: now) }
    }

    /// Those of a copy's source.
    init(copySourceOf request: VerifiedRequest, now: Int64) {
        match = request.header("x-amz-copy-source-if-match")
        noneMatch = request.header("x-amz-copy-source-if-none-match")
        modifiedSince = request.header("x-amz-copy-source-if-modified-since")
            .flatMap { HTTPDate.parse($0, now: now) }
        unmodifiedSince = request.header("x-amz-copy-source-if-unmodified-since")
            .flatMap { HTTPDate.parse($0, now: now) }
    }

    /// - Parameters:
    ///   - etag: without quotes.
    ///   - modified: compared to the second, because headers say no more.
    func evaluate(etag: String, modified: Timestamp) -> Outcome {
        if let match {
            guard EntityTags.matches(Array(match.utf8)[...], etag: etag, comparison: .strong) else {
                return .failed("If-Match")
            }
        } else if let unmodifiedSince, modified.seconds > unmodifiedSince.seconds {
            return .failed("If-Unmodified-Since")
        }
        if let noneMatch {
            if EntityTags.matches(Array(noneMatch.utf8)[...], etag: etag, comparison: .weak) { return .notModified }
        } else if let modifiedSince, modified.seconds <= modifiedSince.seconds {
            return .notModified
        }
        return .proceed
    }

    /// For the source of a copy, where there is no 304.
    func checkCopySource(_ source: ObjectVersion) throws(S3Error) {
        switch evaluate(etag: source.etag, modified: source.modified) {
        case .proceed: return
        case .failed(let condition):
            throw S3Error(.preconditionFailed, fields: ["Condition": "x-amz-copy-source-\(condition)"])
        case .notModified:
            throw S3Error(
                .preconditionFailed,
                fields: [
                    "Condition": noneMatch != nil
                        ? "x-amz-copy-source-If-None-Match" : "x-amz-copy-source-If-Modified-Since"
                ])
        }
    }
}
