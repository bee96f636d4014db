// Why this file exists: choosing where the objects of a bucket are copied to. Endpoints are the operator's: a rule names
// one of them as `Destination/Account`, or none where there is one only.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
import ObjectCore

struct PutBucketReplication: S3Operation {
    static let name: StaticString = "PutBucketReplication"
    static let route = Route(.put, .bucket, .replication)
    static let permissions: [Action] = ["s3:PutReplicationConfiguration"]
    static let logName: StaticString = "REST.PUT.REPLICATION"
    static let documentMaximum: Int? = ReplicationDocument.lengthMaximum

    let configuration: ReplicationConfiguration

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        configuration = try ReplicationDocument.read(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        guard bucket.versioning == .enabled else {
            throw S3Error(
                .invalidRequest, "Versioning must be 'Enabled' on the bucket to apply a replication configuration")
        }
        let targets = context.service.configuration.replicationTargets
        var configuration = configuration
        for index in configuration.rules.indices {
            let account = configuration.rules[index].account
            guard let target = account ?? (targets.count == 1 ? targets.first : nil), targets.contains(target) else {
                throw .invalidArgument(
                    "The destination is not a replication target of this server: Account must name one of those that "
                        + "its operator configured", name: "Account", value: account ?? "")
            }
            configuration.rules[index].destination.target = target
        }
        let resolved = configuration
        try await context.stored { () async throws(StoreError) in
            try await context.store.setReplication(resolved, of: bucket, origin: context.origin)
        }
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
