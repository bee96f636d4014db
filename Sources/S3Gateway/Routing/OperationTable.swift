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
        // Access control lists, which are off
        GetBucketAcl.self,
        PutBucketAcl.self,
        GetObjectAcl.self,
        PutObjectAcl.self,
        // Probes: what nothing is configured for
        GetBucketAccelerateConfiguration.self,
        GetBucketCors.self,
        GetBucketEncryption.self,
        GetBucketLifecycleConfiguration.self,
        GetBucketLogging.self,
        GetBucketNotificationConfiguration.self,
        GetBucketOwnershipControls.self,
        GetBucketPolicy.self,
        GetBucketPolicyStatus.self,
        GetBucketReplication.self,
        GetBucketRequestPayment.self,
        GetBucketTagging.self,
        GetBucketWebsite.self,
        GetObjectLegalHold.self,
        GetObjectLockConfiguration.self,
        GetObjectRetention.self,
        GetPublicAccessBlock.self,
        PreflightRequest.self,
    ]
}
