// Why this file exists: names that are hidden in the journal must be told as before while their salts are there, must be
// nowhere once they were erased, and every change of a salt or a name must be found by an audit.
import Foundation
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite("Commitments")
struct CommitmentTests {
    private static let person = "ada-lovelace-0815"
    private static let address = "203.0.113.77"

    /// The origin of a person's request in a run.
    private static func origin(_ session: RunSession? = nil) -> ChangeOrigin {
        ChangeOrigin(
            account: session == nil ? "account-of-ada" : "account", accessKey: "AKIAADA", remoteAddress: address,
            run: session?.origin.run)
    }

    private static func put(
        _ fixture: LineageFixture, _ key: String, _ text: String = "x", in bucket: Bucket? = nil,
        _ origin: ChangeOrigin = origin()
    ) async throws -> ObjectVersion {
        let writer = fixture.store.stage(expectedLength: Int64(text.utf8.count))
        try await writer.write(Array(text.utf8))
        return try await fixture.store.put(
            try await writer.finish(), as: try ObjectKey(key), in: bucket ?? fixture.bucket,
            attributes: ObjectAttributes(), origin: origin)
    }

    /// Everything that a bucket can have in the journal of one key.
    private static func live(_ fixture: LineageFixture, _ bucket: Bucket) async throws {
        let store = fixture.store
        let session = try await fixture.session()
        let origin = origin(session)
        let key = try ObjectKey("\(person)/raw")
        let raw = try await put(fixture, "\(person)/raw", "raw", in: bucket, origin)
        _ = try await store.setTags([NameValue("a", "b")], of: key, version: nil, in: bucket, origin: origin)
        _ = try await store.setGrants(nil, of: key, in: bucket, origin: origin)
        _ = try await store.setLegalHold(true, of: key, in: bucket, origin: origin)
        let request = DeleteRequest(key: key, version: raw.versionID)
        await #expect(throws: StoreError.self) { try await store.delete(request, in: bucket, origin: origin) }
        _ = try await store.setLegalHold(false, of: key, in: bucket, origin: origin)
        let copy = try ObjectKey("\(person)/copy")
        _ = try await store.copy(raw, as: copy, in: bucket, attributes: raw.attributes, origin: origin)
        let upload = try await store.createUpload(
            try ObjectKey("\(person)/parts"), in: bucket, attributes: ObjectAttributes(), origin: origin)
        let writer = store.stage(expectedLength: 4)
        try await writer.write(Array("part".utf8))
        let part = try await store.putPart(
            try await writer.finish(), number: 1, of: upload, checksums: [], origin: origin)
        _ = try await store.copyPart(from: raw, range: 0..<3, number: 2, of: upload, origin: origin)
        _ = try await store.completeUpload(
            upload.id, of: upload.key, in: bucket, parts: [CompletedPart(number: 1, etag: part.etag)], origin: origin)
        let other = try await store.createUpload(
            try ObjectKey("\(person)/given-up"), in: bucket, attributes: ObjectAttributes(), origin: origin)
        try await store.abortUpload(other.id, of: other.key, in: bucket, origin: origin)
        session.run.noteListed(
            ListedPrefix(bucketUUID: BucketUUID(bucket.uuid), bucket: bucket.name, prefix: Array(person.utf8)),
            at: Timestamp(milliseconds: 1))
        _ = try await store.delete(DeleteRequest(key: copy), in: bucket, origin: origin)
        try await store.journal(runs: [session.run.id])
    }

    @Test("a commitment is the digest of domain, salt, kind and value")
    func vector() {
        let salt = (0..<32).map { UInt8($0) }
        let bytes = Array("cairn commitment\u{0}".utf8) + salt + Array("key\u{0}a/b".utf8)
        #expect(Commitment.of(.key, Array("a/b".utf8), salt: salt) == Digest.sha256(bytes))
        #expect(Commitment.of(.prefix, Array("a/b".utf8), salt: salt) != Digest.sha256(bytes))
    }

