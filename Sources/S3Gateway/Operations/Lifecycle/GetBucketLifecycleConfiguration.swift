// Why this file exists: the lifecycle rules of a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html
import ObjectCore

struct GetBucketLifecycleConfiguration: S3Operation {
    static let name: StaticString = "GetBucketLifecycleConfiguration"
    static let route = Route(.get, .bucket, .lifecycle)
    static let permissions: [Action] = ["s3:GetLifecycleConfiguration"]
    static let logName: StaticString = "REST.GET.LIFECYCLE"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> LifecycleConfiguration {
        let bucket = try context.bucket()
        guard let configuration = try context.lifecycle(of: bucket) else {
            throw S3Error(.noSuchLifecycleConfiguration, fields: ["BucketName": bucket.name])
        }
        return configuration
    }

    func encode(_ output: LifecycleConfiguration, into response: inout HTTPResponse) {
        response.add("x-amz-transition-default-minimum-object-size", output.transitionDefaultMinimumObjectSize)
        LifecycleDocument.write(output, into: &response)
    }
}

extension OperationContext {
    /// The lifecycle of a bucket, or nil.
    func lifecycle(of bucket: Bucket) throws(S3Error) -> LifecycleConfiguration? {
        guard let bytes = store.bucketSetting(LifecycleConfiguration.settingName, of: bucket) else { return nil }
        return try looked { () throws(StoreError) in
            try service.decodedLifecycles.value(of: bucket.id, from: bytes) { bytes throws(StoreError) in
                try LifecycleConfiguration(encoded: bytes)
            }
        }
    }

    /// The value of `x-amz-expiration` for a current version, or nil. A debug clock hastens the engine only: what is
    /// told are days of the calendar.
    func expiration(of version: ObjectVersion, in bucket: Bucket) throws(S3Error) -> String? {
        // Rules are about what is, and do not reach the past.
        guard bucket.asOf == nil else { return nil }
        guard let (at, rule) = try lifecycle(of: bucket)?.expiry(of: version) else { return nil }
        let id = PercentCoding.encoded(rule.utf8, keepingSlash: false)
        return "expiry-date=\"\(HTTPDate.text(at))\", rule-id=\"\(id)\""
    }
}
