// Why this file exists: the router is a table, so its two promises (all reachable, none ambiguous) are proven over the
// whole table, and its refusals by example.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct RouterTests {
    private struct Line: CustomTestStringConvertible {
        var name: String
        var route: Route
        var testDescription: String { "\(name) \(route)" }
    }

    private static let lines =
        OperationTable.served.map { Line(name: $0.name.description, route: $0.route) }
        + UnservedOperation.all.map { Line(name: $0.name.description, route: $0.route) }

    private static func request(
        _ method: HTTPMethod, _ target: String, _ headers: [(name: String, value: String)] = []
    ) throws -> S3Request {
        try S3Request(GatewayHarness.rawHead(method, target: target, headers: headers))
    }

    private static func example(of route: Route) throws -> S3Request {
        let path =
            switch route.resource {
            case .service: "/"
            case .bucket: "/bucket"
            case .object: "/bucket/a/key"
            }
        var query: [String] = ["x-id=Whatever"]
        if let subresource = route.subresource { query.append(subresource.rawValue) }
        if route.needs.contains(.listTypeTwo) { query.append("list-type=2") }
        if route.needs.contains(.configurationID) { query.append("id=one") }
        if route.needs.contains(.annotationName) { query.append("annotationName=one") }
        if route.needs.contains(.directoryBuckets) { query.append("x-id=ListDirectoryBuckets") }
        var headers: [(name: String, value: String)] = []
        if route.needs.contains(.copySource) { headers.append(("x-amz-copy-source", "/bucket/other")) }
        if route.needs.contains(.objectLambda) { headers.append(("x-amz-request-route", "route")) }
        return try request(route.method, "\(path)?\(query.joined(separator: "&"))", headers)
    }

    @Test("every operation is reached by its route", arguments: lines.indices)
    func reachable(_ index: Int) throws {
        let line = Self.lines[index]
        let target = try Router.shared.route(Self.example(of: line.route))
        #expect(target.name.description == line.name)
    }

    @Test("a parameter that is a sub-resource to MinIO's buckets alone says nothing about a key")
    func foreignSubresource() throws {
        let target = try Router.shared.route(Self.request(.get, "/bucket/key?events"))
        #expect(target.name.description == "GetObject")
        #expect(throws: S3Error.self) { try Router.shared.route(Self.request(.put, "/bucket?events")) }
    }

    @Test("no two operations have the same route")
    func unambiguous() {
        var seen: [Route: String] = [:]
        for line in Self.lines {
            #expect(seen[line.route] == nil, "\(line.name) and \(seen[line.route] ?? "")")
            seen[line.route] = line.name
        }
    }

    @Test("every operation has a name of its own, and the list of those not served is sorted")
    func names() {
        #expect(Set(Self.lines.map(\.name)).count == Self.lines.count)
        let unserved = UnservedOperation.all.map(\.name.description)
        #expect(unserved == unserved.sorted())
    }

    @Test(
        "the two lists are all of the S3 API",
        arguments: [
            "AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateBucket",
            "CreateBucketMetadataConfiguration", "CreateBucketMetadataTableConfiguration", "CreateMultipartUpload",
            "CreateSession", "DeleteBucket", "DeleteBucketAnalyticsConfiguration", "DeleteBucketCors",
            "DeleteBucketEncryption", "DeleteBucketIntelligentTieringConfiguration",
            "DeleteBucketInventoryConfiguration", "DeleteBucketLifecycle", "DeleteBucketMetadataConfiguration",
            "DeleteBucketMetadataTableConfiguration", "DeleteBucketMetricsConfiguration",
            "DeleteBucketOwnershipControls", "DeleteBucketPolicy", "DeleteBucketReplication", "DeleteBucketTagging",
            "DeleteBucketWebsite", "DeleteObject", "DeleteObjectAnnotation", "DeleteObjectTagging", "DeleteObjects",
            "DeletePublicAccessBlock", "GetBucketAbac", "GetBucketAccelerateConfiguration", "GetBucketAcl",
            "GetBucketAnalyticsConfiguration", "GetBucketCors", "GetBucketEncryption",
            "GetBucketIntelligentTieringConfiguration", "GetBucketInventoryConfiguration",
            "GetBucketLifecycleConfiguration", "GetBucketLocation", "GetBucketLogging",
            "GetBucketMetadataConfiguration", "GetBucketMetadataTableConfiguration", "GetBucketMetricsConfiguration",
            "GetBucketNotificationConfiguration", "GetBucketOwnershipControls", "GetBucketPolicy",
            "GetBucketPolicyStatus", "GetBucketReplication", "GetBucketRequestPayment", "GetBucketTagging",
            "GetBucketVersioning", "GetBucketWebsite", "GetObject", "GetObjectAcl", "GetObjectAnnotation",
            "GetObjectAttributes", "GetObjectLegalHold", "GetObjectLockConfiguration", "GetObjectRetention",
            "GetObjectTagging", "GetObjectTorrent", "GetPublicAccessBlock", "HeadBucket", "HeadObject",
            "ListBucketAnalyticsConfigurations", "ListBucketIntelligentTieringConfigurations",
            "ListBucketInventoryConfigurations", "ListBucketMetricsConfigurations", "ListBuckets",
            "ListDirectoryBuckets", "ListMultipartUploads", "ListObjectAnnotations", "ListObjectVersions",
            "ListObjects", "ListObjectsV2", "ListParts", "PutBucketAbac", "PutBucketAccelerateConfiguration",
            "PutBucketAcl", "PutBucketAnalyticsConfiguration", "PutBucketCors", "PutBucketEncryption",
            "PutBucketIntelligentTieringConfiguration", "PutBucketInventoryConfiguration",
            "PutBucketLifecycleConfiguration", "PutBucketLogging", "PutBucketMetricsConfiguration",
            "PutBucketNotificationConfiguration", "PutBucketOwnershipControls", "PutBucketPolicy",
            "PutBucketReplication", "PutBucketRequestPayment", "PutBucketTagging", "PutBucketVersioning",
            "PutBucketWebsite", "PutObject", "PutObjectAcl", "PutObjectAnnotation", "PutObjectLegalHold",
            "PutObjectLockConfiguration", "PutObjectRetention", "PutObjectTagging", "PutPublicAccessBlock",
            "RenameObject", "SelectObjectContent",
            "UpdateBucketMetadataAnnotationTableConfiguration", "UpdateBucketMetadataInventoryTableConfiguration",
            "UpdateBucketMetadataJournalTableConfiguration", "UpdateObjectEncryption", "UploadPart", "UploadPartCopy",
            "WriteGetObjectResponse",
        ])
    func complete(_ name: String) {
        #expect(Self.lines.contains { $0.name == name })
    }

    @Test(
        "a sub-resource with a method that it has not is MethodNotAllowed",
        arguments: [
            (HTTPMethod.post, "/bucket?acl"), (.put, "/bucket?versions"), (.delete, "/bucket?versioning"),
            (.get, "/bucket?delete"), (.post, "/bucket/key?tagging"), (.head, "/bucket/key?uploads"), (.put, "/"),
            (.post, "/bucket/key"),
        ])
    func methodNotAllowed(_ method: HTTPMethod, _ target: String) throws {
        let request = try Self.request(method, target)
        let error = #expect(throws: S3Error.self) { _ = try Router.shared.route(request) }
        #expect(error?.code == .methodNotAllowed)
    }

    @Test(
        "a sub-resource of the other kind of resource is named",
        arguments: [
            (HTTPMethod.get, "/bucket/key?versions", "There is no such thing as the ?versions sub-resource for a key"),
            (.get, "/bucket?torrent", "There is no such thing as the ?torrent sub-resource for a bucket"),
        ])
    func otherKind(_ method: HTTPMethod, _ target: String, _ message: String) throws {
        let request = try Self.request(method, target)
        let error = #expect(throws: S3Error.self) { _ = try Router.shared.route(request) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == message)
    }

    @Test("two sub-resources at once are refused, the same one twice is not")
    func conflict() throws {
        let both = try Self.request(.get, "/bucket?acl&policy")
        let error = #expect(throws: S3Error.self) { _ = try Router.shared.route(both) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "Conflicting query string parameters: acl, policy")
        #expect(try Router.shared.route(Self.request(.get, "/bucket?acl&acl")).name.description == "GetBucketAcl")
    }

    @Test(
        "names are compared decoded, and unknown ones are ignored",
        arguments: [
            ("/bucket?%61cl", "GetBucketAcl"), ("/bucket?x-id=ListObjects&foo=bar", "ListObjects"),
            ("/bucket?list-type=1", "ListObjects"), ("/bucket?list-type=%32", "ListObjectsV2"),
            ("/bucket?ACL", "ListObjects"), ("/bucket/key?partNumber=2", "GetObject"),
        ])
    func decoded(_ target: String, _ name: String) throws {
        #expect(try Router.shared.route(Self.request(.get, target)).name.description == name)
    }

    @Test(
        "a preflight has one operation, whatever it asks about",
        arguments: [
            "/", "/bucket", "/bucket/key", "/bucket?acl",
        ])
    func preflight(_ target: String) throws {
        #expect(try Router.shared.route(Self.request(.options, target)).name.description == "PreflightRequest")
    }
}
