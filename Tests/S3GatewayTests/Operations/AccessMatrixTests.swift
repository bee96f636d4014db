// Why this file exists: every operation must ask. The whole table is driven as eight kinds of callers, and an operation
// that answers somebody who has no right to it, or that needs a permission which it does not name, fails here. The
// requests are derived from the routes, so a new operation is in the matrix as soon as it is in the table; one that
// needs more than its route to get as far as the question has a line below.
import Foundation
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct AccessMatrixTests {
    /// Who asks.
    private enum Caller: CaseIterable {
        case owner
        /// Another account that the bucket's policy gives exactly what the operation names.
        case grantedByPolicy
        /// A user of the owner's account whose own policy gives exactly what the operation names.
        case userWithPolicy
        /// Another account with full control in the lists of bucket and object.
        case grantedByList
        /// The owner, whom the bucket's policy denies everything.
        case deniedOwner
        case userWithoutPolicy
        case otherAccount
        case anonymous
        case expiredSession
    }

    /// What a request needs beside its route.
    private struct Extra {
        var query: [(name: String, value: String?)] = []
        var headers: [(name: String, value: String)] = []
        var body = ""
    }

    private static let newBucket =
        "<CreateBucketConfiguration><Tags><Tag><Key>team</Key><Value>x</Value></Tag></Tags></CreateBucketConfiguration>"

    private static func extra(_ name: String, _ place: Place) -> Extra {
        let upload = [(name: "uploadId", value: place.upload as String?)]
        switch name {
        case "PutBucketAcl", "PutObjectAcl": return Extra(headers: [("x-amz-acl", "bucket-owner-full-control")])
        case "PutObjectTagging":
            return Extra(body: "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>")
        case "PutObjectRetention":
            return Extra(
                body: "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2199-01-01T00:00:00Z</RetainUntilDate>"
                    + "</Retention>")
        case "PutObjectLegalHold": return Extra(body: "<LegalHold><Status>OFF</Status></LegalHold>")
        case "DeleteObjects": return Extra(body: "<Delete><Object><Key>key</Key></Object></Delete>")
        case "CopyObject":
            return Extra(headers: [("x-amz-copy-source", "/\(place.bucket)/key"), ("x-amz-storage-class", "STANDARD")])
        case "UploadPartCopy":
            return Extra(
                query: upload + [("partNumber", "1")], headers: [("x-amz-copy-source", "/\(place.bucket)/key")])
        case "UploadPart": return Extra(query: upload + [("partNumber", "1")], body: "x")
        case "ListParts", "AbortMultipartUpload": return Extra(query: upload)
        case "CompleteMultipartUpload":
            return Extra(
                query: upload,
                body: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>0</ETag></Part>"
                    + "</CompleteMultipartUpload>")
        case "GetObjectAttributes": return Extra(headers: [("x-amz-object-attributes", "ETag")])
        case "PutBucketWebsite":
            return Extra(
                body: "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument></WebsiteConfiguration>")
        case "PutBucketInventoryConfiguration":
            return Extra(
                query: [("id", "i")],
                body: "<InventoryConfiguration><Destination><S3BucketDestination><Bucket>arn:aws:s3:::\(place.bucket)"
                    + "</Bucket><Format>CSV</Format></S3BucketDestination></Destination><IsEnabled>true</IsEnabled>"
                    + "<Id>i</Id><IncludedObjectVersions>All</IncludedObjectVersions><Schedule><Frequency>Daily"
                    + "</Frequency></Schedule></InventoryConfiguration>")
        case "GetBucketInventoryConfiguration", "DeleteBucketInventoryConfiguration":
            return Extra(query: [("id", "i")])
        case "PutObjectAnnotation": return Extra(query: [("annotationName", "n")], body: "x")
        case "GetObjectAnnotation", "DeleteObjectAnnotation": return Extra(query: [("annotationName", "n")])
        case "RestoreObject": return Extra(body: "<RestoreRequest><Days>1</Days></RestoreRequest>")
        case "CreateBucket": return Extra(body: newBucket)
        case "PutBucketCommitments":
            return Extra(body: "<CommitmentsConfiguration><Status>Enabled</Status></CommitmentsConfiguration>")
        case "BatchRead": return Extra(body: "{\"items\": [{\"key\": \"key\"}]}")
        default: return Extra()
        }
    }

    /// Those that access control lists reach; not `CopyObject`, because it takes tags along, and no list gives those.
    private static let byList: Set<String> = [
        "ListObjects", "ListObjectsV2", "ListObjectVersions", "HeadBucket", "ListMultipartUploads", "GetBucketAcl",
        "PutBucketAcl", "PutObject", "PostObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy",
        "CompleteMultipartUpload", "GetObject", "HeadObject", "GetObjectAcl", "PutObjectAcl", "GetObjectAttributes",
        "BatchRead",
    ]
    private static let withoutBucket: Set<String> = ["ListBuckets", "CreateBucket", "PreflightRequest"]
    /// What an owner keeps whatever the policy says.
    private static let ownersOwn: Set<String> = ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"]

    private static func isAllowed(_ name: String, _ caller: Caller) -> Bool {
        // Nobody signs a preflight.
        if name == "PreflightRequest" { return true }
        switch caller {
        case .owner, .grantedByPolicy, .userWithPolicy: return true
        case .grantedByList: return byList.contains(name) || withoutBucket.contains(name)
        case .deniedOwner: return ownersOwn.contains(name) || withoutBucket.contains(name)
        case .otherAccount: return withoutBucket.contains(name)
        case .userWithoutPolicy, .anonymous, .expiredSession: return false
        }
    }

    private struct Place {
        var bucket: String
        var upload: String
    }

    /// Users of alice's account: `carol` has the policy that the test puts here, `dave` has none.
    private final class Users: PolicySource, @unchecked Sendable {
        // Written by the test alone, between requests.
        var policy: PolicyDocument?
        private let accounts: AccountsAlone

        init(_ store: ObjectStore) { accounts = AccountsAlone(store) }
        func account(_ canonicalID: String) -> PolicyAccount { accounts.account(canonicalID) }
        func standing(of identity: Identity) -> PrincipalStanding {
            var standing = accounts.standing(of: identity)
            if identity.actor == .user("carol"), let policy { standing.identity = [policy] }
            return standing
        }
    }

    private static func people(_ alice: AccessKey) -> [AccessKeyRecord] {
        func record(_ key: String, _ actor: Actor, token: Secret? = nil, expiresAt: Int64? = nil) -> AccessKeyRecord {
            AccessKeyRecord(
                accessKey: key, secret: Secret("secret-of-\(key)"), accountID: alice.account, displayName: "alice",
                sessionToken: token, expiresAt: expiresAt, actor: actor)
        }
        return [
            record("CAROL", .user("carol")), record("DAVE", .user("dave")),
            record(
                "EXPIRED", .session(SessionFacts(role: nil, name: "old", hasAccountRights: true)),
                token: Secret("token"), expiresAt: 1000),
        ]
    }

    private static func key(_ caller: Caller, _ gateway: GatewayHarness) -> AccessKey? {
        func key(_ id: String) -> AccessKey {
            AccessKey(
                id: id, secret: "secret-of-\(id)", account: gateway.alice.account, displayName: "",
                created: Timestamp(milliseconds: 0), isRevoked: false)
        }
        switch caller {
        case .owner, .deniedOwner: return gateway.alice
        case .grantedByPolicy, .grantedByList, .otherAccount: return gateway.bob
        case .userWithPolicy: return key("CAROL")
        case .userWithoutPolicy: return key("DAVE")
        case .expiredSession: return key("EXPIRED")
        case .anonymous: return nil
        }
    }

    private static func policy(_ effect: String, _ actions: [String], principal: String?, bucket: String) -> String {
        let who = principal.map { "\"Principal\": {\"AWS\": \"\($0)\"}, " } ?? ""
        let list = actions.map { "\"\($0)\"" }.joined(separator: ", ")
        let resources =
            bucket == "*" ? "\"*\"" : "[\"arn:aws:s3:::\(bucket)\", \"arn:aws:s3:::\(bucket)/*\"]"
        return "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"\(effect)\", \(who)"
            + "\"Action\": [\(list)], \"Resource\": \(resources)}]}"
    }

    /// A bucket of alice's with an object, a list and an open upload.
    private static func place(_ name: String, _ caller: Caller, in gateway: GatewayHarness) async throws -> Place {
        let made = await gateway.send(
            .put, "/\(name)",
            ["x-amz-object-ownership": "ObjectWriter", "x-amz-bucket-object-lock-enabled": "true"])
        #expect(made.status == 200)
        let bucket = try gateway.store.bucket(name)
        let key = try ObjectKey("key")
        _ = await gateway.send(.put, "/\(name)/key", ["x-amz-tagging": "a=1"], text: "content")
        if caller == .grantedByList {
            let grants = [
                AccessGrant(.account(gateway.alice.account), .fullControl),
                AccessGrant(.account(gateway.bob.account), .fullControl),
            ]
            try await gateway.store.setBucketSetting("acl", to: AccessGrant.encode(grants), of: bucket)
            _ = try await gateway.store.setGrants(grants, of: key, in: bucket)
        }
        let upload = try await gateway.store.createUpload(key, in: bucket, attributes: ObjectAttributes())
        return Place(bucket: name, upload: upload.id.description)
    }

    private static func sent(
        _ operation: any S3Operation.Type, _ place: Place, _ caller: Caller, _ gateway: GatewayHarness
    ) -> Sent {
        let route = operation.route
        let extra = extra(operation.name.description, place)
        var path = "/"
        if route.resource != .service { path += place.bucket }
        if route.resource == .object { path += "/key" }
        var sent = Sent(method: route.method, path: path, key: key(caller, gateway))
        sent.query = extra.query
        if let subresource = route.subresource, !sent.query.contains(where: { $0.name == subresource.rawValue }) {
            sent.query.append((subresource.rawValue, nil))
        }
        if route.needs.contains(.listTypeTwo) { sent.query.append(("list-type", "2")) }
        if route.needs.contains(.configurationID) { sent.query.append(("id", "one")) }
        sent.headers = extra.headers
        sent.body = Array(extra.body.utf8)
        if caller == .expiredSession { sent.headers.append(("x-amz-security-token", "token")) }
        if route.method == .options {
            sent.headers += [("origin", "https://example.com"), ("access-control-request-method", "GET")]
        }
        if operation == DeleteObjects.self {
            sent.headers.append(("content-md5", Base64.encode(Digest.md5(sent.body ?? []))))
        }
        if operation == PostObject.self {
            // A form carries its signature itself.
            sent.body = form(bucket: place.bucket, sent.key, isSession: caller == .expiredSession)
            sent.headers = [("content-type", "multipart/form-data; boundary=XyZ")]
            sent.key = nil
        }
        return sent
    }

    private static func form(bucket: String, _ key: AccessKey?, isSession: Bool) -> [UInt8] {
        var fields = [("key", "posted")]
        if let key {
            let expiration = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: 600))
            let token = isSession ? ", {\"x-amz-security-token\": \"token\"}" : ""
            let policy = Base64.encode(
                Array(
                    "{\"expiration\": \"\(expiration)\", \"conditions\": [{\"bucket\": \"\(bucket)\"}, {\"key\": \"posted\"}\(token)]}"
                        .utf8))
            let signature = Base64.encode(Digest.hmacSHA1(key: Array(key.secret.utf8), message: Array(policy.utf8)))
            fields += [("AWSAccessKeyId", key.id), ("policy", policy), ("signature", signature)]
            if isSession { fields.append(("x-amz-security-token", "token")) }
        }
        var body = ""
        for (name, value) in fields {
            body += "--XyZ\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        body += "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nhello\r\n--XyZ--\r\n"
        return Array(body.utf8)
    }

    @Test(
        "tags of a new bucket need s3:TagResource, and policies see them",
        arguments: [
            ("\"s3:CreateBucket\"", "", 403), ("[\"s3:CreateBucket\", \"s3:TagResource\"]", "", 200),
            ("\"s3:*\"", "x", 403), ("\"s3:*\"", "y", 200),
        ])
    func newTags(_ actions: String, _ denied: String, _ status: Int) async throws {
        nonisolated(unsafe) var users: Users?
        let gateway = try await GatewayHarness(
            people: Self.people,
            policies: { store in
                let made = Users(store)
                users = made
                return made
            })
        let document =
            "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \(actions), \"Resource\": "
            + "\"*\"}, {\"Effect\": \"Deny\", \"Action\": \"s3:CreateBucket\", \"Resource\": \"*\", \"Condition\": "
            + "{\"StringEquals\": {\"aws:RequestTag/team\": \"\(denied)\"}}}]}"
        users?.policy = try PolicyDocument(Array(document.utf8), as: .identity)
        let carol = Self.key(.userWithPolicy, gateway)
        #expect(await gateway.send(.put, "/tagged", body: Array(Self.newBucket.utf8), key: carol).status == status)
        #expect(await gateway.send(.put, "/plain", key: carol).status == 200)
        await gateway.close()
    }

    @Test("each operation answers those who have the right to it and nobody else")
    func matrix() async throws {
        nonisolated(unsafe) var users: Users?
        let gateway = try await GatewayHarness(
            people: Self.people,
            policies: { store in
                let made = Users(store)
                users = made
                return made
            })
        var count = 0
        for caller in Caller.allCases {
            for operation in OperationTable.served {
                let name = operation.name.description
                count += 1
                let place = try await Self.place("matrix-\(count)", caller, in: gateway)
                let bucket = try gateway.store.bucket(place.bucket)
                let permissions = operation.permissions.map(\.rawValue)
                let bob = "arn:aws:iam::\(AccountsAlone(gateway.store).account(gateway.bob.account).number):root"
                var policy: String?
                if caller == .deniedOwner {
                    policy = Self.policy("Deny", ["s3:*", "cairn:*"], principal: "*", bucket: place.bucket)
                } else if caller == .grantedByPolicy, !Self.withoutBucket.contains(name) {
                    policy = Self.policy("Allow", permissions, principal: bob, bucket: place.bucket)
                }
                if let policy {
                    try await gateway.store.setBucketSetting("policy", to: Array(policy.utf8), of: bucket)
                }
                users?.policy =
                    permissions.isEmpty
                    ? nil
                    : try PolicyDocument(
                        Array(Self.policy("Allow", permissions, principal: nil, bucket: "*").utf8), as: .identity)
                let answer = await gateway.exchange(Self.sent(operation, place, caller, gateway))
                let isDenied =
                    answer.text.contains("AccessDenied") || answer.status == 403 && operation.route.method == .head
                let isExpired =
                    answer.status == 400 && (operation.route.method == .head || answer.code == "ExpiredToken")
                if caller == .expiredSession, operation != PreflightRequest.self {
                    #expect(isExpired, "\(name): \(answer.status) \(answer.text)")
                } else {
                    #expect(
                        isDenied != Self.isAllowed(name, caller),
                        "\(name) by \(caller): \(answer.status) \(answer.text)")
                    #expect(answer.status != 500, "\(name) by \(caller): \(answer.text)")
                }
            }
        }
        await gateway.close()
    }
}
