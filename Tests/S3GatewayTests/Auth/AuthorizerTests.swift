// Why this file exists: what owners, lists, blocks and policies come to together, asked without a store.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct AuthorizerTests {
    private static let owner = "owner-id"

    /// Accounts whose numbers are their names, and users whose policies are given.
    private struct People: PolicySource {
        var identity: [PolicyDocument] = []
        var restrictions: [[PolicyDocument]] = []

        func account(_ canonicalID: String) -> PolicyAccount {
            PolicyAccount(number: canonicalID, canonicalID: canonicalID)
        }

        func standing(of identity: Identity) -> PrincipalStanding {
            let account = account(identity.accountID)
            guard case .user(let name) = identity.actor else {
                return PrincipalStanding(subject: PolicySubject(.root, account: account))
            }
            return PrincipalStanding(
                subject: PolicySubject(.user(name: name, path: "/"), account: account), identity: self.identity,
                restrictions: restrictions)
        }
    }

    private enum Who {
        case owner, other, nobody
    }

    private static func bucket() -> Bucket {
        Bucket(
            id: BucketID(1), name: "b", uuid: [], created: Timestamp(milliseconds: 0), owner: owner,
            region: "us-east-1", versioning: .never, hasObjectLock: false)
    }

    private static func verdict(
        _ who: Who, _ action: Action, _ access: BucketAccess, _ target: AccessTarget = .any
    ) throws -> PolicyVerdict {
        let request =
            switch who {
            case .owner: try signedRequest(.get, "/b/k")
            case .other:
                try signedRequest(
                    .get, "/b/k", signer: RequestSigner(accessKey: "OTHERKEY", secret: TestCredentials.other.secret))
            case .nobody: try makeRequest(.get, "/b/k")
            }
        var question = AccessQuestion(
            request: try authenticator().verify(request, id: "id", now: exampleTime), action: action,
            place: AccessPlace(bucket: bucket(), access: access), now: exampleTime)
        question.key = try ObjectKey("k")
        question.target = target
        return Authorizer(source: People()).verdict(on: question)
    }

    private static func object(owner: String, _ grants: [AccessGrant]? = nil) -> AccessTarget {
        var attributes = ObjectAttributes()
        attributes.owner = owner
        attributes.grants = grants
        return .version(attributes)
    }

    private static func policy(_ effect: String, _ action: String) throws -> BucketPolicy {
        let text = """
            {"Version": "2012-10-17", "Statement": [{"Effect": "\(effect)", "Principal": "*", "Action": "\(action)",
            "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}]}
            """
        return BucketPolicy(
            document: try PolicyDocument(Array(text.utf8), as: .bucket("b")), ownerKeepsPolicy: true)
    }

    private static var otherID: String { TestCredentials.other.accountID }

    @Test("a bucket on which nothing is set is its owner's alone")
    func plain() throws {
        for action in ["s3:GetObject", "s3:PutObject", "s3:PutBucketPolicy"] as [Action] {
            #expect(try Self.verdict(.owner, action, .plain) == .allow)
            #expect(try Self.verdict(.other, action, .plain) == .implicitDeny)
            #expect(try Self.verdict(.nobody, action, .plain) == .implicitDeny)
        }
    }

    @Test("where lists are off, what they say does not count")
    func enforced() throws {
        let access = BucketAccess(grants: [AccessGrant(.allUsers, .fullControl)])
        let object = Self.object(owner: Self.otherID, [AccessGrant(.allUsers, .read)])
        #expect(try Self.verdict(.nobody, "s3:ListBucket", access) == .implicitDeny)
        #expect(try Self.verdict(.other, "s3:GetObject", access, object) == .implicitDeny)
        #expect(try Self.verdict(.owner, "s3:GetObject", access, object) == .allow)
    }

    @Test("an object belongs to its writer, and the bucket's owner reads it by a grant only")
    func writers() throws {
        let access = BucketAccess(ownership: .objectWriter)
        let theirs = Self.object(owner: Self.otherID)
        #expect(try Self.verdict(.other, "s3:GetObject", access, theirs) == .allow)
        #expect(try Self.verdict(.owner, "s3:GetObject", access, theirs) == .implicitDeny)
        #expect(try Self.verdict(.owner, "s3:DeleteObject", access) == .allow)
        let given = Self.object(owner: Self.otherID, [AccessGrant(.account(Self.owner), .read)])
        #expect(try Self.verdict(.owner, "s3:GetObject", access, given) == .allow)
        #expect(try Self.verdict(.owner, "s3:GetObjectAcl", access, given) == .implicitDeny)
        // Left out of its own list, the owner still mends the list.
        #expect(try Self.verdict(.other, "s3:GetObject", access, given) == .implicitDeny)
        #expect(try Self.verdict(.other, "s3:PutObjectAcl", access, given) == .allow)
    }

    @Test("grants reach whom they name, and everybody only while that is not ignored")
    func groups() throws {
        for (grantee, other, nobody) in [
            (AccessGrant.Grantee.allUsers, true, true), (.authenticatedUsers, true, false),
            (.account(Self.otherID), true, false), (.logDelivery, false, false),
        ] {
            let grants = [AccessGrant(.account(Self.owner), .fullControl), AccessGrant(grantee, .read)]
            let access = BucketAccess(ownership: .none, grants: grants)
            #expect(try (Self.verdict(.other, "s3:ListBucket", access) == .allow) == other)
            #expect(try (Self.verdict(.nobody, "s3:ListBucket", access) == .allow) == nobody)
            #expect(try Self.verdict(.other, "s3:PutObject", access) == .implicitDeny)
            #expect(try Self.verdict(.owner, "s3:PutObject", access) == .allow)
            let ignoring = BucketAccess(ownership: .none, grants: grants, block: .ignorePublicAcls)
            #expect(
                try (Self.verdict(.other, "s3:ListBucket", ignoring) == .allow)
                    == (grantee == .account(Self.otherID)))
            #expect(try Self.verdict(.nobody, "s3:ListBucket", ignoring) == .implicitDeny)
        }
    }

    @Test("a grant to write deletes the grantee's own objects and no others")
    func deletion() throws {
        let access = BucketAccess(ownership: .objectWriter, grants: [AccessGrant(.account(Self.otherID), .write)])
        var mine = ObjectAttributes()
        mine.owner = Self.otherID
        var theirs = ObjectAttributes()
        theirs.owner = Self.owner
        #expect(try Self.verdict(.other, "s3:DeleteObject", access, .deletion(mine)) == .allow)
        #expect(try Self.verdict(.other, "s3:DeleteObject", access, .deletion(theirs)) == .implicitDeny)
        #expect(try Self.verdict(.other, "s3:DeleteObject", access, .deletion(nil)) == .implicitDeny)
        #expect(try Self.verdict(.other, "s3:DeleteObjectVersion", access) == .implicitDeny)
        #expect(try Self.verdict(.owner, "s3:DeleteObject", access, .deletion(mine)) == .allow)
        #expect(try Self.verdict(.other, "s3:PutObjectAcl", access, .newObject) == .allow)
        #expect(try Self.verdict(.other, "s3:PutObjectTagging", access, .newObject) == .implicitDeny)
    }

    @Test("whoever began an upload may end it")
    func uploads() throws {
        let access = BucketAccess(ownership: .objectWriter)
        let upload = AccessTarget.upload(initiator: Self.otherID)
        #expect(try Self.verdict(.other, "s3:AbortMultipartUpload", access, upload) == .allow)
        #expect(try Self.verdict(.owner, "s3:AbortMultipartUpload", access, upload) == .allow)
        #expect(try Self.verdict(.nobody, "s3:AbortMultipartUpload", access, upload) == .implicitDeny)
        #expect(
            try Self.verdict(.other, "s3:ListMultipartUploadParts", access, .upload(initiator: Self.owner))
                == .implicitDeny)
    }

    @Test("a policy allows on the bucket owner's objects, and denies on all")
    func policies() throws {
        let open = BucketAccess(ownership: .objectWriter, policy: try Self.policy("Allow", "s3:*"))
        let mine = Self.object(owner: Self.owner)
        #expect(try Self.verdict(.nobody, "s3:GetObject", open, mine) == .allow)
        #expect(try Self.verdict(.nobody, "s3:GetObject", open, Self.object(owner: Self.otherID)) == .implicitDeny)
        let closed = BucketAccess(
            ownership: .objectWriter, grants: [AccessGrant(.allUsers, .read)], policy: try Self.policy("Deny", "s3:*"))
        let given = Self.object(owner: Self.otherID, [AccessGrant(.allUsers, .read)])
        for who in [Who.owner, .other, .nobody] {
            #expect(try Self.verdict(who, "s3:GetObject", closed, given) == .explicitDeny)
            #expect(try Self.verdict(who, "s3:ListBucket", closed) == .explicitDeny)
        }
        #expect(try Self.verdict(.owner, "s3:PutBucketPolicy", closed) == .allow)
        #expect(try Self.verdict(.other, "s3:PutBucketPolicy", closed) == .explicitDeny)
    }

    @Test("a public policy that is restricted allows nothing beyond the owner's account")
    func restricted() throws {
        let access = BucketAccess(block: .restrictPublicBuckets, policy: try Self.policy("Allow", "s3:GetObject"))
        let object = Self.object(owner: Self.owner)
        #expect(try Self.verdict(.nobody, "s3:GetObject", access, object) == .implicitDeny)
        #expect(try Self.verdict(.other, "s3:GetObject", access, object) == .implicitDeny)
        #expect(try Self.verdict(.owner, "s3:GetObject", access, object) == .allow)
    }

    @Test("a request whose answer depends on the version is let in unsettled, and settled by a yes only")
    func unsettled() throws {
        let authorizer = Authorizer(source: People())
        let request = try authenticator().verify(try makeRequest(.get, "/b/k"), id: "id", now: exampleTime)
        func question(_ access: BucketAccess, _ target: AccessTarget = .any) -> AccessQuestion {
            var question = AccessQuestion(
                request: request, action: "s3:GetObject",
                place: AccessPlace(bucket: Self.bucket(), access: access), now: exampleTime)
            question.target = target
            return question
        }
        #expect(throws: S3Error.self) { try authorizer.authorize(question(.plain)) }
        let lists = BucketAccess(ownership: .objectWriter)
        let authorized = try authorizer.authorize(question(lists))
        #expect(!authorized.isSettled)
        #expect(throws: S3Error.self) {
            try authorized.settle(question(lists, Self.object(owner: Self.owner)), by: authorizer)
        }
        #expect(!authorized.isSettled)
        let readable = Self.object(owner: Self.owner, [AccessGrant(.allUsers, .read)])
        try authorized.settle(question(lists, readable), by: authorizer)
        #expect(authorized.isSettled)
    }
}
