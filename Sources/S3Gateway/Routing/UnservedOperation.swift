// Why this file exists: an operation that is known and not served must be answered by name (501), never by falling
// through to another operation that happens to share its path.

/// An operation of S3 that is not served.
struct UnservedOperation: Sendable {
    var name: StaticString
    var route: Route

    init(_ name: StaticString, _ route: Route) {
        self.name = name
        self.route = route
    }

    /// Every operation of the S3 API that ``OperationTable/served`` lacks, and what clients are known to send beside it,
    /// in the order of names.
    static let all: [UnservedOperation] = [
        .init("CreateBucketMetadataConfiguration", Route(.post, .bucket, .metadataConfiguration)),
        .init("CreateBucketMetadataTableConfiguration", Route(.post, .bucket, .metadataTable)),
        .init("CreateSession", Route(.get, .bucket, .session)),
        .init("DeleteBucketAnalyticsConfiguration", Route(.delete, .bucket, .analytics)),
        .init("DeleteBucketIntelligentTieringConfiguration", Route(.delete, .bucket, .intelligentTiering)),
        .init("DeleteBucketMetadataConfiguration", Route(.delete, .bucket, .metadataConfiguration)),
        .init("DeleteBucketMetadataTableConfiguration", Route(.delete, .bucket, .metadataTable)),
        .init("DeleteBucketMetricsConfiguration", Route(.delete, .bucket, .metrics)),
        .init("GetBucketAnalyticsConfiguration", Route(.get, .bucket, .analytics, needs: .configurationID)),
        .init(
            "GetBucketIntelligentTieringConfiguration",
            Route(.get, .bucket, .intelligentTiering, needs: .configurationID)),
        .init("GetBucketMetadataConfiguration", Route(.get, .bucket, .metadataConfiguration)),
        .init("GetBucketMetadataTableConfiguration", Route(.get, .bucket, .metadataTable)),
        .init("GetBucketMetricsConfiguration", Route(.get, .bucket, .metrics, needs: .configurationID)),
        .init("GetObjectTorrent", Route(.get, .object, .torrent)),
        .init("ListBucketAnalyticsConfigurations", Route(.get, .bucket, .analytics)),
        .init("ListBucketIntelligentTieringConfigurations", Route(.get, .bucket, .intelligentTiering)),
        .init("ListBucketMetricsConfigurations", Route(.get, .bucket, .metrics)),
        .init("ListDirectoryBuckets", Route(.get, .service, needs: .directoryBuckets)),
        .init("ListenBucketNotification", Route(.get, .bucket, .events)),
        .init("PutBucketAnalyticsConfiguration", Route(.put, .bucket, .analytics)),
        .init("PutBucketIntelligentTieringConfiguration", Route(.put, .bucket, .intelligentTiering)),
        .init("PutBucketMetricsConfiguration", Route(.put, .bucket, .metrics)),
        .init("RenameObject", Route(.put, .object, .renameObject)),
        .init("SelectObjectContent", Route(.post, .object, .select)),
        .init("UpdateBucketMetadataAnnotationTableConfiguration", Route(.put, .bucket, .metadataAnnotationTable)),
        .init("UpdateBucketMetadataInventoryTableConfiguration", Route(.put, .bucket, .metadataInventoryTable)),
        .init("UpdateBucketMetadataJournalTableConfiguration", Route(.put, .bucket, .metadataJournalTable)),
        .init("UpdateObjectEncryption", Route(.put, .object, .encryption)),
        .init("WriteGetObjectResponse", Route(.post, .bucket, needs: .objectLambda)),
    ]
}
