// Why this file exists: which list a copy is given: canned ones by their names, others with the owner of the copy in place
// of the source's, and none where lists do not count.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct ReplicaListTests {
    private static func list(
        _ grants: [AccessGrant]?, owner: String = "writer", ownership: ObjectOwnership = .objectWriter,
        translatesOwner: Bool = false
    ) async throws -> ReplicaList? {
        var list: ReplicaList?
        try await GatewayHarness.run { gateway in
            var bucket = try gateway.store.bucket("bucket")
            bucket.owner = "owner"
            _ = await gateway.send(.put, "/bucket/k", text: "")
            var version = try gateway.store.object(try ObjectKey("k"), in: try gateway.store.bucket("bucket"))
            version.attributes.owner = owner
            version.attributes.grants = grants
            var rule = ReplicationRule(
                id: "r", isEnabled: true, filter: LifecycleFilter(form: .filter, prefix: nil, tags: []),
                destination: .init(target: "t", bucket: "b"))
            rule.translatesOwner = translatesOwner
            list = ReplicaList(of: version, in: bucket, access: BucketAccess(ownership: ownership), by: rule)
        }
        return list
    }

    private static let own = AccessGrant(.account("writer"), .fullControl)

    @Test("canned lists are known again, in any order")
    func canned() async throws {
        #expect(try await Self.list(nil) == .canned(.private))
        #expect(try await Self.list([AccessGrant(.allUsers, .read), Self.own]) == .canned(.publicRead))
        #expect(
            try await Self.list([Self.own, AccessGrant(.authenticatedUsers, .read)]) == .canned(.authenticatedRead))
        #expect(try await Self.list([Self.own, AccessGrant(.account("owner"), .read)]) == .canned(.bucketOwnerRead))
        #expect(
            try await Self.list([Self.own, AccessGrant(.account("owner"), .fullControl)])
                == .canned(.bucketOwnerFullControl))
        #expect(ReplicaList.canned(.private).headers.isEmpty)
        #expect(ReplicaList.canned(.publicRead).headers.map(\.value) == ["public-read"])
    }

    @Test("other lists keep what they say, with another owner")
    func listed() async throws {
        let grants = [Self.own, AccessGrant(.account("guest"), .read), AccessGrant(.allUsers, .readACP)]
        #expect(try await Self.list(grants) == .listed(owner: "writer", grants))
        let document = ReplicaList.document(grants, of: "writer", for: "copier")
        let read = try AccessControlDocument.read(document)
        #expect(read.owner == "copier")
        #expect(
            Set(read.grants.map { "\($0.grantee) \($0.permission)" })
                == [
                    "id(\"copier\") fullControl", "id(\"guest\") read",
                    "uri(\"http://acs.amazonaws.com/groups/global/AllUsers\") readACP",
                ])
    }

    @Test("where lists are off, or the owner is replaced, nothing is said")
    func none() async throws {
        let grants = [Self.own, AccessGrant(.allUsers, .read)]
        #expect(try await Self.list(grants, ownership: .bucketOwnerEnforced) == nil)
        #expect(try await Self.list(grants, translatesOwner: true) == nil)
    }
}
