// Why this file exists: who pays for requests: the owner of the bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html

struct GetBucketRequestPayment: FixedConfiguration {
    static let name: StaticString = "GetBucketRequestPayment"
    static let route = Route(.get, .bucket, .requestPayment)
    static let permissions: [Action] = ["s3:GetBucketRequestPayment"]
    static let logName: StaticString = "REST.GET.REQUEST_PAYMENT"

    static func write(into writer: inout XMLWriter) {
        writer.element("RequestPaymentConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Payer", "BucketOwner")
        }
    }
}
