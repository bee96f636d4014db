// Why this file exists: DELETE of an object or of one of its versions. Deleting what is not there succeeds.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
import ObjectCore

struct DeleteObject: S3Operation {
    static let name: StaticString = "DeleteObject"
    static let route = Route(.delete, .object)
    static let permissions: [Action] = [
        "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:ReplicateDelete",
    ]
    static let logName: StaticString = "REST.DELETE.OBJECT"

    let version: VersionID?
    let conditions: WriteConditions

    static func action(for request: VerifiedRequest) -> Action {
        request.hasQuery("versionId") ? "s3:DeleteObjectVersion" : "s3:DeleteObject"
    }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        version = try request.versionID()
        conditions = try WriteConditions(deleting: request, now: request.signedAt ?? 0)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> DeleteOutcome {
        let bucket = try context.bucket()
        let key = try context.key()
        if context.isUnsettled {
            try context.checkDeletion(of: key, version: version, in: bucket)
            context.authorized?.settleEach()
        }
        var deletion = DeleteRequest(
            key: key, version: version, conditions: conditions,
            bypassesGovernance: context.bypassesGovernance(on: bucket))
        deletion.isReplica = try context.isReplicaDeletion(on: bucket)
        let request = deletion
        return try await context.stored { () async throws(StoreError) in
            try await context.store.delete(request, in: bucket, origin: context.origin)
        }
    }

    func encode(_ output: DeleteOutcome, into response: inout HTTPResponse) {
        response.status = 204
        if let marker = output.createdMarker {
            response.add("x-amz-delete-marker", "true")
            response.add("x-amz-version-id", marker.description)
        } else if let version {
            response.add("x-amz-version-id", version.description)
            if output.deletedMarker { response.add("x-amz-delete-marker", "true") }
        }
    }
}
