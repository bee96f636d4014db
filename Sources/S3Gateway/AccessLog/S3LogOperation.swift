// Why this file exists: S3's log names operations in its own old way (REST.PUT.PART), and tools filter on those
// names. Operations that AWS documents no log name for get one by the same pattern.

/// The names of operations in S3's access log.
enum S3LogOperation {
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html, "Operation".
    private static let names: [String: String] = [
        "ListBuckets": "REST.GET.SERVICE",
        "CreateBucket": "REST.PUT.BUCKET",
        "HeadBucket": "REST.HEAD.BUCKET",
        "DeleteBucket": "REST.DELETE.BUCKET",
        "GetBucketLocation": "REST.GET.LOCATION",
        "GetBucketVersioning": "REST.GET.VERSIONING",
        "PutBucketVersioning": "REST.PUT.VERSIONING",
        "GetBucketAcl": "REST.GET.ACL",
        "PutBucketAcl": "REST.PUT.ACL",
        "GetBucketPolicy": "REST.GET.BUCKETPOLICY",
        "PutBucketPolicy": "REST.PUT.BUCKETPOLICY",
        "DeleteBucketPolicy": "REST.DELETE.BUCKETPOLICY",
        "GetBucketLogging": "REST.GET.LOGGING_STATUS",
        "PutBucketLogging": "REST.PUT.LOGGING_STATUS",
        "GetBucketTagging": "REST.GET.TAGGING",
        "PutBucketTagging": "REST.PUT.TAGGING",
        "DeleteBucketTagging": "REST.DELETE.TAGGING",
        "GetBucketCors": "REST.GET.CORS",
        "PutBucketCors": "REST.PUT.CORS",
        "DeleteBucketCors": "REST.DELETE.CORS",
        "GetBucketLifecycleConfiguration": "REST.GET.LIFECYCLE",
        "PutBucketLifecycleConfiguration": "REST.PUT.LIFECYCLE",
        "DeleteBucketLifecycle": "REST.DELETE.LIFECYCLE",
        "ListObjects": "REST.GET.BUCKET",
        "ListObjectsV2": "REST.GET.BUCKET",
        "ListObjectVersions": "REST.GET.BUCKETVERSIONS",
        "PutObject": "REST.PUT.OBJECT",
        "PostObject": "REST.POST.OBJECT",
        "GetObject": "REST.GET.OBJECT",
        "HeadObject": "REST.HEAD.OBJECT",
        "DeleteObject": "REST.DELETE.OBJECT",
        "DeleteObjects": "REST.POST.MULTI_OBJECT_DELETE",
        "CopyObject": "REST.COPY.OBJECT",
        "GetObjectAcl": "REST.GET.ACL",
        "PutObjectAcl": "REST.PUT.ACL",
        "GetObjectTagging": "REST.GET.OBJECT_TAGGING",
        "PutObjectTagging": "REST.PUT.OBJECT_TAGGING",
        "DeleteObjectTagging": "REST.DELETE.OBJECT_TAGGING",
        "CreateMultipartUpload": "REST.POST.UPLOADS",
        "UploadPart": "REST.PUT.PART",
        "UploadPartCopy": "REST.COPY.PART",
        "CompleteMultipartUpload": "REST.POST.UPLOAD",
        "AbortMultipartUpload": "REST.DELETE.UPLOAD",
        "ListParts": "REST.GET.UPLOAD",
        "ListMultipartUploads": "REST.GET.UPLOADS",
    ]

    /// The log's name of an operation; by pattern for those without a documented one, nil when there is none.
    static func name(of operation: String?, method: String) -> String? {
        guard let operation else { return nil }
        if let known = names[operation] { return known }
        var resource = ""
        // The first word is the verb, which the method already says.
        for character in operation.drop(while: { !$0.isUppercase }).dropFirst().drop(while: { !$0.isUppercase }) {
            if character.isUppercase && !resource.isEmpty { resource += "_" }
            resource += character.uppercased()
        }
        return "REST.\(method).\(resource.isEmpty ? operation.uppercased() : resource)"
    }
}