    @Test(
        "no entry of a bucket that asks has a key, a prefix or whoever asked, and the answers are those of a plain one")
    func hidden() async throws {
        var answers: [String] = []
        for isHidden in [false, true] {
            try await LineageFixture.run { fixture in
                if isHidden { try await fixture.store.setCommitments(true, of: fixture.bucket, origin: Self.origin()) }
                let start = fixture.store.journalPosition
                try await Self.live(fixture, fixture.bucket)
                let entries = try fixture.store.journalEntries(after: start, limit: .max)
                let texts = entries.map { String(decoding: $0.bytes, as: UTF8.self) }
                #expect(entries.count > 12)
                for word in [Self.person, Self.address, "AKIAADA", "\"account\":\"account\""] {
                    #expect(texts.contains { $0.contains(word) } == !isHidden, "\(word)")
                }
                try fixture.graph.catchUp()
                let raw = try ObjectKey("\(Self.person)/raw")
                let node = try #require(try fixture.graph.find(raw, in: BucketUUID(fixture.bucket.uuid)))
                var told: [String] = []
                for direction in [Direction.upstream, .downstream] {
                    let closure = try fixture.graph.closure(of: [node], ClosureQuery(direction))
                    told += try fixture.graph.nodes(closure.steps.map(\.node)).map { node in
                        switch node {
                        case .version(let version):
                            #expect((version.reference.commitment != nil) == isHidden)
                            #expect(!version.reference.isErased)
                            return "\(version.reference.key) \(version.size) \(version.etag) \(version.isCopy)"
                        case .run(let run): return "\(run.account) \(run.accessKey) \(run.isErased)"
                        case .agent(let agent): return "\(agent.kind) \(agent.name) \(agent.isErased)"
                        case .job(let job): return "\(job)"
                        case .prefix(let prefix): return String(decoding: prefix.prefix, as: UTF8.self)
                        }
                    }
                }
                let versions = try fixture.graph.versions(of: raw, in: BucketUUID(fixture.bucket.uuid))
                told.append("\(versions.count)")
                answers.append(told.joined(separator: "\n"))
            }
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0].contains(Self.person))
    }

    @Test("a setting that its commit does not make durable hides nothing, and one that is off hides no more")
    func setting() async throws {
        try await LineageFixture.run { fixture in
            let store = fixture.store
            try await store.setCommitments(true, of: fixture.bucket)
            _ = try await Self.put(fixture, "one")
            #expect(try fixture.entries(.objectPut).last?["key"] == nil)
            try await store.setCommitments(false, of: fixture.bucket)
            _ = try await Self.put(fixture, "one")
            #expect(try fixture.entries(.objectPut).last?["key"]?.text == "one")
            // The key has entries of both forms, and is one key.
            try fixture.graph.catchUp()
            let bucket = BucketUUID(fixture.bucket.uuid)
            #expect(try fixture.graph.versions(of: try ObjectKey("one"), in: bucket).count == 2)
            let last = try #require(try fixture.graph.find(try ObjectKey("one"), in: bucket))
            guard case .version(let version) = try fixture.graph.node(last) else { return }
            #expect(version.reference.commitment == nil)
        }
    }

    @Test("a store that is opened again hides what it hid, under the same commitments")
    func reopened() async throws {
        let folder = LineageFolder()
        var commitments: [String?] = []
        for _ in 0..<2 {
            let fixture = try await LineageFixture(try ObjectStore.open(folder.path))
            try await fixture.store.setCommitments(true, of: fixture.bucket)
            _ = try await Self.put(fixture, "one")
            commitments.append(try fixture.entries(.objectPut).last?["keyCommitment"]?.text)
            await fixture.close()
        }
        #expect(commitments[0] != nil && commitments[0] == commitments[1])
    }

    // MARK: Erasing

    private static func files(of folder: LineageFolder) throws -> [(name: String, bytes: Data)] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).compactMap { name in
            FileManager.default.contents(atPath: folder.path + "/" + name).map { (name, $0) }
        }
    }

    @Test("what was erased is in no file of the folder, proofs and audits hold, and the graph made anew is the same")
    func erased() async throws {
        let folder = LineageFolder()
        var fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        let store = fixture.store
        let bucket = fixture.bucket
        try await store.setCommitments(true, of: bucket)
        // Neighbours, so that rows move from page to page.
        var versions: [ObjectVersion] = []
        for number in 0..<200 {
            versions.append(try await Self.put(fixture, "\(Self.person)/\(number)", in: bucket, .embedded))
            _ = try await Self.put(fixture, "kept/\(number)")
        }
        let log = try AuditLog(store: store)
        let kept = try log.checkpoint()
        try fixture.graph.catchUp()
        let before = try Self.files(of: folder).filter { $0.bytes.range(of: Data(Self.person.utf8)) != nil }
        #expect(before.contains { $0.name.hasPrefix("meta.sqlite") })
        #expect(!before.contains { $0.name.hasPrefix("lineage.sqlite") })
        for version in versions {
            let request = EraseRequest(
                key: version.key, version: version.versionID, index: version.index, reason: "r")
            _ = try await store.erase(request, in: bucket, origin: Self.origin())
        }
        let address = NameErasure(
            kind: .address, value: Array(Self.address.utf8), bucketUUID: nil, reason: "request", isDryRun: true)
        #expect(try await store.eraseName(address).commitments == 1)
        var final = address
        final.isDryRun = false
        let report = try await store.eraseName(final)
        #expect(report.commitments == 1 && report.buckets == [Hex.encode(bucket.uuid)] && report.position != nil)
        #expect(try await store.eraseName(final).commitments == 0)
        _ = try await store.collectGarbage()
        for word in [Self.person, Self.address] {
            let left = try Self.files(of: folder).filter { $0.bytes.range(of: Data(word.utf8)) != nil }
            #expect(left.map(\.name) == [], "\(word)")
        }
        #expect(try log.proof(ofPosition: 10).extra != nil)
        try fixture.graph.catchUp()
        let erased = try fixture.graph.node(try #require(try fixture.graph.find(position: versions[0].index)))
        guard case .version(let version) = erased else { return }
        #expect(version.reference.isErased)
        #expect(version.reference.key.description == version.reference.commitment.map { Hex.encode($0) })
        let live = try fixture.graph.dump()
        _ = try log.export(to: folder.path + "/export")
        log.close()
        #expect(try ExportAudit(folder.path + "/export").run().problems == [])
        await fixture.close()
        for file in ["lineage.sqlite", "lineage.sqlite-wal", "lineage.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: folder.path + "/" + file)
        }
        fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        try fixture.graph.catchUp()
        #expect(try fixture.graph.dump() == live)
        var audit = StoreAudit(fixture.store)
        audit.checkpoints = [("kept", kept.encoded)]
        #expect(try audit.run().problems == [])
        await fixture.close()
    }

    @Test("a key is not erased while something has it, and what is remembered of it goes with it")
    func kept() async throws {
        try await LineageFixture.run { fixture in
            let (store, bucket) = (fixture.store, fixture.bucket)
            try await store.setCommitments(true, of: bucket)
            let key = try ObjectKey(Self.person)
            let first = try await Self.put(fixture, Self.person)
            let second = try await Self.put(fixture, Self.person)
            let erasure = NameErasure(
                kind: .key, value: key.bytes, bucketUUID: bucket.uuid, reason: "request")
            await #expect(throws: StoreError.self) { try await store.eraseName(erasure) }
            func erase(_ version: ObjectVersion) async throws {
                let request = EraseRequest(
                    key: key, version: version.versionID, index: version.index, reason: "request")
                _ = try await store.erase(request, in: bucket)
            }
            try await erase(first)
            #expect(try store.opening(of: .key, key.bytes, in: bucket.uuid) != nil)
            let upload = try await store.createUpload(key, in: bucket, attributes: ObjectAttributes())
            try await erase(second)
            #expect(try store.opening(of: .key, key.bytes, in: bucket.uuid) != nil)
            try await store.abortUpload(upload.id, of: key, in: bucket)
            #expect(try await store.eraseName(erasure).commitments == 1)
            #expect(try store.opening(of: .key, key.bytes, in: bucket.uuid) == nil)
            var remembered = 0
            try store.eachPastVersion { _ throws(StoreError) in remembered += 1 }
            #expect(remembered == 0)
            // Under another salt it is another pseudonym.
            _ = try await Self.put(fixture, Self.person)
            let puts = try fixture.entries(.objectPut).map { $0["keyCommitment"]?.text }
            #expect(puts.count == 3 && puts[0] == puts[1] && puts[0] != puts[2])
        }
    }

    @Test("a key of a bucket that asks no more is erased from the entries of before, and an audit knows it")
    func off() async throws {
        try await LineageFixture.run { fixture in
            let (store, bucket) = (fixture.store, fixture.bucket)
            try await store.setCommitments(true, of: bucket)
            let version = try await Self.put(fixture, Self.person)
            try await store.setCommitments(false, of: bucket)
            let request = EraseRequest(
                key: version.key, version: version.versionID, index: version.index, reason: "request")
            _ = try await store.erase(request, in: bucket)
            #expect(try store.opening(of: .key, version.key.bytes, in: bucket.uuid) == nil)
            let told = try fixture.entries(.versionErased)[0]["erasedCommitment"]?.text
            #expect(try fixture.entries(.objectPut)[0]["keyCommitment"]?.text == told)
            #expect(try store.check().notes.contains { $0.contains("names that were erased") })
            _ = try await store.collectGarbage()
            #expect(try store.check().notes == [])
        }
    }

    @Test("what issues a session hides whom it is for, as an entry of its run would lead there")
    func session() async throws {
        try await LineageFixture.run { fixture in
            let members: [(String, CanonicalJSON)] = [
                ("session", .text("ASIA1")), ("for", .text("ada")), ("issuer", .text("AKIA1")), ("name", .text("n")),
                ("subject", .text("s")), ("expires", .integer(1)),
            ]
            try await fixture.store.setCommitments(true, of: fixture.bucket)
            _ = try await fixture.store.journal(RunRecord(.sessionIssued, Self.origin(), members))
            guard case .object(let told)? = try fixture.entries(.sessionIssued).first else { return }
            let names = Set(told.map(\.0))
            #expect(names.isSuperset(of: ["session", "forCommitment", "issuerCommitment", "nameCommitment"]))
            #expect(names.isDisjoint(with: ["for", "issuer", "name", "subject", "account", "accessKey", "from"]))
        }
    }

    @Test("whose a run was is not told by any table once the account was erased")
    func account() async throws {
        try await LineageFixture.run { fixture in
            let store = fixture.store
            try await store.setCommitments(true, of: fixture.bucket)
            let session = try await fixture.session()
            let version = try await fixture.put("k", "x", session)
            let erasure = NameErasure(
                kind: .account, value: Array("account".utf8), bucketUUID: nil, reason: "request")
            let report = try await store.eraseName(erasure)
            #expect(report.commitments == 2 && report.hasRuns)
            try fixture.graph.catchUp()
            let run = try fixture.graph.run(session.run.id)
            #expect(run.isErased && run.account.count == 64)
            #expect(try store.accounts(ofRuns: [run.id])[run.id] == run.account)
            // The run goes on: its later entries are still its own.
            let later = try await fixture.put("l", "x", session)
            try fixture.graph.catchUp()
            for made in [version, later] {
                guard case .version(let told) = try fixture.graph.node(try fixture.node(made)) else { return }
                #expect(told.run == run.id)
            }
        }
    }

    // MARK: Tampering

    private func audit(_ folder: LineageFolder) async throws -> [String] {
        let store = try ObjectStore.open(folder.path)
        let report = try StoreAudit(store).run()
        await store.close()
        return report.problems
    }

    @Test(
        "each change of a row, a salt or a name is found and named",
        arguments: [
            // A key in a row. Its seal is of no use to whoever makes a new one.
            ("UPDATE versions SET key = CAST('k9' AS BLOB) WHERE key = CAST('k3' AS BLOB)", "k9"),
            ("UPDATE openings SET salt = zeroblob(32) WHERE value = CAST('k3' AS BLOB)", "journal index 6"),
            (
                """
                UPDATE openings SET salt = (SELECT salt FROM openings WHERE value = CAST('k4' AS BLOB))
                WHERE value = CAST('k3' AS BLOB)
                """, "journal index 6"
            ),
            (
                "UPDATE openings SET value = CAST('k9' AS BLOB) WHERE value = CAST('k3' AS BLOB)", "journal index 6"
            ),
            ("UPDATE openings SET commitment = zeroblob(32) WHERE value = CAST('k3' AS BLOB)", "journal index 6"),
            ("DELETE FROM openings WHERE value = CAST('k3' AS BLOB)", "journal index 6"),
            // Of a name that no row has.
            ("DELETE FROM openings WHERE value = CAST('203.0.113.77' AS BLOB)", "journal index 3"),
            (
                "UPDATE openings SET value = CAST('203.0.113.78' AS BLOB) WHERE value = CAST('203.0.113.77' AS BLOB)",
                "journal index 3"
            ),
            (
                "UPDATE openings SET kind = 'session' WHERE kind = 'from' AND value = CAST('203.0.113.77' AS BLOB)",
                "journal index 3"
            ),
            (
                """
                INSERT INTO openings (bucket, kind, value, salt, commitment, position)
                VALUES (zeroblob(16), 'key', zeroblob(1), zeroblob(32), zeroblob(32), 6)
                """, "journal index 5"
            ),
        ] as [(StaticString, String)])
    func tampering(change: StaticString, named: String) async throws {
        let folder = LineageFolder()
        let fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        try await fixture.store.setCommitments(true, of: fixture.bucket)
        for number in 0..<6 { _ = try await Self.put(fixture, "k\(number)") }
        await fixture.close()
        #expect(try await audit(folder) == [])
        let database = try SQLiteDatabase(path: folder.path + "/meta.sqlite", schema: "")
        let changed = try database.write { transaction throws(StoreError) in try transaction.execute(change, []) }
        database.close()
        #expect(changed == 1)
        let problems = try await audit(folder)
        #expect(problems.contains { $0.contains(named) }, "\(problems)")
    }

    @Test("a row that is sealed anew under another key is found by its commitment")
    func sealed() async throws {
        let folder = LineageFolder()
        let fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        try await fixture.store.setCommitments(true, of: fixture.bucket)
        var version = try await Self.put(fixture, "k3")
        version.key = try ObjectKey("k9")
        let forged = version
        let catalog = fixture.store.catalog
        try fixture.store.database.write { transaction throws(StoreError) in
            let row = forged.row(accounts: catalog)
            _ = try transaction.execute(
                "UPDATE versions SET key = $1, record = $2", [.bytes(forged.key.bytes), .bytes(row.record)])
        }
        await fixture.close()
        let problems = try await audit(folder)
        #expect(
            problems.contains {
                $0.hasPrefix("journal index \(forged.index - 1)") && $0.contains("another key than the journal says")
            }, "\(problems)")
    }

    // MARK: Handing out

    @Test("an exported folder verifies without salts, and with those that were handed out it tells whom they speak of")
    func openings() async throws {
        let folder = LineageFolder()
        let fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        let store = fixture.store
        try await store.setCommitments(true, of: fixture.bucket)
        let version = try await Self.put(fixture, Self.person)
        let log = try AuditLog(store: store)
        let export = folder.path + "/export"
        _ = try log.export(to: export)
        #expect(try ExportAudit(export).run().problems == [])
        #expect(!FileManager.default.fileExists(atPath: export + "/openings"))
        let opening = EntryOpening(
            try #require(try store.opening(of: .key, version.key.bytes, in: fixture.bucket.uuid)),
            position: version.index)
        let entry = try #require(try store.journalEntry(at: version.index)).bytes
        #expect(EntryOpening(line: opening.line) == opening)
        #expect(opening.opens(entry))
        _ = try log.export(to: export, openings: [opening])
        #expect(try ExportAudit(export).run().problems == [])
        for (from, to) in [(Self.person, "somebody-else"), ("\"position\":\(version.index)", "\"position\":1")] {
            let forged = opening.line.replacing(from, with: to)
            #expect(forged != opening.line)
            try forged.write(toFile: export + "/openings", atomically: true, encoding: .utf8)
            #expect(try ExportAudit(export).run().problems.count == 1)
        }
        _ = try log.export(to: export)
        #expect(!FileManager.default.fileExists(atPath: export + "/openings"))
        log.close()
        await fixture.close()
    }
}
