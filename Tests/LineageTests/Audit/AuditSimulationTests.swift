// Why this file exists: an audit that cries wolf is switched off. Seeded random programs mix everything that the audit
// replays (versions, suspended versions, locks, snapshots, names that are hidden and erased, rules, uploads, buckets that
// go and come again, runs, declarations, pruning, restarts); nothing of it may be a problem to the audit, nor make another
// graph when it is made anew. CAIRN_AUDIT_SEEDS says how many programs there are, CAIRN_AUDIT_FIRST with which they begin.
import Foundation
import Synchronization
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite("Audit of a healthy store")
struct AuditSimulationTests {
    private static func number(_ name: String, _ otherwise: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? otherwise
    }

    @Test("an audit of a store in which everything was done finds nothing, and the graph made anew is the same")
    func programs() async throws {
        let first = Self.number("CAIRN_AUDIT_FIRST", 1)
        var tally: [String: Int] = [:]
        for seed in first..<first + Self.number("CAIRN_AUDIT_SEEDS", 6) {
            let program = try await AuditedProgram(seed: UInt64(seed))
            let problems = try await program.run(steps: 240)
            if !problems.isEmpty {
                Issue.record("CAIRN_AUDIT_FIRST=\(seed): \(problems.prefix(5))")
                return
            }
            tally.merge(program.tally, uniquingKeysWith: +)
        }
        for event in ["pruned", "erased", "names", "expired", "deleted", "refused"] {
            #expect(tally[event, default: 0] > 0, "\(event): \(tally)")
        }
    }
}

/// One program and its store.
private final class AuditedProgram {
    private static let day: Int64 = 86_400_000
    private static let names = ["one", "two", "three"]
    private static let keys = ["a", "a/b", "c", "old/x", "old/y"]

