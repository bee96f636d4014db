// Why this file exists: copies that another store makes here are marked, so that they are not copied on. The mark changes
// what happens to an object, so it needs a permission of its own, as on AWS.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
import ObjectCore

extension VerifiedRequest {
    /// Whether the request is another store's copy.
    /// - Throws: InvalidArgument for any other state than REPLICA, which is nobody's to set.
    func isReplica() throws(S3Error) -> Bool {
        guard let status = header("x-amz-replication-status") else { return false }
        guard status == ReplicaHeaders.mark.value else {
            throw .invalidArgument(
                "Only copies can be marked, as REPLICA", name: ReplicaHeaders.mark.name, value: status)
        }
        return true
    }
}

extension OperationContext {
    /// Holds a write that is marked as a copy to its permission.
    func checkReplica(_ attributes: ObjectAttributes, on bucket: Bucket) throws(S3Error) {
        guard attributes.replication != nil else { return }
        try check("s3:ReplicateObject", on: bucket)
    }

    /// Whether a deletion is the copy of a marker.
    func isReplicaDeletion(on bucket: Bucket) throws(S3Error) -> Bool {
        guard try request.isReplica() else { return false }
        try check("s3:ReplicateDelete", on: bucket)
        return true
    }
}

extension ReplicationState.Status {
    /// As `x-amz-replication-status` tells it.
    var wireName: String {
        switch self {
        case .pending: "PENDING"
        case .completed: "COMPLETED"
        case .failed: "FAILED"
        case .replica: "REPLICA"
        }
    }
}
