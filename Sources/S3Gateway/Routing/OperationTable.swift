// Why this file exists: every operation that is served has one line here, and nothing is served that has none.
// docs/COMPATIBILITY.md is written from this list and from ``UnservedOperation/all``.

/// The operations of S3 that are served.
enum OperationTable {
    static let served: [any S3Operation.Type] = [
        // Buckets
        ListBuckets.self,
        CreateBucket.self,
        HeadBucket.self,
        DeleteBucket.self,
        GetBucketLocation.self,
        GetBucketVersioning.self,
        PutBucketVersioning.self,
        // Objects
        PutObject.self,
        PostObject.self,
        GetObject.self,
        HeadObject.self,
        GetObjectAttributes.self,
        DeleteObject.self,
        DeleteObjects.self,
        CopyObject.self,
        // Many reads at once, beyond S3
        BatchRead.self,
        // Listings
        ListObjects.self,
        ListObjectsV2.self,
        ListObjectVersions.self,
        // Uploads in parts
        CreateMultipartUpload.self,
        UploadPart.self,
        UploadPartCopy.self,
        CompleteMultipartUpload.self,
        AbortMultipartUpload.self,
        ListParts.self,
        ListMultipartUploads.self,
        // Tags
        PutObjectTagging.self,
        GetObjectTagging.self,
        DeleteObjectTagging.self,
        PutBucketTagging.self,
        GetBucketTagging.self,
        DeleteBucketTagging.self,
        // Annotations
        PutObjectAnnotation.self,
        GetObjectAnnotation.self,
        ListObjectAnnotations.self,
        DeleteObjectAnnotation.self,
        // Object Lock
        PutObjectLockConfiguration.self,
        GetObjectLockConfiguration.self,
        PutObjectRetention.self,
        GetObjectRetention.self,
        PutObjectLegalHold.self,
        GetObjectLegalHold.self,
        // Encryption
        PutBucketEncryption.self,
        GetBucketEncryption.self,
        DeleteBucketEncryption.self,
        // Lifecycle
        PutBucketLifecycleConfiguration.self,
        GetBucketLifecycleConfiguration.self,
        DeleteBucketLifecycle.self,
        RestoreObject.self,
        // Events
        PutBucketNotificationConfiguration.self,
        GetBucketNotificationConfiguration.self,
        // Replication
        PutBucketReplication.self,
        GetBucketReplication.self,
        DeleteBucketReplication.self,
        // Access logs
        PutBucketLogging.self,
        GetBucketLogging.self,
        // Pages of other origins
        PutBucketCors.self,
        GetBucketCors.self,
        DeleteBucketCors.self,
        PreflightRequest.self,
        // Small configurations
        PutBucketAccelerateConfiguration.self,
        GetBucketAccelerateConfiguration.self,
        PutBucketRequestPayment.self,
        GetBucketRequestPayment.self,
        PutBucketAbac.self,
        GetBucketAbac.self,
        // Names in the journal
        PutBucketCommitments.self,
        GetBucketCommitments.self,
        // Who owns, and who may
        GetBucketAcl.self,
        PutBucketAcl.self,
        GetObjectAcl.self,
        PutObjectAcl.self,
        PutBucketOwnershipControls.self,
        GetBucketOwnershipControls.self,
        DeleteBucketOwnershipControls.self,
        PutPublicAccessBlock.self,
        GetPublicAccessBlock.self,
        DeletePublicAccessBlock.self,
        // Policies
        PutBucketPolicy.self,
        GetBucketPolicy.self,
        DeleteBucketPolicy.self,
        GetBucketPolicyStatus.self,
        // Inventories
        PutBucketInventoryConfiguration.self,
        GetBucketInventoryConfiguration.self,
        ListBucketInventoryConfigurations.self,
        DeleteBucketInventoryConfiguration.self,
        // Websites
        PutBucketWebsite.self,
        GetBucketWebsite.self,
        DeleteBucketWebsite.self,
    ]
}
