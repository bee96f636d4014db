// Why this file exists: rights that somebody gave themselves in the database are found by an audit: a policy that was
// changed and sealed anew, a user, key or session from nowhere, one that came back, one that is gone.
import Foundation
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct IdentityReplayTests {
    private struct Made {
        var account: String
        var key: String
        var userKey: String
        var session: String
    }

    private func withStore(_ body: (String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "cairn-replay-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    /// Users who come, change and go, keys that are revoked and switched off, and sessions.
    private func make(_ path: String) async throws -> Made {
        let store = try ObjectStore.open(path)
        let key = try await store.createAccessKey(displayName: "owner")
        let account = key.account
        let user = try await store.changeIdentities(of: account, action: "test") { directory throws(StoreError) in
            _ = try directory.createUser("gone", path: "/", tags: [])
            return try directory.createUser("kept", path: "/", tags: [])
        }
        try await store.changeIdentities(of: account, action: "test") { directory throws(StoreError) in
            try directory.putPolicy("{}", named: "p", of: HolderName(.user, "kept"))
            try directory.deleteUser("gone", hasKeys: false)
        }
        let userKey = try await store.createUserKey(of: user.id, account: account)
        let revoked = try await store.createUserKey(of: user.id, account: account)
        try await store.revokeAccessKey(revoked.id)
        try await store.setAccessKey(userKey.id, isActive: false)
        let grant = SessionGrant(
            kind: .sessionToken, account: account, issuerKey: key.id, rights: .account, name: "root")
        let session = try await store.issueSession(grant, durationSeconds: 3600)
        await store.close()
        return Made(account: account, key: key.id, userKey: userKey.id, session: session.accessKey)
    }

    private func problems(_ path: String) async throws -> [String] {
        let store = try ObjectStore.open(path)
        let report = try StoreAudit(store).run()
        await store.close()
        return report.problems
    }

    private func sql(_ path: String, _ text: StaticString, _ values: [SQLValue] = []) throws {
        let database = try SQLiteDatabase(path: path + "/meta.sqlite", schema: "")
        try database.write { transaction throws(StoreError) in _ = try transaction.execute(text, values) }
        database.close()
    }

    @Test("a store whose identities were changed by the store holds")
    func clean() async throws {
        try await withStore { path in
            _ = try await make(path)
            #expect(try await problems(path) == [])
        }
    }

    @Test("a policy that was changed and sealed anew is found")
    func forgedPolicy() async throws {
        try await withStore { path in
            let made = try await make(path)
            let store = try ObjectStore.open(path)
            var user = try store.identities(of: made.account).user("kept")
            user.policies["p"] = "{everything}"
            let row = user.row(account: try #require(store.accountNumber(made.account)))
            await store.close()
            try sql(
                path, "UPDATE identities SET record = $2 WHERE id = $1",
                [.text(row.id), .bytes(try #require(row.record))])
            #expect(try await problems(path) == ["the identity \(user.id) is not as the journal says"])
        }
    }

    @Test("what is gone, came back or came from nowhere is found")
    func rows() async throws {
        try await withStore { path in
            let made = try await make(path)
            try sql(path, "DELETE FROM identities")
            try sql(path, "UPDATE access_keys SET revoked = 0")
            try sql(path, "UPDATE key_holders SET active = 1")
            try sql(
                path,
                "INSERT INTO access_keys (id, account, secret, name, created, revoked) VALUES ('AKIAX', 1, 's', 'n', 1, 0)"
            )
            let found = try await problems(path)
            #expect(found.contains { $0.hasPrefix("the identity AIDA") && $0.contains("is missing") })
            #expect(found.contains("the access key \(made.userKey) is not as the journal says"))
            #expect(found.contains("the access key AKIAX exists, but the journal does not say so"))
            #expect(found.count == 4, "the missing user, two keys that came back, one from nowhere: \(found)")
        }
    }

    @Test("a session with a later end or other rights is found")
    func forgedSession() async throws {
        try await withStore { path in
            let made = try await make(path)
            let store = try ObjectStore.open(path)
            let session = try #require(store.session(made.session))
            let number = try #require(store.accountNumber(made.account))
            let later = IdentitySession(
                accessKey: session.accessKey, secret: session.secret, token: session.token, grant: session.grant,
                issued: session.issued, expires: Timestamp(milliseconds: session.expires.milliseconds + 1))
            await store.close()
            try sql(
                path, "UPDATE sessions SET expires = $2, record = $3 WHERE id = $1",
                [
                    .text(later.accessKey), .integer(later.expires.milliseconds),
                    .bytes(later.record(account: number)),
                ])
            #expect(try await problems(path) == ["the session \(made.session) is not as the journal says"])
        }
    }
}