    /// See: 'Sebastiano Vigna, SplitMix64'.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
            return word ^ word >> 31
        }
    }

    private final class Clock: Sendable {
        private let time = Mutex<Int64>(1_700_000_000_000)
        var source: TimeSource {
            TimeSource(
                wall: { self.time.withLock { $0 } }, elapsed: { self.time.withLock { $0 - 1_700_000_000_000 } })
        }
        func pass(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
    }

    private let folder = LineageFolder()
    private let clock = Clock()
    private var random: Seeded
    private var fixture: LineageFixture
    private var uploads: [MultipartUpload] = []
    private var log: [String] = []
    private(set) var tally: [String: Int] = [:]

    private var store: ObjectStore { fixture.store }

    init(seed: UInt64) async throws {
        random = Seeded(state: seed)
        fixture = try await LineageFixture(
            try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source))
    }

    /// - Returns: what the audits found that must not be there.
    func run(steps: Int) async throws -> [String] {
        for step in 1...steps {
            clock.pass(Int64(pick(2000)))
            do {
                try await act()
            } catch let error as StoreError {
                if case .corrupt = error { return ["\(error)"] + log.suffix(20) }
                count("refused")
            }
            if step % 40 == 0 {
                let problems = try StoreAudit(store).run().problems
                if !problems.isEmpty { return ["step \(step)"] + problems + log.suffix(60) }
            }
        }
        try fixture.graph.catchUp()
        let live = try fixture.graph.dump()
        await fixture.close()
        for file in ["lineage.sqlite", "lineage.sqlite-wal", "lineage.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: folder.path + "/" + file)
        }
        try await open()
        let problems = try StoreAudit(store).run().problems
        if !problems.isEmpty { return ["at the end"] + problems + log.suffix(60) }
        if tally["pruned"] == nil {
            try fixture.graph.catchUp()
            let again = try fixture.graph.dump()
            if again != live {
                return ["the graph differs"] + Set(again).symmetricDifference(live).prefix(6) + log.suffix(60)
            }
        }
        await fixture.close()
        return []
    }

    private func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    private func count(_ event: String) { tally[event, default: 0] += 1 }

    private func open() async throws {
        fixture = try await LineageFixture(
            try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source))
    }

    /// A bucket of the program; made when it is not there.
    private func bucket() async throws -> Bucket {
        let name = Self.names[pick(Self.names.count)]
        if let known = try? store.bucket(name) { return known }
        log.append("create \(name)")
        let made = try await store.createBucket(name, hasObjectLock: pick(3) == 0, origin: try await origin())
        let rule = LifecycleRule(
            id: "old", isEnabled: true, filter: LifecycleFilter(form: .filter, prefix: "old/"), expiration: .days(1))
        let rules = LifecycleConfiguration(rules: [rule], transitionDefaultMinimumObjectSize: "")
        try await store.setBucketSetting(LifecycleConfiguration.settingName, to: rules.encoded, of: made)
        return try store.bucket(name)
    }

    private func origin() async throws -> ChangeOrigin {
        let account = ["ada", "bob"][pick(2)]
        guard pick(3) == 0 else {
            return ChangeOrigin(account: account, accessKey: "AK\(account)", remoteAddress: "::1")
        }
        return try await fixture.session("job\(pick(3))").origin
    }

    /// Any version that there is in a bucket.
    private func version(in bucket: Bucket) throws -> ObjectVersion? {
        var found: [ObjectVersion] = []
        try store.eachVersion(of: bucket) { version throws(StoreError) in found.append(version) }
        found.sort { $0.index < $1.index }
        return found.isEmpty ? nil : found[pick(found.count)]
    }

    private func content() async throws -> StagedContent {
        let size = [0, 5, 3000, 200_000][pick(4)]
        let writer = store.stage(expectedLength: pick(2) == 0 ? Int64(size) : nil)
        try await writer.write([UInt8](repeating: UInt8(pick(256)), count: size))
        return try await writer.finish()
    }

    private func attributes(_ bucket: Bucket) -> ObjectAttributes {
        var attributes = ObjectAttributes()
        guard bucket.hasObjectLock else { return attributes }
        if pick(4) == 0 { attributes.retention = retention() }
        if pick(6) == 0 { attributes.isOnLegalHold = true }
        return attributes
    }

    private func retention() -> Retention {
        Retention(
            mode: pick(2) == 0 ? .governance : .compliance,
            until: Timestamp(milliseconds: clock.source.wall() + Int64(1 + pick(4)) * Self.day))
    }

    private func act() async throws {
        let bucket = try await bucket()
        let key = try ObjectKey(Self.keys[pick(Self.keys.count)])
        let origin = try await origin()
        let choice = pick(40)
        log.append("\(choice) \(bucket.name) \(key) next \(store.journalPosition + 1)")
        switch choice {
        case 0..<8:
            _ = try await store.put(
                try await content(), as: key, in: bucket, attributes: attributes(bucket), origin: origin)
        case 8..<11: _ = try await store.delete(DeleteRequest(key: key), in: bucket, origin: origin)
        case 11..<15:
            guard let target = try version(in: bucket) else { return }
            let request = DeleteRequest(key: target.key, version: target.versionID, bypassesGovernance: pick(2) == 0)
            _ = try await store.delete(request, in: bucket, origin: origin)
        case 15..<17:
            guard let source = try version(in: bucket), !source.isDeleteMarker else { return }
            let target = try await self.bucket()
            _ = try await store.copy(source, as: key, in: target, attributes: attributes(target), origin: origin)
        case 17..<20: try await upload(key, bucket, origin)
        case 20:
            guard let target = try version(in: bucket) else { return }
            _ = try await store.setTags(
                [NameValue("a", "\(pick(9))")], of: target.key, version: target.versionID, in: bucket, origin: origin)
        case 21:
            guard let target = try version(in: bucket) else { return }
            _ = try await store.setLegalHold(
                pick(3) == 0, of: target.key, version: target.versionID, in: bucket, origin: origin)
        case 22:
            guard let target = try version(in: bucket) else { return }
            _ = try await store.setRetention(
                pick(3) == 0 ? nil : retention(), of: target.key, version: target.versionID, in: bucket,
                bypassesGovernance: pick(2) == 0, origin: origin)
        case 23..<25:
            try await store.setVersioning(pick(3) > 0 ? .enabled : .suspended, of: bucket, origin: origin)
        case 25:
            let period = DefaultRetention(mode: .governance, period: pick(2) == 0 ? .days(2) : .years(1))
            _ = try await store.setObjectLock(default: pick(2) == 0 ? period : nil, of: bucket, origin: origin)
        case 26:
            try await store.setBucketSetting("cors", to: pick(2) == 0 ? [UInt8(pick(9))] : nil, of: bucket)
        case 27..<29: try await store.setCommitments(pick(3) > 0, of: bucket, origin: origin)
        case 29: _ = try await store.createSnapshot("s\(pick(3))", of: bucket, origin: origin)
        case 30: try await store.deleteSnapshot("\(bucket.name).s\(pick(3))", origin: origin)
        case 31:
            guard let target = try version(in: bucket) else { return }
            let request = EraseRequest(
                key: target.key, version: target.versionID, index: target.index, reason: "request")
            _ = try await store.erase(request, in: bucket, origin: origin)
            count("erased")
        case 32: try await eraseName(key, bucket, origin)
        case 33: try await declare(in: bucket)
        case 34: try await empty(bucket, origin)
        case 35: try await expire()
        case 36: _ = try await store.collectGarbage()
        case 37: try await prune()
        case 38: try fixture.graph.catchUp()
        default:
            await fixture.close()
            try await open()
        }
    }

    private func upload(_ key: ObjectKey, _ bucket: Bucket, _ origin: ChangeOrigin) async throws {
        if !uploads.isEmpty, pick(3) > 0 {
            let ended = uploads.remove(at: pick(uploads.count))
            guard let place = store.buckets().first(where: { $0.id == ended.bucket }) else { return }
            if pick(3) == 0 { return try await store.abortUpload(ended.id, of: ended.key, in: place, origin: origin) }
            let part = try await store.putPart(
                try await content(), number: 1, of: ended, checksums: [], origin: origin)
            _ = try await store.completeUpload(
                ended.id, of: ended.key, in: place, parts: [CompletedPart(number: 1, etag: part.etag)], origin: origin)
            return
        }
        let made = try await store.createUpload(key, in: bucket, attributes: attributes(bucket), origin: origin)
        uploads.append(made)
        _ = try await store.putPart(try await content(), number: 2, of: made, checksums: [], origin: origin)
    }

    private func eraseName(_ key: ObjectKey, _ bucket: Bucket, _ origin: ChangeOrigin) async throws {
        let values: [(CommitmentKind, [UInt8])] = [
            (.key, key.bytes), (.account, Array("ada".utf8)), (.address, Array("::1".utf8)),
            (.accessKey, Array("AKbob".utf8)),
        ]
        let (kind, value) = values[pick(values.count)]
        let isHere = kind == .key || pick(2) == 0
        let erasure = NameErasure(
            kind: kind, value: value, bucketUUID: isHere ? bucket.uuid : nil, reason: "request", isDryRun: pick(4) == 0)
        if try await store.eraseName(erasure, origin: origin).position != nil { count("names") }
    }

    private func declare(in bucket: Bucket) async throws {
        let session = try await fixture.session("job\(pick(3))")
        if let source = try version(in: bucket), !source.isDeleteMarker {
            session.run.beginRead(of: source.index, from: 0, at: Timestamp(milliseconds: clock.source.wall()))
                .end(bytes: 1, at: Timestamp(milliseconds: clock.source.wall()))
        }
        session.run.noteListed(
            ListedPrefix(bucketUUID: BucketUUID(bucket.uuid), bucket: bucket.name, prefix: Array("old/".utf8)),
            at: Timestamp(milliseconds: clock.source.wall()))
        try await store.journal(runs: [session.run.id])
        // Some are sent twice.
        let bytes = Array("{\"event\":\(pick(6))}".utf8)
        let digest = Digest.sha256(bytes)
        let record = RunRecord(.lineageDeclared, session.origin, [("event", .text(Hex.encode(digest)))])
        _ = try await store.keep([NewEvent(bytes, digest: digest, about: session.id, [record])])
    }

    /// Empties a bucket as far as its locks allow it, and deletes it.
    private func empty(_ bucket: Bucket, _ origin: ChangeOrigin) async throws {
        while let target = try version(in: bucket) {
            let request = DeleteRequest(key: target.key, version: target.versionID, bypassesGovernance: true)
            _ = try await store.delete(request, in: bucket, origin: origin)
        }
        for snapshot in store.snapshots() where snapshot.bucket == bucket.id {
            try await store.deleteSnapshot(snapshot.viewName, origin: origin)
        }
        try await store.deleteBucket(bucket.name, origin: origin)
        count("deleted")
    }

    private func expire() async throws {
        clock.pass(2 * Self.day)
        _ = try await store.confirmClock()
        let before = store.journalPosition
        _ = try await store.runLifecycle()
        if store.journalPosition > before { count("expired") }
    }

    /// What is older than some days goes, if nothing rests on it.
    private func prune() async throws {
        if pick(2) == 0 { clock.pass(Int64(pick(3)) * Self.day) }
        _ = try await store.confirmClock()
        let report = try await JournalPruning(store, retention: Int64(pick(4)) * Self.day).run()
        if report.pruned > 0 { count("pruned") }
    }
}
