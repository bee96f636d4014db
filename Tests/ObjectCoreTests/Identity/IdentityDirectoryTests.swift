// Why this file exists: the rules between users, groups, roles and policies, tried on the value alone; and that what the
// store keeps is what was decided.
import Testing

@testable import ObjectCore

/// The kind of an identity failure, without its words.
private func failure(_ work: () throws -> Void) -> String? {
    do {
        try work()
        return nil
    } catch {
        guard case .identity(let failure)? = error as? StoreError else { return "\(error)" }
        return String("\(failure)".prefix { $0 != "(" })
    }
}

@Suite struct IdentityDirectoryTests {
    private func directory() -> IdentityDirectory { IdentityDirectory(account: 7) }

    @Test("names are unique without regard to case, in each kind by itself")
    func names() throws {
        var directory = directory()
        _ = try directory.createUser("Alice", path: "/", tags: [])
        #expect(failure { _ = try directory.createUser("alice", path: "/x/", tags: []) } == "alreadyExists")
        _ = try directory.createGroup("alice", path: "/")
        #expect(directory.users["ALICE"]?.name == "Alice")
        #expect(try directory.arn(directory.user("alice")) == "arn:aws:iam::000000000007:user/Alice")
    }

    @Test(
        "unfit names and paths are refused",
        arguments: [
            ("", "/"), ("a b", "/"), ("a/b", "/"), ("ä", "/"), (String(repeating: "a", count: 65), "/"),
            ("a", ""), ("a", "x"), ("a", "/x"), ("a", "//"), ("a", "/ä/"), ("a", "/\n/"),
            ("a", "/" + String(repeating: "a", count: 511) + "/"),
        ])
    func unfit(name: String, path: String) {
        var directory = directory()
        #expect(failure { _ = try directory.createUser(name, path: path, tags: []) } == "invalid")
        #expect(directory.rows.isEmpty)
    }

    @Test("a renamed user keeps its id, and its old name is free")
    func renaming() throws {
        var directory = directory()
        let user = try directory.createUser("old", path: "/", tags: [])
        _ = try directory.createUser("taken", path: "/", tags: [])
        #expect(failure { try directory.rename(.user, "old", to: "Taken", path: nil) } == "alreadyExists")
        try directory.rename(.user, "old", to: "OLD", path: nil)
        try directory.rename(.user, "old", to: "new", path: "/p/")
        #expect(directory.users["old"] == nil)
        #expect(directory.users["new"]?.id == user.id)
        #expect(directory.users[id: user.id]?.resourceName == "user/p/new")
        _ = try directory.createUser("old", path: "/", tags: [])
    }

    @Test("what still has something is not deleted")
    func conflicts() throws {
        var directory = directory()
        _ = try directory.createUser("u", path: "/", tags: [])
        _ = try directory.createGroup("g", path: "/")
        let policy = try directory.createPolicy("p", path: "/", document: "{}", description: "", tags: [])
        let arn = directory.arn(policy)
        let user = HolderName(.user, "u")
        #expect(failure { try directory.deleteUser("u", hasKeys: true) } == "deleteConflict")
        try directory.add(user: "u", toGroup: "g")
        #expect(failure { try directory.deleteUser("u", hasKeys: false) } == "deleteConflict")
        #expect(failure { try directory.deleteGroup("g") } == "deleteConflict")
        try directory.remove(user: "u", fromGroup: "g")
        #expect(failure { try directory.remove(user: "u", fromGroup: "g") } == "noSuchEntity")
        try directory.deleteGroup("g")
        try directory.putPolicy("{}", named: "inline", of: user)
        #expect(failure { try directory.deleteUser("u", hasKeys: false) } == "deleteConflict")
        try directory.deletePolicy(named: "inline", of: user)
        try directory.attach(arn, to: user)
        try directory.attach(arn, to: user)
        #expect(directory.attachmentCount(of: arn) == 1)
        #expect(failure { try directory.deleteUser("u", hasKeys: false) } == "deleteConflict")
        #expect(failure { try directory.deletePolicy(arn) } == "deleteConflict")
        try directory.detach(arn, from: user)
        #expect(failure { try directory.detach(arn, from: user) } == "noSuchEntity")
        try directory.deletePolicy(arn)
        #expect(failure { try directory.attach(arn, to: user) } == "noSuchEntity")
        try directory.deleteUser("u", hasKeys: false)
        #expect(directory.users.count == 0)
    }

