// Why this file exists: setting the lifecycle rules of a bucket. They are carried out by the store's engine; rules with
// actions that it does not have are refused by name.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
import ObjectCore

struct PutBucketLifecycleConfiguration: S3Operation {
    static let name: StaticString = "PutBucketLifecycleConfiguration"
    static let route = Route(.put, .bucket, .lifecycle)
    static let permissions: [Action] = ["s3:PutLifecycleConfiguration"]
    static let logName: StaticString = "REST.PUT.LIFECYCLE"
    static let documentMaximum: Int? = LifecycleDocument.lengthMaximum

    /// The values of `x-amz-transition-default-minimum-object-size`, the default first.
    static let minimumSizes = ["all_storage_classes_128K", "varies_by_storage_class"]

    let configuration: LifecycleConfiguration

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let asked = authorized.request.header("x-amz-transition-default-minimum-object-size")
        let size = asked ?? PutBucketLifecycleConfiguration.minimumSizes[0]
        guard PutBucketLifecycleConfiguration.minimumSizes.contains(size) else {
            throw S3Error(.invalidRequest, "Invalid TransitionDefaultMinimumObjectSize found: \(size)")
        }
        configuration = LifecycleConfiguration(
            rules: try LifecycleDocument.rules(document), transitionDefaultMinimumObjectSize: size)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        try await context.set(named: LifecycleConfiguration.settingName, to: configuration.encoded)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {
        response.add(
            "x-amz-transition-default-minimum-object-size", configuration.transitionDefaultMinimumObjectSize)
    }
}
