// Why this file exists: a session lives as long as it was given, as long as the key at its beginning, and over restarts;
// then it is cleared away.
import Testing

@testable import ObjectCore

@Suite struct SessionTests {
    private static let hour: Int64 = 3_600_000

    /// A store with a clock that the test sets, and a key.
    private func withClock(_ body: (ObjectStore, AccessKey, SetClock, String) async throws -> Void) async throws {
        let folder = TemporaryDirectory()
        let clock = SetClock()
        let store = try ObjectStore.open(
            folder.path, options: .small, io: RealIO(), time: clock.source)
        let key = try await store.createAccessKey(displayName: "owner")
        try await body(store, key, clock, folder.path)
        await store.close()
    }

    private func grant(_ key: AccessKey, tags: [NameValue] = []) -> SessionGrant {
        SessionGrant(
            kind: .assumedRole, account: key.account, issuerKey: key.id, rights: .account, roleID: "AROAX",
            roleName: "run", name: "train", sourceIdentity: "alice", tags: tags, transitiveTags: ["a"],
            restrictions: [[.document("{}"), .managed("arn:aws:iam::aws:policy/IAMFullAccess")], []])
    }

    @Test("what was granted is found again, also after a restart")
    func restart() async throws {
        let folder = TemporaryDirectory()
        var store = try ObjectStore.open(folder.path)
        let key = try await store.createAccessKey(displayName: "owner")
        var wanted = grant(key, tags: [NameValue("cairn:job", "étl"), NameValue("empty", "")])
        wanted.rights = .role("AROAROLE")
        wanted.roleSession = "outer"
        let session = try await store.issueSession(wanted, durationSeconds: 900)
        #expect(session.accessKey.hasPrefix("ASIA") && session.accessKey.count == 20)
        #expect(session.expires.milliseconds - session.issued.milliseconds == 900_000)
        #expect(store.session(session.accessKey) == session)
        await store.close()
        store = try ObjectStore.open(folder.path)
        #expect(store.session(session.accessKey) == session)
        #expect(store.session(session.accessKey)?.grant == wanted)
        await store.close()
    }

    @Test("what a provider vouched for is kept, and its sessions end with it")
    func vouched() async throws {
        let folder = TemporaryDirectory()
        var store = try ObjectStore.open(folder.path)
        let key = try await store.createAccessKey(displayName: "owner")
        let provider = try await store.changeIdentities(of: key.account, action: "test") {
            directory throws(StoreError) in
            try directory.createProvider(
                "idp.example.com", isSecure: true, clientIDs: ["c"], thumbprints: [], tags: [])
        }
        var wanted = grant(key)
        wanted.issuerKey = provider.id
        wanted.vouched = VouchedIdentity(provider: "arn", subject: "sub", audience: "c")
        let session = try await store.issueSession(wanted, durationSeconds: 900)
        await store.close()
        store = try ObjectStore.open(folder.path)
        #expect(store.session(session.accessKey)?.grant == wanted)
        #expect(store.identities(of: key.account).provider(issuer: "https://idp.example.com") == provider)
        let arn = store.identities(of: key.account).arn(provider)
        try await store.changeIdentities(of: key.account, action: "test") { directory throws(StoreError) in
            directory.deleteProvider(arn)
        }
        #expect(store.session(session.accessKey) == nil)
        await #expect(throws: StoreError.self) { try await store.issueSession(wanted, durationSeconds: 900) }
        await store.close()
    }

    /// Sessions that are only in memory.
    private func fill(
        _ store: ObjectStore, _ count: Int, _ key: AccessKey, from start: Int = 0, shares: [String], ends: Int64
    ) {
        let charge = SessionCharge(account: key.account, shares: shares)
        for number in start..<(start + count) {
            store.sessions.enter(
                IdentitySession(
                    accessKey: "ASIA\(shares)\(number)", secret: "", token: "", grant: grant(key),
                    issued: Timestamp(milliseconds: 0), expires: Timestamp(milliseconds: ends)), charge)
        }
    }

    @Test("nobody takes the room of others: a share for each, and the rest for the account itself")
    func shares() async throws {
        try await withClock { store, key, clock, _ in
            let now = store.clock.now()
            let ends = now.milliseconds + 3 * Self.hour
            func refusal(_ shares: [String]) -> String? {
                store.sessions.refusal(of: SessionCharge(account: key.account, shares: shares), at: store.clock.now())
            }
            fill(store, SessionLimits.shareMax - 1, key, shares: ["user a"], ends: ends)
            #expect(refusal(["user a"]) == nil)
            fill(store, 1, key, from: SessionLimits.shareMax, shares: ["user a"], ends: ends)
            #expect(refusal(["user a"])?.hasPrefix("the user a has 4000 sessions") == true)
            #expect(refusal(["user b", "role a"]) == nil && refusal(["role x", "user a"]) != nil)
            for share in ["b", "c", "d"] { fill(store, SessionLimits.shareMax, key, shares: [share], ends: ends) }
            #expect(refusal(["user e"])?.hasPrefix("the users and roles") == true)
            #expect(refusal([]) == nil)
            _ = try await store.issueSession(grant(key), durationSeconds: 900)
            fill(store, 4000, key, shares: [], ends: ends)
            #expect(refusal([])?.hasPrefix("the account has 20000") == true)
            // What has ended takes no room.
            clock.pass(3 * Self.hour + 60_000)
            #expect(refusal(["user a"]) == nil && refusal([]) == nil)
            _ = try await store.issueSession(grant(key), durationSeconds: 900)
        }
    }