    @Test("quotas hold")
    func quotas() throws {
        var directory = directory()
        _ = try directory.createUser("u", path: "/", tags: [])
        let user = HolderName(.user, "u")
        for index in 0..<IdentityLimits.groupsPerUserMax {
            _ = try directory.createGroup("g\(index)", path: "/")
            try directory.add(user: "u", toGroup: "g\(index)")
        }
        _ = try directory.createGroup("more", path: "/")
        #expect(failure { try directory.add(user: "u", toGroup: "more") } == "limitExceeded")
        try directory.add(user: "u", toGroup: "g0")
        // White space does not count, and all inline policies count together.
        let half = String(repeating: "x", count: 1024) + String(repeating: " \n", count: 5000)
        try directory.putPolicy(half, named: "a", of: user)
        try directory.putPolicy(half, named: "b", of: user)
        try directory.putPolicy(half, named: "b", of: user)
        #expect(failure { try directory.putPolicy("x", named: "c", of: user) } == "limitExceeded")
        for index in 0..<IdentityLimits.attachedPoliciesMax {
            let policy = try directory.createPolicy(
                "p\(index)", path: "/", document: "{}", description: "", tags: [])
            try directory.attach(directory.arn(policy), to: user)
        }
        #expect(
            failure { try directory.attach("arn:aws:iam::aws:policy/IAMFullAccess", to: user) } == "limitExceeded")
        #expect(
            failure {
                _ = try directory.createPolicy(
                    "long", path: "/", document: String(repeating: "x", count: 6145), description: "", tags: [])
            } == "limitExceeded")
        let tags = (0..<51).map { NameValue("k\($0)", "") }
        #expect(failure { try directory.tag(.user, "u", adding: tags) } == "limitExceeded")
        #expect(failure { _ = try directory.createUser("v", path: "/", tags: tags) } == "limitExceeded")
    }

    @Test("numbers of versions are never used twice, and the one that counts stays")
    func versions() throws {
        var directory = directory()
        let arn = directory.arn(
            try directory.createPolicy("p", path: "/x/", document: "1", description: "", tags: []))
        #expect(arn == "arn:aws:iam::000000000007:policy/x/p")
        #expect(try directory.addVersion("2", to: arn, isDefault: true).number == 2)
        #expect(directory.policy(arn: arn)?.document == "2")
        #expect(failure { try directory.deleteVersion(2, of: arn) } == "deleteConflict")
        #expect(try directory.addVersion("3", to: arn, isDefault: false).number == 3)
        try directory.deleteVersion(3, of: arn)
        #expect(try directory.addVersion("4", to: arn, isDefault: false).number == 4)
        #expect(failure { try directory.setDefaultVersion(3, of: arn) } == "noSuchEntity")
        #expect(directory.policy(arn: "arn:aws:iam::000000000007:policy/p") == nil, "the path is part of the name")
        #expect(failure { _ = try directory.addVersion("x", to: arn + "x", isDefault: true) } == "noSuchEntity")
    }

    @Test("what is built in stays as it is")
    func builtIn() throws {
        var directory = directory()
        let arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
        #expect(failure { try directory.deletePolicy(arn) } == "unmodifiable")
        #expect(failure { _ = try directory.addVersion("{}", to: arn, isDefault: true) } == "unmodifiable")
        #expect(failure { try directory.deleteRole("Run") } == "unmodifiable")
        #expect(failure { try directory.attach(arn, to: HolderName(.role, "run")) } == "unmodifiable")
        #expect(
            failure {
                _ = try directory.createRole(
                    "RUN", path: "/", trust: "{}", description: "", sessionSecondsMax: 3600, tags: [])
            } == "alreadyExists")
    }

    @Test("tags are told apart without regard to case, and the newer spelling stays")
    func tags() throws {
        var directory = directory()
        _ = try directory.createUser("u", path: "/", tags: [NameValue("Team", "a"), NameValue("x", "1")])
        try directory.tag(.user, "u", adding: [NameValue("team", "b")])
        #expect(directory.users["u"]?.header.tags == [NameValue("x", "1"), NameValue("team", "b")])
        try directory.tag(.user, "u", removing: ["TEAM", "nothing"])
        #expect(directory.users["u"]?.header.tags == [NameValue("x", "1")])
    }
}

