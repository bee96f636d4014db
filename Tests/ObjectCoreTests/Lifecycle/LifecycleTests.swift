// Why this file exists: rules over a store whose clock the test sets: what goes, what stays, and what is locked.
import Testing

@testable import ObjectCore

@Suite("Lifecycle") struct LifecycleTests {
    private static let day: Int64 = 86_400_000

    /// A store whose days the test lets pass.
    private final class Fixture {
        let folder = TemporaryDirectory()
        let clock = SetClock(1_700_000_000_000)
        let store: ObjectStore
        let bucket: Bucket

        init(versioning: Bool = false, hasObjectLock: Bool = false) async throws {
            store = try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source)
            let made = try await store.createBucket("bucket", hasObjectLock: hasObjectLock)
            if versioning { try await store.setVersioning(.enabled, of: made) }
            bucket = try store.bucket("bucket")
        }

        func set(_ rules: LifecycleRule...) async throws {
            let configuration = LifecycleConfiguration(rules: rules, transitionDefaultMinimumObjectSize: "")
            try await store.setBucketSetting(
                LifecycleConfiguration.settingName, to: configuration.encoded, of: bucket)
        }

        func pass(days: Int64) { clock.pass(days * LifecycleTests.day) }

        @discardableResult
        func run() async throws -> LifecycleReport { try await store.runLifecycle() }

        var keys: [String] {
            get throws { try store.list(ListingQuery(), in: bucket).items.map(\.key.description) }
        }

