// Why this file exists: seeded random programs of everything that changes what may be read, kept or deleted, beside a model
// that is as plain as can be: conditional writes, versions, markers, locks under a clock, copies, uploads of several parts,
// lifecycle, collection and restarts. After each step the answer, and every few steps all that is visible, must be the
// model's. CAIRN_SIMULATION_SEEDS says how many programs there are, CAIRN_SIMULATION_FIRST with which they begin.
import Foundation
import Testing

@testable import ObjectCore

@Suite("Simulation")
struct SimulationTests {
    fileprivate static let day: Int64 = 86_400_000
    fileprivate static let keys = ["a", "a/b", "c", "old/x"]
    fileprivate static let contents: [[UInt8]] = (0..<6).map {
        content([0, 7, 900, 20_000, 90_000, 300_000][$0], seed: UInt64($0 + 70))
    }
    fileprivate static let expiryDays = 1

    private static func number(_ name: String, _ otherwise: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? otherwise
    }

    /// Programs run beside one another, so that the processors are used whatever one of them waits for.
    private static let lanes = 4

    @Test("no program comes to another end than the model", arguments: 0..<lanes)
    func programs(lane: Int) async throws {
        let first = Self.number("CAIRN_SIMULATION_FIRST", 1)
        let count = Self.number("CAIRN_SIMULATION_SEEDS", 60)
        var tally: [String: Int] = [:]
        for seed in first..<first + count where seed / 4 % Self.lanes == lane {
            let program = try await SimulatedProgram(seed: UInt64(seed))
            try await program.run(steps: 70)
            if !program.problems.isEmpty {
                Issue.record("CAIRN_SIMULATION_FIRST=\(seed): \(program.problems.prefix(3))")
                return
            }
            tally.merge(program.tally, uniquingKeysWith: +)
        }
        // Programs in which nothing is refused, held or expired would say little.
        for event in ["refused", "locked", "expired", "completed", "copied", "restarted"] where count >= 40 {
            #expect(tally[event, default: 0] > 0, "\(event): \(tally)")
        }
    }

    @Test(
        "a store that loses a version, or has one that nobody made, is caught", arguments: [1, 2, 3, 4] as [UInt64])
    func sabotage(seed: UInt64) async throws {
        for kind in [SimulatedProgram.Sabotage.loses, .keeps] {
            let program = try await SimulatedProgram(seed: seed)
            try await program.run(steps: 20, sabotage: kind)
            #expect(!program.problems.isEmpty, "\(kind)")
        }
    }
}

/// One program, its store and its model.
private final class SimulatedProgram {
    struct Version: Equatable {
        var index: Int64
        var isNull: Bool
        var isMarker = false
        var bytes: [UInt8] = []
        var etag = ""
        var at: Int64
        var retention: Retention?
        var isHeld = false
        var id: VersionID { isNull ? .null : .index(index) }
    }
    struct Upload {
        var upload: MultipartUpload
        var parts: [Int: (bytes: [UInt8], etag: String)] = [:]
    }

    let folder = TemporaryDirectory()
    let clock = SetClock()
    let seed: UInt64
    var random: SeededGenerator
    var store: ObjectStore
    var bucket: Bucket
    /// Newest first.
    var state: [String: [Version]] = [:]
    var uploads: [Upload] = []
    var problems: [String] = []
    var tally: [String: Int] = [:]
    var step = 0