@Suite struct IdentityStoreTests {
    @Test("everything is found again after a restart, as it was")
    func restart() async throws {
        let folder = TemporaryDirectory()
        var store = try ObjectStore.open(folder.path)
        let key = try await store.createAccessKey(displayName: "owner")
        let account = key.account
        let userID = try await store.changeIdentities(of: account, action: "test") { directory throws(StoreError) in
            let user = try directory.createUser("u", path: "/a/", tags: [NameValue("k", "v")])
            _ = try directory.createGroup("g", path: "/")
            try directory.add(user: "u", toGroup: "g")
            _ = try directory.createRole(
                "r", path: "/", trust: "trust", description: "d", sessionSecondsMax: 7200, tags: [])
            let policy = try directory.createPolicy("p", path: "/", document: "one", description: "d", tags: [])
            _ = try directory.addVersion("two", to: directory.arn(policy), isDefault: true)
            for holder in [HolderName(.user, "u"), HolderName(.group, "g"), HolderName(.role, "r")] {
                try directory.putPolicy("{\(holder.name)}", named: "inline", of: holder)
                try directory.attach(directory.arn(policy), to: holder)
            }
            return user.id
        }
        let userKey = try await store.createUserKey(of: userID, account: account)
        try await store.setAccessKey(userKey.id, isActive: false)
        let before = store.identities(of: account)
        await store.close()
        store = try ObjectStore.open(folder.path)
        let after = store.identities(of: account)
        #expect(after.users.sorted == before.users.sorted && after.users.count == 1)
        #expect(after.groups.sorted == before.groups.sorted && after.groups.count == 1)
        #expect(after.roles.sorted == before.roles.sorted && after.roles.count == 1)
        #expect(after.policies.sorted == before.policies.sorted && after.policies.sorted.first?.versions.count == 2)
        #expect(store.accessKey(userKey.id) == nil, "it is switched off")
        #expect(store.accessKeys(of: userID, account: account).map(\.id) == [userKey.id])
        #expect(store.accessKeys(of: nil, account: account).map(\.id) == [key.id])
        try await store.setAccessKey(userKey.id, isActive: true)
        #expect(store.accessKey(userKey.id)?.holder == userID)
        #expect(try store.check().problems == [])
        await store.close()
    }

    @Test("a refused change leaves nothing, in memory or in the journal; accounts do not see each other")
    func refusal() async throws {
        try await withStore { store, _ in
            let one = try await store.createAccessKey(displayName: "one").account
            let two = try await store.createAccessKey(displayName: "two").account
            let size = try store.journalSize()
            await #expect(throws: StoreError.self) {
                try await store.changeIdentities(of: one, action: "test") { directory throws(StoreError) in
                    _ = try directory.createUser("u", path: "/", tags: [])
                    _ = try directory.createUser("u", path: "/", tags: [])
                }
            }
            #expect(store.identities(of: one).users.count == 0)
            #expect(try store.journalSize() == size)
            _ = try await store.changeIdentities(of: one, action: "CreateUser") { directory throws(StoreError) in
                try directory.createUser("u", path: "/", tags: [])
            }
            #expect(store.identities(of: two).users.count == 0)
            let entry = try #require(try store.journalEntries(limit: 100).last.flatMap { CanonicalJSON($0.bytes) })
            #expect(entry["kind"]?.text == "identity.set")
            #expect(entry["action"]?.text == "CreateUser")
            #expect(entry["name"]?.text == "u")
            #expect(entry["record"]?.text?.count == 64)
        }
    }

    @Test("of many changes at once each sees the one before")
    func order() async throws {
        try await withStore { store, _ in
            let account = try await store.createAccessKey(displayName: "one").account
            await withTaskGroup(of: Bool.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        do {
                            _ = try await store.changeIdentities(of: account, action: "test") {
                                directory throws(StoreError) in
                                try directory.createUser("u\(index / 2)", path: "/", tags: [])
                            }
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                var made = 0
                for await isMade in group where isMade { made += 1 }
                #expect(made == 20, "of two of one name, one")
            }
            #expect(store.identities(of: account).users.count == 20)
        }
    }

    @Test("a user has two keys at most, and a taken one is gone for good")
    func keys() async throws {
        try await withStore { store, _ in
            let account = try await store.createAccessKey(displayName: "one").account
            let user = try await store.changeIdentities(of: account, action: "test") { directory throws(StoreError) in
                try directory.createUser("u", path: "/", tags: [])
            }
            let first = try await store.createUserKey(of: user.id, account: account)
            _ = try await store.createUserKey(of: user.id, account: account)
            await #expect(throws: StoreError.self) { try await store.createUserKey(of: user.id, account: account) }
            try await store.revokeAccessKey(first.id)
            await #expect(throws: StoreError.self) { try await store.setAccessKey(first.id, isActive: true) }
            _ = try await store.createUserKey(of: user.id, account: account)
            await #expect(throws: StoreError.self) { try await store.createUserKey(of: "AIDANOBODY", account: account) }
        }
    }
}