        var versions: [ListedVersion] { get throws { try store.listVersions(ListingQuery(), in: bucket).items } }
    }

    private static func rule(
        _ filter: LifecycleFilter = LifecycleFilter(form: .filter), days: Int? = nil
    ) -> LifecycleRule {
        LifecycleRule(id: "rule", isEnabled: true, filter: filter, expiration: days.map { .days($0) })
    }

    @Test("an object goes at the first midnight after its days, and its rule is in the journal")
    func days() async throws {
        let fixture = try await Fixture()
        try await fixture.store.put([1], as: "k", in: fixture.bucket)
        try await fixture.set(Self.rule(days: 2))
        let midnight = (fixture.clock.wall / Self.day + 3) * Self.day
        fixture.clock.pass(midnight - fixture.clock.wall - 1)
        #expect(try await fixture.run().expired == 0)
        fixture.clock.pass(1)
        #expect(try await fixture.run().expired == 1)
        #expect(try fixture.keys == [])
        let last = String(
            decoding: try #require(try fixture.store.journalEntries().last).bytes, as: UTF8.self)
        #expect(last.contains("\"kind\":\"version.deleted\"") && last.contains("\"rule\":\"rule\""))
        #expect(try await fixture.run().removed == 0)
        await fixture.store.close()
    }

    @Test(
        "a filter takes what it asks for",
        arguments: [
            (LifecycleFilter(form: .filter), ["a/big", "a/small", "b/tagged"]),
            (LifecycleFilter(form: .rulePrefix, prefix: "a/"), ["a/big", "a/small"]),
            (LifecycleFilter(form: .filter, sizeGreaterThan: 3), ["a/big"]),
            (LifecycleFilter(form: .filter, sizeLessThan: 10), ["a/small", "b/tagged"]),
            (LifecycleFilter(form: .filter, tags: [LifecycleTag(key: "x", value: "1")]), ["b/tagged"]),
            (LifecycleFilter(form: .filter, tags: [LifecycleTag(key: "x", value: "2")]), []),
            (
                LifecycleFilter(
                    form: .and, prefix: "b/",
                    tags: [LifecycleTag(key: "x", value: "1"), LifecycleTag(key: "y", value: "2")]), ["b/tagged"]
            ),
            (LifecycleFilter(form: .and, prefix: "a/", sizeGreaterThan: 2, sizeLessThan: 4), ["a/small"]),
        ])
    func filters(_ filter: LifecycleFilter, _ gone: [String]) async throws {
        let fixture = try await Fixture()
        try await fixture.store.put(content(10), as: "a/big", in: fixture.bucket)
        try await fixture.store.put(content(3), as: "a/small", in: fixture.bucket)
        var attributes = ObjectAttributes()
        attributes.tags = [NameValue("x", "1"), NameValue("y", "2")]
        try await fixture.store.put(content(1), as: "b/tagged", in: fixture.bucket, attributes: attributes)
        try await fixture.set(Self.rule(filter, days: 1))
        fixture.pass(days: 3)
        #expect(try await fixture.run().expired == Int64(gone.count))
        #expect(try fixture.keys == ["a/big", "a/small", "b/tagged"].filter { !gone.contains($0) })
        await fixture.store.close()
    }

    @Test("a disabled rule and a date to come do nothing; a date that came takes all")
    func dates() async throws {
        let fixture = try await Fixture()
        try await fixture.store.put([1], as: "k", in: fixture.bucket)
        var rule = Self.rule()
        rule.expiration = .date(milliseconds: fixture.clock.wall + Self.day)
        try await fixture.set(rule)
        #expect(try await fixture.run().expired == 0)
        fixture.pass(days: 1)
        rule.isEnabled = false
        try await fixture.set(rule)
        #expect(try await fixture.run().expired == 0)
        rule.isEnabled = true
        try await fixture.set(rule)
        #expect(try await fixture.run().expired == 1)
        await fixture.store.close()
    }

    @Test("with versions, expiry puts a marker; old versions go by their own days; the bare marker goes at last")
    func versions() async throws {
        let fixture = try await Fixture(versioning: true)
        try await fixture.store.put([1], as: "k", in: fixture.bucket)
        var rule = Self.rule(days: 5)
        rule.noncurrentDays = 2
        try await fixture.set(rule)
        fixture.pass(days: 6)
        #expect(try await fixture.run().expired == 1)
        #expect(try fixture.versions.map(\.isDeleteMarker) == [true, false])
        fixture.pass(days: 1)
        #expect(try await fixture.run().removed == 0, "it is noncurrent since the marker, not since it was written")
        fixture.pass(days: 2)
        #expect(try await fixture.run().removedNoncurrent == 1)
        #expect(try fixture.versions.map(\.isDeleteMarker) == [true])
        #expect(try await fixture.run().removedMarkers == 0)
        fixture.pass(days: 4)
        #expect(try await fixture.run().removedMarkers == 1)
        #expect(try fixture.versions.isEmpty)
        await fixture.store.close()
    }

    @Test("ExpiredObjectDeleteMarker takes bare markers only")
    func bareMarkers() async throws {
        let fixture = try await Fixture(versioning: true)
        let version = try await fixture.store.put([1], as: "covered", in: fixture.bucket)
        for key in ["bare", "covered"] {
            _ = try await fixture.store.delete(DeleteRequest(key: try ObjectKey(key)), in: fixture.bucket)
        }
        var rule = Self.rule()
        rule.expiration = .expiredDeleteMarker(true)
        try await fixture.set(rule)
        #expect(try await fixture.run().removedMarkers == 1)
        #expect(Set(try fixture.versions.map(\.object.key)) == [version.key])
        rule.expiration = .expiredDeleteMarker(false)
        try await fixture.set(rule)
        #expect(try await fixture.run().removed == 0)
        await fixture.store.close()
    }

    @Test("the newest noncurrent versions are kept, however old")
    func newerNoncurrent() async throws {
        let fixture = try await Fixture(versioning: true)
        var written: [VersionID] = []
        for byte in 0..<8 {
            written.append(try await fixture.store.put([UInt8(byte)], as: "k", in: fixture.bucket).versionID)
        }
        var rule = Self.rule()
        rule.noncurrentDays = 1
        rule.newerNoncurrentVersions = 3
        try await fixture.set(rule)
        fixture.pass(days: 9)
        #expect(try await fixture.run().removedNoncurrent == 4)
        #expect(try fixture.versions.map(\.object.versionID) == written.suffix(4).reversed())
        await fixture.store.close()
    }

    @Test("uploads that were never completed are aborted")
    func uploads() async throws {
        let fixture = try await Fixture()
        let old = try await fixture.store.createUpload(
            try ObjectKey("a/old"), in: fixture.bucket, attributes: ObjectAttributes())
        _ = try await fixture.store.createUpload(
            try ObjectKey("b/other"), in: fixture.bucket, attributes: ObjectAttributes())
        var rule = Self.rule(LifecycleFilter(form: .filter, prefix: "a/"))
        rule.abortUploadDays = 1
        try await fixture.set(rule)
        #expect(try await fixture.run().abortedUploads == 0)
        fixture.pass(days: 3)
        #expect(try await fixture.run().abortedUploads == 1)
        #expect(throws: StoreError.noSuchUpload) {
            try fixture.store.upload(old.id, of: old.key, in: fixture.bucket)
        }
        #expect(try fixture.store.listUploads(ListingQuery(), in: fixture.bucket).items.count == 1)
        await fixture.store.close()
    }

    @Test("locks hold against rules: the version stays until its locks end")
    func locks() async throws {
        let fixture = try await Fixture(hasObjectLock: true)
        var attributes = ObjectAttributes()
        attributes.retention = Retention(
            mode: .governance, until: Timestamp(milliseconds: fixture.clock.wall + 30 * Self.day))
        try await fixture.store.put([1], as: "retained", in: fixture.bucket, attributes: attributes)
        var held = ObjectAttributes()
        held.isOnLegalHold = true
        try await fixture.store.put([1], as: "held", in: fixture.bucket, attributes: held)
        var rule = Self.rule(days: 1)
        rule.noncurrentDays = 1
        try await fixture.set(rule)
        fixture.pass(days: 3)
        #expect(try await fixture.run().expired == 2, "a marker on top is allowed")
        fixture.pass(days: 3)
        let report = try await fixture.run()
        #expect(report.locked == 2)
        #expect(report.removedNoncurrent == 0)
        fixture.pass(days: 30)
        #expect(try await fixture.run().removedNoncurrent == 1)
        #expect(try fixture.versions.contains { $0.object.key.description == "held" && !$0.isDeleteMarker })
        await fixture.store.close()
    }

    @Test("after a jump of the clock nothing expires until it is confirmed")
    func jump() async throws {
        let fixture = try await Fixture()
        try await fixture.store.put([1], as: "k", in: fixture.bucket)
        try await fixture.set(Self.rule(days: 1))
        fixture.clock.set(30 * Self.day)
        #expect(try await fixture.run().isHeld)
        #expect(try fixture.keys == ["k"])
        _ = try await fixture.store.confirmClock()
        #expect(try await fixture.run().expired == 1)
        await fixture.store.close()
    }

    @Test("what changed between judgement and commit is not touched")
    func races() async throws {
        let fixture = try await Fixture(versioning: true)
        let judged = try await fixture.store.put([1], as: "k", in: fixture.bucket)
        try await fixture.set(Self.rule(days: 1))
        let bytes = try #require(
            fixture.store.bucketSetting(LifecycleConfiguration.settingName, of: fixture.bucket))
        let pass = LifecyclePass(
            bucket: fixture.bucket, bytes: bytes, configuration: try LifecycleConfiguration(encoded: bytes),
            now: Timestamp(milliseconds: .max), calendar: .utc)
        let action = LifecycleAction(key: judged.key, index: judged.index, kind: .expireCurrent, rule: 0)
        let catalog = fixture.store.catalog
        let bucket = fixture.bucket
        let carryOut = { @Sendable (change: inout Change) throws(StoreError) -> LifecycleDeed in
            try change.check(pass)
            return try change.carryOut(action, pass, in: bucket, accounts: catalog)
        }
        // A newer version came: the judged one is not current any more.
        try await fixture.store.put([2], as: "k", in: fixture.bucket)
        #expect(try await fixture.store.committer.commit(carryOut) == .hasChanged)
        #expect(try fixture.keys == ["k"])
        // The rules changed.
        try await fixture.set(Self.rule(days: 2))
        await #expect(throws: StoreError.conditionalConflict) {
            try await fixture.store.committer.commit(carryOut)
        }
        await fixture.store.close()
    }

    @Test("thousands of keys go in commits of bounded size, and those that are not due stay")
    func many() async throws {
        let fixture = try await Fixture()
        for number in 0..<2500 {
            try await fixture.store.put([1], as: "\(number % 5 == 0 ? "keep" : "drop")/\(number)", in: fixture.bucket)
        }
        try await fixture.set(Self.rule(LifecycleFilter(form: .filter, prefix: "drop/"), days: 1))
        fixture.pass(days: 3)
        let report = try await fixture.run()
        #expect(report.expired == 2000)
        #expect(report.examined == 2000, "what no rule is about is not read")
        #expect(try fixture.keys.count == 500)
        await fixture.store.close()
    }

    @Test("only the parts of a bucket that rules are about are read, each once")
    func prefixes() {
        func rule(_ prefix: String?, isEnabled: Bool = true) -> LifecycleRule {
            var rule = Self.rule(LifecycleFilter(form: .filter, prefix: prefix), days: 1)
            rule.isEnabled = isEnabled
            return rule
        }
        func prefixes(_ rules: LifecycleRule...) -> [String] {
            LifecycleConfiguration(rules: rules, transitionDefaultMinimumObjectSize: "").prefixes
                .map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(prefixes(rule("b"), rule("a/b"), rule("a"), rule("a/b/c"), rule("c", isEnabled: false)) == ["a", "b"])
        #expect(prefixes(rule("b"), rule(nil), rule("a")) == [""])
        #expect(prefixes(rule("a", isEnabled: false)) == [])
    }

    @Test("the first rule to end an object is told")
    func expiry() async throws {
        let fixture = try await Fixture()
        let version = try await fixture.store.put([1], as: "a/k", in: fixture.bucket)
        var late = Self.rule(days: 10)
        late.id = "late"
        var other = Self.rule(LifecycleFilter(form: .filter, prefix: "b/"), days: 1)
        other.id = "other"
        let configuration = LifecycleConfiguration(
            rules: [late, other, Self.rule(days: 3)], transitionDefaultMinimumObjectSize: "")
        let found = try #require(configuration.expiry(of: version))
        #expect(found.rule == "rule")
        #expect(found.at.milliseconds == (fixture.clock.wall / Self.day + 4) * Self.day)
        #expect(try LifecycleConfiguration(encoded: configuration.encoded) == configuration)
        await fixture.store.close()
    }
}