    init(seed: UInt64) async throws {
        self.seed = seed
        random = SeededGenerator(seed: seed &* 0x9e37_79b9)
        store = try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source)
        // Of four programs one keeps no versions, one keeps them, and two have locks.
        var made = try await store.createBucket("bucket", hasObjectLock: seed % 4 >= 2)
        if seed % 4 == 1 {
            try await store.setVersioning(.enabled, of: made)
            made = try store.bucket("bucket")
        }
        bucket = made
        let rule = LifecycleRule(
            id: "old", isEnabled: true, filter: LifecycleFilter(form: .filter, prefix: "old/"),
            expiration: .days(SimulationTests.expiryDays))
        let rules = LifecycleConfiguration(rules: [rule], transitionDefaultMinimumObjectSize: "")
        try await store.setBucketSetting(LifecycleConfiguration.settingName, to: rules.encoded, of: made)
    }

    /// A change of which the model hears nothing.
    enum Sabotage { case loses, keeps }

    func run(steps: Int, sabotage: Sabotage? = nil) async throws {
        for _ in 0..<steps where problems.isEmpty {
            step += 1
            clock.pass(Int64(pick(2000)))
            try await act()
            if step % 10 == 0 { try compare() }
        }
        if let sabotage {
            let made = try await store.put([1], as: "c", in: bucket)
            if sabotage == .loses {
                enter(made, [1], "c")
                _ = try await store.delete(DeleteRequest(key: made.key), in: bucket)
            }
        }
        try compare()
        let report = try store.check().problems + store.scrub().problems
        if !report.isEmpty { problems.append("check: \(report)") }
        await store.close()
    }

    func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    func count(_ event: String) { tally[event, default: 0] += 1 }
    func wrong(_ text: String) { problems.append("step \(step): \(text)") }

    private func act() async throws {
        let key = SimulationTests.keys[pick(SimulationTests.keys.count)]
        switch pick(24) {
        case 0..<7: try await put(key)
        case 7..<10: try await delete(key)
        case 10..<13: try await destroy(key)
        case 13..<15: try await copy(key)
        case 15..<18: try await upload(key)
        case 18..<20: try await lock(key)
        case 20: try await passDays()
        case 21: _ = try await store.collectGarbage()
        case 22: try await restart()
        default: try await changeVersioning()
        }
    }

    // MARK: The model

    private var keepsLocks: Bool { bucket.hasObjectLock }

    private func current(_ key: String) -> Version? { state[key]?.first.flatMap { $0.isMarker ? nil : $0 } }

    private func enter(_ version: Version, _ key: String) {
        let before = state[key] ?? []
        switch bucket.versioning {
        case .never: state[key] = [version]
        case .enabled: state[key] = [version] + before
        case .suspended: state[key] = [version] + before.filter { !$0.isNull }
        }
    }

    private func enter(_ made: ObjectVersion, _ bytes: [UInt8], _ key: String) {
        enter(
            Version(
                index: made.index, isNull: made.isNull, bytes: bytes, etag: made.etag, at: clock.wall,
                retention: made.attributes.retention, isHeld: made.attributes.isOnLegalHold), key)
    }

    private func isLocked(_ version: Version, bypassing: Bool) -> Bool {
        if version.isHeld { return true }
        guard let retention = version.retention, retention.until.milliseconds > clock.wall else { return false }
        return retention.mode == .compliance || !bypassing
    }

    /// Whether the conditions hold of the key as it is.
    private func meets(_ conditions: WriteConditions, _ key: String) -> Bool {
        if conditions.mustNotExist, current(key) != nil { return false }
        if let etag = conditions.etag { return current(key).map { etag == "*" || $0.etag == etag } ?? false }
        return true
    }

    private func conditions(_ key: String) -> WriteConditions {
        var conditions = WriteConditions()
        switch pick(6) {
        case 0: conditions.mustNotExist = true
        case 1: conditions.etag = current(key)?.etag ?? "0123"
        case 2: conditions.etag = pick(2) == 0 ? "*" : "00000000000000000000000000000000"
        default: break
        }
        return conditions
    }

    /// Whether what the model says is what the store does: an answer where it `should` be, a refusal elsewhere.
    private func attempt<Value>(
        _ name: String, should: Bool, refusedAs event: String = "refused", _ work: () async throws -> Value
    ) async throws -> Value? {
        do {
            let value = try await work()
            if !should { wrong("\(name) was done, and must be refused") }
            return value
        } catch let error as StoreError {
            switch error {
            case .preconditionFailed, .conditionalConflict, .objectLocked, .noSuchKey, .noSuchVersion, .isDeleteMarker,
                .invalidPart:
                if should { wrong("\(name) was refused: \(error)") }
                count(event)
                return nil
            default: throw error
            }
        }
    }

    // MARK: Steps

    private func attributes() -> ObjectAttributes {
        var attributes = ObjectAttributes()
        guard keepsLocks else { return attributes }
        switch pick(6) {
        case 0, 1:
            attributes.retention = Retention(
                mode: pick(2) == 0 ? .governance : .compliance,
                until: Timestamp(milliseconds: clock.wall + Int64(1 + pick(6)) * SimulationTests.day))
        case 2: attributes.isOnLegalHold = true
        default: break
        }
        return attributes
    }

    private func put(_ key: String) async throws {
        let bytes = SimulationTests.contents[pick(SimulationTests.contents.count)]
        let conditions = conditions(key)
        let attributes = attributes()
        let made = try await attempt("put \(key) \(conditions)", should: meets(conditions, key)) {
            try await store.put(
                bytes, as: key, in: bucket, announced: pick(2) == 0, attributes: attributes, conditions: conditions)
        }
        if let made { enter(made, bytes, key) }
    }

    private func delete(_ key: String) async throws {
        var request = DeleteRequest(key: try ObjectKey(key))
        if pick(3) == 0, let now = current(key) { request.conditions.etag = pick(2) == 0 ? now.etag : "0123" }
        let outcome = try await attempt("delete \(key)", should: meets(request.conditions, key)) {
            try await store.delete(request, in: bucket)
        }
        guard outcome != nil else { return }
        if bucket.versioning == .never {
            state[key] = nil
        } else {
            let marker = try store.journalSize()
            enter(Version(index: marker, isNull: bucket.versioning == .suspended, isMarker: true, at: clock.wall), key)
        }
    }

    private func destroy(_ key: String) async throws {
        guard let versions = state[key], !versions.isEmpty else { return }
        let gone = versions[pick(versions.count)]
        let bypasses = pick(2) == 0
        let request = DeleteRequest(key: try ObjectKey(key), version: gone.id, bypassesGovernance: bypasses)
        let outcome = try await attempt(
            "destroy \(key) \(gone.id)", should: !isLocked(gone, bypassing: bypasses), refusedAs: "locked"
        ) { try await store.delete(request, in: bucket) }
        guard outcome != nil else { return }
        let rest = versions.filter { $0 != gone }
        state[key] = rest.isEmpty ? nil : rest
    }

    private func copy(_ key: String) async throws {
        let sources = state.filter { current($0.key) != nil }.keys.sorted()
        guard !sources.isEmpty else { return }
        let from = sources[pick(sources.count)]
        guard let known = current(from) else { return }
        let source = try store.object(try ObjectKey(from), in: bucket)
        let made = try await store.copy(source, as: try ObjectKey(key), in: bucket, attributes: attributes())
        enter(made, known.bytes, key)
        count("copied")
    }

    private func upload(_ key: String) async throws {
        switch uploads.isEmpty ? 0 : pick(4) {
        case 0:
            let made = try await store.createUpload(try ObjectKey(key), in: bucket, attributes: ObjectAttributes())
            uploads.append(Upload(upload: made))
            try await part(of: uploads.count - 1)
        case 1: try await part(of: pick(uploads.count))
        case 2:
            let ended = uploads.remove(at: pick(uploads.count))
            try await store.abortUpload(ended.upload.id, of: ended.upload.key, in: bucket)
        default: try await complete(uploads.remove(at: pick(uploads.count)))
        }
    }

    private func part(of position: Int) async throws {
        // All but the last of an upload have five MiB; here the last one is any, and the others do not come to it.
        let bytes = SimulationTests.contents[pick(SimulationTests.contents.count)]
        let number = 1 + pick(3)
        let part = try await store.putPart(
            try await store.stage(bytes), number: number, of: uploads[position].upload, checksums: [])
        uploads[position].parts[number] = (bytes, part.etag)
    }

    private func complete(_ ended: Upload) async throws {
        let numbers = ended.parts.keys.sorted()
        let number = numbers[pick(numbers.count)]
        guard let part = ended.parts[number] else { return }
        let key = ended.upload.key.description
        let conditions = conditions(key)
        let isKnown = pick(5) > 0
        let made = try await attempt("complete \(key)", should: isKnown && meets(conditions, key)) {
            try await store.completeUpload(
                ended.upload.id, of: ended.upload.key, in: bucket,
                parts: [CompletedPart(number: number, etag: isKnown ? part.etag : "0123")], conditions: conditions)
        }
        if let made {
            enter(made, part.bytes, key)
            count("completed")
        } else {
            uploads.append(ended)
        }
    }

    private func lock(_ key: String) async throws {
        guard keepsLocks, let versions = state[key], let place = versions.indices.randomElement(using: &random),
            !versions[place].isMarker
        else { return }
        let version = versions[place]
        if pick(2) == 0 {
            let isOn = pick(2) == 0
            _ = try await store.setLegalHold(isOn, of: try ObjectKey(key), version: version.id, in: bucket)
            state[key]?[place].isHeld = isOn
            return
        }
        let new: Retention? =
            pick(4) == 0
            ? nil
            : Retention(
                mode: pick(2) == 0 ? .governance : .compliance,
                until: Timestamp(milliseconds: clock.wall + Int64(1 + pick(6)) * SimulationTests.day))
        let bypasses = pick(2) == 0
        var isAllowed = true
        if let old = version.retention, old.until.milliseconds > clock.wall {
            let extends = new.map { $0.mode == old.mode && $0.until >= old.until } ?? false
            isAllowed = extends || (old.mode == .governance && bypasses)
        }
        let done = try await attempt("retain \(key) \(version.id)", should: isAllowed, refusedAs: "locked") {
            try await store.setRetention(
                new, of: try ObjectKey(key), version: version.id, in: bucket, bypassesGovernance: bypasses)
        }
        if done != nil { state[key]?[place].retention = new }
    }

    /// Days pass, and rules are carried out: what is due goes as a deletion would, for good where no versions are kept.
    private func passDays() async throws {
        clock.pass(Int64(pick(3)) * SimulationTests.day)
        // A commit remembers the time; a start after a gap that no commit saw would not believe the clock.
        try await store.setBucketSetting("tagging", to: [1], of: bucket)
        if try await store.runLifecycle().isHeld { return wrong("the clock is not believed") }
        for key in SimulationTests.keys where key.hasPrefix("old/") {
            guard let versions = state[key], let top = versions.first else { continue }
            let due = (top.at / SimulationTests.day + Int64(SimulationTests.expiryDays) + 1) * SimulationTests.day
            guard due <= clock.wall else { continue }
            if top.isMarker {
                // A marker that a rule left alone goes when nothing is under it.
                if versions.count == 1 { state[key] = nil }
                continue
            }
            count("expired")
            guard bucket.versioning != .never else {
                state[key] = nil
                continue
            }
            let latest = try store.listVersions(ListingQuery(), in: bucket).items.first {
                $0.isLatest && $0.object.key.description == key
            }
            guard let made = latest, made.isDeleteMarker else { return wrong("\(key) is due and is still there") }
            let marker = try store.version(made.object.versionID, of: try ObjectKey(key), in: bucket)
            enter(Version(index: marker.index, isNull: marker.isNull, isMarker: true, at: clock.wall), key)
        }
    }

    private func restart() async throws {
        await store.close()
        store = try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source)
        bucket = try store.bucket("bucket")
        count("restarted")
    }

    private func changeVersioning() async throws {
        guard bucket.versioning != .never, !keepsLocks else { return }
        try await store.setVersioning(bucket.versioning == .enabled ? .suspended : .enabled, of: bucket)
        bucket = try store.bucket("bucket")
    }

    // MARK: Comparing

    private func compare() throws {
        var expected: [String] = []
        for (key, versions) in state {
            for (place, version) in versions.enumerated() {
                expected.append("\(key) \(version.id) \(version.isMarker) \(place == 0)")
            }
        }
        let listed = try store.listVersions(ListingQuery(), in: bucket).items.map {
            "\($0.object.key) \($0.object.versionID) \($0.isDeleteMarker) \($0.isLatest)"
        }
        if Set(listed) != Set(expected) || listed.count != expected.count {
            return wrong("versions are \(listed.sorted()), and must be \(expected.sorted())")
        }
        let current = try store.list(ListingQuery(), in: bucket).items.map { "\($0.key) \($0.size)" }
        let wanted = state.compactMap { key, versions in
            versions[0].isMarker ? nil : "\(key) \(versions[0].bytes.count)"
        }
        if Set(current) != Set(wanted) { return wrong("objects are \(current), and must be \(wanted)") }
        for (key, versions) in state {
            for version in versions where !version.isMarker {
                let found = try store.version(version.id, of: try ObjectKey(key), in: bucket)
                if try store.read(found, range: 0..<found.size) != version.bytes {
                    return wrong("\(key) \(version.id) has other bytes")
                }
                if found.etag != version.etag || found.attributes.retention != version.retention
                    || found.attributes.isOnLegalHold != version.isHeld
                {
                    return wrong("\(key) \(version.id) is \(found.attributes), and must be \(version.retention as Any)")
                }
            }
        }
    }
}
