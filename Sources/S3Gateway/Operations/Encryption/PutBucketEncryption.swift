// Why this file exists: prescribing how new objects of a bucket are encrypted. Objects that are there stay as they are.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
import ObjectCore

struct PutBucketEncryption: S3Operation {
    static let name: StaticString = "PutBucketEncryption"
    static let route = Route(.put, .bucket, .encryption)
    static let permissions: [Action] = ["s3:PutEncryptionConfiguration"]
    static let logName: StaticString = "REST.PUT.ENCRYPTION"
    static let documentMaximum: Int? = 64 * 1024

    let encryption: DefaultEncryption

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        encryption = try DefaultEncryption(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        // What could never be kept is not promised. A key that is missing, as on AWS, is found by the first write.
        if encryption.request != nil, !context.service.configuration.keyring.hasMasterKey {
            throw S3Error(.encryption(.noMasterKey))
        }
        try await context.set(.encryption, to: encryption.document)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
