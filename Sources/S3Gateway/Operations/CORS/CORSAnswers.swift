// Why this file exists: what rules mean for an answer: the headers by which a browser lets a page see it. They are
// added to whatever is answered, refusals too, since a page must be able to read those.
import ObjectCore

extension S3Service {
    /// The rules of a bucket, decoded once for each change.
    func corsRules(of bucket: Bucket) -> CORSRules? {
        guard let document = store.bucketSetting(BucketSettingName.cors.rawValue, of: bucket) else { return nil }
        return try? decodedCORS.value(of: bucket.id, from: document) { bytes throws(S3Error) in try CORSRules(bytes) }
    }

    /// Adds the headers for a page of another origin. Requests without an origin cost one look at their headers.
    /// - Parameter website: the bucket whose website was asked; nil for S3.
    func addCORS(to response: inout HTTPResponse, for head: RequestHead, website: String? = nil) {
        guard head.method != .options, let origin = head.value("origin"),
            let name = website ?? (try? S3Request(head, configuration: configuration.addressing))?.resource.bucket,
            let bucket = try? store.bucket(name), let rules = corsRules(of: bucket)
        else { return }
        // A page may say which method it is about; AWS listens to that first.
        let method = head.value("access-control-request-method") ?? head.method.rawValue
        // The answer depends on the origin even when no rule matches. See: the Fetch standard, "CORS and HTTP caches".
        response.add("vary", CORSRule.varying)
        guard let rule = rules.rule(origin: origin, method: method, headers: []) else { return }
        response.addCORS(rule, origin: origin, method: method)
    }
}

extension CORSRule {
    static let varying = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
}

extension HTTPResponse {
    /// What the rule lets the origin do.
    mutating func addCORS(_ rule: CORSRule, origin: String, method: String) {
        if rule.origins.contains("*") {
            add("access-control-allow-origin", "*")
        } else {
            add("access-control-allow-origin", origin)
            add("access-control-allow-credentials", "true")
        }
        add("access-control-allow-methods", rule.methods.joined(separator: ", "))
        if !rule.exposedHeaders.isEmpty {
            add("access-control-expose-headers", rule.exposedHeaders.joined(separator: ", "))
        }
        if let maxAge = rule.maxAge { add("access-control-max-age", String(maxAge)) }
    }
}
