// Why this file exists: what is pruned is what is old and over, under a clock that the tests set; what was signed and
// proven before verifies after; and nobody passes off as pruned what was taken away.
import Foundation
import Synchronization
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct JournalPruningTests {
    private static let day: Int64 = 86_400_000
    private static let year = 365 * day

    /// Milliseconds that tests let pass.
    private final class Clock: Sendable {
        private let times = Mutex<(wall: Int64, elapsed: Int64)>((1_700_000_000_000, 0))
        var source: TimeSource {
            TimeSource(wall: { self.times.withLock { $0.wall } }, elapsed: { self.times.withLock { $0.elapsed } })
        }
        func pass(_ milliseconds: Int64) {
            times.withLock {
                $0.wall += milliseconds
                $0.elapsed += milliseconds
            }
        }
        func set(_ milliseconds: Int64) { times.withLock { $0.wall += milliseconds } }
    }

    private func open(_ folder: LineageFolder, _ clock: Clock) throws -> ObjectStore {
        try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source)
    }

    /// What a year of a store leaves: a model made of data that is gone, and much that came and went.
    private func fill(_ fixture: LineageFixture) async throws -> (raw: ObjectVersion, model: ObjectVersion) {
        let raw = try await put("raw", "data", nil, fixture)
        let session = try await fixture.session("train")
        session.run.beginRead(of: raw.index, from: 0, at: Timestamp(milliseconds: 0))
            .end(bytes: 4, at: Timestamp(milliseconds: 0))
        let model = try await fixture.put("model", "weights", session)
        try await destroy(raw, fixture)
        for number in 0..<40 {
            let version = try await put("passing/\(number)", "x\(number)", try await fixture.session("idle"), fixture)
            _ = try await fixture.store.setTags(
                [NameValue("a", "b")], of: version.key, version: version.versionID, in: try plain(fixture))
            try await destroy(version, fixture)
        }
        _ = try await fixture.store.setTags(
            [NameValue("c", "d")], of: model.key, version: model.versionID, in: fixture.bucket)
        return (raw, model)
    }

    /// A bucket that keeps no versions: nothing remembers what is destroyed there.
    private func plain(_ fixture: LineageFixture) throws -> Bucket { try fixture.store.bucket("plain") }

    private func put(
        _ key: String, _ text: String, _ session: RunSession?, _ fixture: LineageFixture
    ) async throws -> ObjectVersion {
        if (try? plain(fixture)) == nil { _ = try await fixture.store.createBucket("plain") }
        let writer = fixture.store.stage(expectedLength: Int64(text.utf8.count))
        try await writer.write(Array(text.utf8))
        return try await fixture.store.put(
            try await writer.finish(), as: try ObjectKey(key), in: try plain(fixture),
            attributes: ObjectAttributes(), origin: session?.origin ?? .embedded)
    }

    private func destroy(_ version: ObjectVersion, _ fixture: LineageFixture) async throws {
        _ = try await fixture.store.delete(DeleteRequest(key: version.key), in: try plain(fixture))
    }

    private func sql(_ folder: LineageFolder, _ text: StaticString) throws {
        let database = try SQLiteDatabase(path: folder.path + "/meta.sqlite", schema: "")
        try database.write { transaction throws(StoreError) in _ = try transaction.execute(text, []) }
        database.close()
    }

    @Test("before its time nothing is pruned; after it what is over is, and all that was signed verifies")
    func prunes() async throws {
        let folder = LineageFolder()
        let clock = Clock()
        let fixture = try await LineageFixture(try open(folder, clock))
        let (raw, model) = try await fill(fixture)
        let log = try AuditLog(store: fixture.store)
        let kept = try log.checkpoint()
        let size = try Checkpoint(text: kept.text).size
        let pruning = JournalPruning(fixture.store)
        clock.pass(9 * JournalPruningTests.year)
        #expect(try await pruning.run().old == 0)
        clock.pass(2 * JournalPruningTests.year)
        let young = try await put("young", "y", nil, fixture)
        try await destroy(young, fixture)
        let before = try fixture.closure(model, .upstream)
        let report = try await pruning.run()
        #expect(report.old == size && report.pruned > 120 && report.pruned + report.inForce == report.old)
        #expect(try await pruning.run().pruned == 0)

        let after = try log.checkpoint()
        let newSize = try Checkpoint(text: after.text).size
        #expect(
            MerkleHash.isConsistent(
                oldSize: size, oldRoot: try Checkpoint(text: kept.text).root, newSize: newSize,
                newRoot: try Checkpoint(text: after.text).root,
                proof: try log.consistencyProof(from: size, to: newSize)))
        for position in [model.index, raw.index, young.index] {
            let proof = try log.proof(ofPosition: position)
            let bytes = try #require(proof.extra)
            #expect(try proof.verify(leaf: MerkleHash.leaf(bytes), known: log.verifiers).size >= newSize)
        }
        var audit = StoreAudit(fixture.store)
        audit.checkpoints = [("kept", kept.encoded)]
        let found = try audit.run()
        #expect(found.problems == [] && found.pruned == report.pruned && found.prunedBefore == report.before)
        #expect(found.checkpoints.contains(size))
        _ = try log.export(to: folder.path + "/log")
        let exported = try ExportAudit(folder.path + "/log").run()
        #expect(exported.problems == [] && exported.pruned == report.pruned)

        // The ancestry of what exists survives, even where the graph is made again.
        #expect(before.contains(raw.index))
        log.close()
        await fixture.close()
        for name in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: folder.path + "/lineage.sqlite" + name)
        }
        let again = try await LineageFixture(try open(folder, clock))
        #expect(try again.closure(model, .upstream) == before)
        await again.close()
    }

    @Test(
        "bytes that were taken away are told from those that were pruned",
        arguments: [
            ("UPDATE journal SET entry = substr(entry, 1, 0) WHERE position = 2", "index 1: the entry has no bytes"),
            (
                """
                UPDATE journal SET entry = substr(entry, 1, 0) WHERE position = (SELECT MAX(position) FROM journal
                WHERE instr(CAST(entry AS TEXT), 'journal.pruned') > 0)
                """, "the entry has no bytes"
            ),
            (
                """
                UPDATE journal SET entry = (SELECT entry FROM journal WHERE position = 2) WHERE position = (
                    SELECT MIN(position) FROM journal WHERE length(entry) = 0)
                """, "does not match its leaf hash"
            ),
            (
                """
                UPDATE journal SET leaf = zeroblob(32) WHERE position = (
                    SELECT MIN(position) FROM journal WHERE length(entry) = 0)
                """, "another root"
            ),
        ] as [(StaticString, String)])
    func tampering(text: StaticString, words: String) async throws {
        let folder = LineageFolder()
        let clock = Clock()
        let fixture = try await LineageFixture(try open(folder, clock))
        _ = try await fill(fixture)
        clock.pass(11 * JournalPruningTests.year)
        #expect(try await JournalPruning(fixture.store).run().pruned > 100)
        let log = try AuditLog(store: fixture.store)
        _ = try log.checkpoint()
        log.close()
        await fixture.close()
        try sql(folder, text)
        let store = try open(folder, clock)
        let report = try StoreAudit(store).run()
        #expect(report.problems.contains { $0.contains(words) }, "\(report.problems)")
        await store.close()
    }

    @Test("a version that comes back after its entry was pruned is found")
    func comesBack() async throws {
        let folder = LineageFolder()
        let clock = Clock()
        let fixture = try await LineageFixture(try open(folder, clock))
        let version = try await put("k", "x", nil, fixture)
        await fixture.close()
        // The row as somebody kept it, from before it was destroyed.
        try sql(folder, "CREATE TABLE saved AS SELECT * FROM versions")
        let second = try await LineageFixture(try open(folder, clock))
        try await destroy(version, second)
        clock.pass(11 * JournalPruningTests.year)
        #expect(try await JournalPruning(second.store).run().pruned > 0)
        #expect(try StoreAudit(second.store).run().problems == [])
        await second.close()
        try sql(folder, "INSERT INTO versions SELECT * FROM saved")
        let store = try open(folder, clock)
        let problems = try StoreAudit(store).run().problems
        #expect(problems.contains { $0.contains("exists, but the journal does not say so") }, "\(problems)")
        await store.close()
    }

    @Test("nothing is pruned while the clock is not to be trusted, nor of a journal that was changed")
    func refuses() async throws {
        let folder = LineageFolder()
        let clock = Clock()
        let fixture = try await LineageFixture(try open(folder, clock))
        _ = try await fill(fixture)
        clock.set(11 * JournalPruningTests.year)
        #expect(try await JournalPruning(fixture.store).run().isHeld)
        _ = try await fixture.store.confirmClock()
        await fixture.close()
        try sql(
            folder, "UPDATE journal SET entry = CAST(replace(entry, 'passing', 'pacifng') AS BLOB) WHERE position = 20")
        let store = try open(folder, clock)
        await #expect(throws: StoreError.self) { try await JournalPruning(store).run() }
        #expect(try store.journalEntries(limit: .max).allSatisfy { !$0.bytes.isEmpty })
        await store.close()
    }

    @Test("the store itself refuses to prune what is young, or pruned already")
    func storeRefuses() async throws {
        let folder = LineageFolder()
        let clock = Clock()
        let fixture = try await LineageFixture(try open(folder, clock))
        let version = try await put("k", "x", nil, fixture)
        try await destroy(version, fixture)
        clock.pass(JournalPruningTests.day)
        let ranges = PrunedRanges([version.index])
        let before = fixture.store.clockReading.now
        for (time, retention) in [(before, 1), (Timestamp(milliseconds: 0), 0)] as [(Timestamp, Int64)] {
            await #expect(throws: StoreError.self) {
                try await fixture.store.prune(ranges, before: time, retention: retention, origin: .embedded)
            }
        }
        try await fixture.store.prune(ranges, before: before, retention: 0, origin: .embedded)
        await #expect(throws: StoreError.self) {
            try await fixture.store.prune(ranges, before: before, retention: 0, origin: .embedded)
        }
        await fixture.close()
    }

    @Test("what a bucket that keeps versions was like before the date goes with its entries, and its past begins later")
    func forgetsThePast() async throws {
        let folder = LineageFolder()
        let clock = Clock()
        let fixture = try await LineageFixture(try open(folder, clock))
        let store = fixture.store
        let bucket = fixture.bucket
        for number in 0..<300 {
            let version = try await fixture.put("passing/\(number)")
            _ = try await store.delete(DeleteRequest(key: version.key, version: version.versionID), in: bucket)
        }
        let kept = try await fixture.put("kept")
        _ = try await store.setTags([NameValue("a", "b")], of: kept.key, version: kept.versionID, in: bucket)
        let shown = try await fixture.put("shown")
        _ = try await store.createSnapshot("s", of: bucket)
        _ = try await store.delete(DeleteRequest(key: shown.key, version: shown.versionID), in: bucket)
        let past = store.journalPosition
        clock.pass(JournalPruningTests.year)
        let limit = store.clockReading.now
        let young = try await fixture.put("young")
        _ = try await store.delete(DeleteRequest(key: young.key, version: young.versionID), in: bucket)

        let foretold = try await JournalPruning(store, before: limit).run(isDryRun: true)
        #expect(foretold.isDryRun && foretold.pruned >= 600)
        #expect(store.journalPosition == young.index + 1)
        let report = try await JournalPruning(store, before: limit).run()
        #expect(report.pruned == foretold.pruned && report.inForce == foretold.inForce && !report.isDryRun)
        #expect(try await JournalPruning(store, before: limit).run().pruned == 0)

        // The snapshot's version and what ended later are still remembered.
        var remembered: [String] = []
        try store.eachPastVersion { past throws(StoreError) in remembered.append(past.version.key.description) }
        #expect(remembered.sorted() == ["shown", "young"])
        let live = try store.bucket("b")
        #expect(throws: StoreError.self) { try store.bucket(live, asOf: .index(past - 10)) }
        let view = try store.bucket(live, asOf: .index(young.index))
        #expect(try store.object(kept.key, in: view).index == kept.index)
        #expect(throws: StoreError.self) { try store.object(young.key, in: view) }
        let snapshot = try store.bucket("b.s")
        #expect(try store.object(shown.key, in: snapshot).index == shown.index)

        #expect(try StoreAudit(store).run().problems == [])
        #expect(try fixture.entries(.pastForgotten).count == 1)
        await fixture.close()
        // The mark is in the bucket's row.
        let again = try open(folder, clock)
        let reopened = try again.bucket("b")
        #expect(throws: StoreError.self) { try again.bucket(reopened, asOf: .index(past - 10)) }
        await again.close()
    }

    @Test("nothing of the past is forgotten where an entry does not match its hash, nor by a dry run")
    func forgetsNothingOfAChangedJournal() async throws {
        let folder = LineageFolder()
        let clock = Clock()
        let fixture = try await LineageFixture(try open(folder, clock))
        let version = try await fixture.put("k")
        _ = try await fixture.store.delete(
            DeleteRequest(key: version.key, version: version.versionID), in: fixture.bucket)
        clock.pass(JournalPruningTests.day)
        _ = try await JournalPruning(fixture.store, retention: 1).run(isDryRun: true)
        #expect(try fixture.entries(.pastForgotten).isEmpty)
        await fixture.close()
        try sql(folder, "UPDATE journal SET leaf = zeroblob(32) WHERE position = 1")
        let store = try open(folder, clock)
        await #expect(throws: StoreError.self) { try await JournalPruning(store, retention: 1).run() }
        #expect(try store.bucket("b").versionedSince == 2)
        var count = 0
        try store.eachPastVersion { _ throws(StoreError) in count += 1 }
        #expect(count == 1)
        await store.close()
    }
}