    @Test("two sessions share nothing that opens anything")
    func distinct() async throws {
        try await withClock { store, key, _, _ in
            let one = try await store.issueSession(grant(key), durationSeconds: 900)
            let two = try await store.issueSession(grant(key), durationSeconds: 900)
            #expect(one.accessKey != two.accessKey && one.secret != two.secret && one.token != two.token)
            #expect(!"\(one)".contains(one.secret) && !"\(one)".contains(one.token))
        }
    }

    @Test("a session ends with the key at its beginning, and rests while that is switched off")
    func issuer() async throws {
        try await withClock { store, key, _, _ in
            let session = try await store.issueSession(grant(key), durationSeconds: 900)
            try await store.setAccessKey(key.id, isActive: false)
            #expect(store.session(session.accessKey) == nil)
            await #expect(throws: StoreError.self) { try await store.issueSession(grant(key), durationSeconds: 900) }
            try await store.setAccessKey(key.id, isActive: true)
            #expect(store.session(session.accessKey) != nil)
            try await store.revokeAccessKey(key.id)
            #expect(store.session(session.accessKey) == nil)
        }
    }

    @Test("sessions that ended are remembered for an hour, then cleared away in batches, also from the disk")
    func clearing() async throws {
        try await withClock { store, key, clock, _ in
            var ended: [String] = []
            for _ in 0..<3 {
                ended.append(try await store.issueSession(grant(key), durationSeconds: 900).accessKey)
            }
            let living = try await store.issueSession(grant(key), durationSeconds: 43_200)
            clock.pass(900_000 + Self.hour / 2)
            #expect(try await store.clearEndedSessions() == 0)
            #expect(store.session(ended[0]) != nil, "its holder is told that it has expired")
            clock.pass(Self.hour)
            #expect(try await store.clearEndedSessions() == 3)
            #expect(ended.allSatisfy { store.session($0) == nil })
            #expect(store.session(living.accessKey) != nil)
            let rows = try store.database.read { transaction throws(StoreError) in
                try transaction.first("SELECT COUNT(*) FROM sessions", []) { row throws(StoreError) in row.integer(0) }
            }
            #expect(rows == 1)
            #expect(try await store.clearEndedSessions() == 0)
        }
    }

    @Test("each session is journalled with what it says of itself and without a secret")
    func journal() async throws {
        try await withClock { store, key, _, _ in
            let tags = [NameValue("cairn:run", "r"), NameValue("cairn:job", "j")]
            let session = try await store.issueSession(
                grant(key, tags: tags), durationSeconds: 900, origin: ChangeOrigin(account: key.account))
            let entry = try #require(try store.journalEntries(limit: 100).last)
            let json = try #require(CanonicalJSON(entry.bytes))
            #expect(json["kind"]?.text == "session.issued")
            #expect(json["session"]?.text == session.accessKey)
            #expect(json["issuer"]?.text == key.id)
            #expect(json["name"]?.text == "train")
            #expect(json["role"]?.text == "run")
            #expect(json["sourceIdentity"]?.text == "alice")
            #expect(json["tags"]?["cairn:run"]?.text == "r")
            #expect(json["expires"]?.integer == session.expires.milliseconds)
            let text = String(decoding: entry.bytes, as: UTF8.self)
            #expect(!text.contains(session.secret) && !text.contains(session.token))
        }
    }

    @Test("what is too large or lives too long is refused, and leaves no trace")
    func limits() async throws {
        try await withClock { store, key, _, _ in
            let before = try store.journalSize()
            var large = grant(key)
            large.restrictions = [[.document(String(repeating: " ", count: SessionGrant.packedBytesMax))]]
            await #expect(
                throws: StoreError.identity(
                    .packedPolicyTooLarge("policies and tags of a session have more than 16384 bytes"))
            ) { try await store.issueSession(large, durationSeconds: 900) }
            for seconds: Int64 in [0, -1, 367 * 86_400, .max] {
                await #expect(throws: StoreError.self) {
                    try await store.issueSession(grant(key), durationSeconds: seconds)
                }
            }
            #expect(try store.journalSize() == before)
        }
    }

    @Test("a row that was changed is not read")
    func damage() async throws {
        try await withClock { store, key, _, _ in
            let session = try await store.issueSession(grant(key), durationSeconds: 900)
            let number = try #require(store.accountNumber(key.account))
            var record = session.record(account: number)
            for index in record.indices {
                record[index] ^= 1
                let damaged = record
                #expect(throws: StoreError.self) {
                    try damaged.reading { bytes throws(StoreError) in
                        try IdentitySession(
                            session.accessKey, account: number, expires: session.expires, record: bytes,
                            accountID: key.account)
                    }
                }
                record[index] ^= 1
            }
            // Nor one whose end was moved.
            let later = Timestamp(milliseconds: session.expires.milliseconds + 1)
            #expect(throws: StoreError.self) {
                try record.reading { bytes throws(StoreError) in
                    try IdentitySession(
                        session.accessKey, account: number, expires: later, record: bytes, accountID: key.account)
                }
            }
        }
    }
}
