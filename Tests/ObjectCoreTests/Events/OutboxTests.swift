// Why this file exists: an event is in the outbox exactly when its change is in the store, whatever kind of change it is,
// and leaves it in two ways only.
import Testing

@testable import ObjectCore

@Suite struct OutboxTests {
    static let everything = [
        "s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put",
        "s3:LifecycleExpiration:*",
    ]

    static func rule(
        _ destination: String = "hook", _ events: [String] = everything, prefix: String? = nil, suffix: String? = nil
    ) -> NotificationRule {
        NotificationRule(
            id: "rule", service: .topic, arn: "arn:aws:sns:::\(destination)", destination: destination, events: events,
            prefix: prefix, suffix: suffix)
    }

    private func items(_ store: ObjectStore, _ destination: String = "hook") throws -> [OutboxItem] {
        try store.outboxItems(of: destination, after: 0, limit: 1000)
    }

    private func names(_ store: ObjectStore, _ destination: String = "hook") throws -> [String] {
        try items(store, destination).map { $0.event?.kind.name ?? "damaged" }
    }

    @Test("a bucket without a configuration writes no rows")
    func none() async throws {
        try await withStore { store, bucket in
            try await store.put([1], as: "k", in: bucket)
            _ = try await store.delete(DeleteRequest(key: ObjectKey("k")), in: bucket)
            #expect(store.outboxFigures == [])
        }
    }

    @Test("each kind of change is one event, at the position of its entry in the journal")
    func kinds() async throws {
        try await withStore { store, bucket in
            try await store.setNotification(
                NotificationConfiguration(rules: [Self.rule()]), of: bucket, sendsTest: false)
            try await store.setVersioning(.enabled, of: bucket)
            let live = try store.bucket("bucket")
            let key = try ObjectKey("k")
            let version = try await store.put([1, 2], as: "k", in: live)
            let post = try await store.stage([3])
            _ = try await store.put(
                post, as: try ObjectKey("form"), in: live, attributes: ObjectAttributes(),
                origin: ChangeOrigin(account: "who", remoteAddress: "1.2.3.4", requestID: "R", isPost: true))
            _ = try await store.copy(version, as: try ObjectKey("copy"), in: live, attributes: ObjectAttributes())
            _ = try await store.setTags([NameValue("a", "b")], of: key, version: nil, in: live)
            _ = try await store.setTags([], of: key, version: nil, in: live)
            let grants = [AccessGrant(.allUsers, .read)]
            _ = try await store.setGrants(grants, of: key, in: live)
            _ = try await store.setGrants(grants, of: key, in: live)
            let marked = try await store.delete(DeleteRequest(key: key), in: live)
            _ = try await store.delete(DeleteRequest(key: key, version: marked.createdMarker), in: live)
            let waiting = try items(store)
            #expect(
                try names(store) == [
                    "ObjectCreated:Put", "ObjectCreated:Post", "ObjectCreated:Copy", "ObjectTagging:Put",
                    "ObjectTagging:Delete", "ObjectAcl:Put", "ObjectRemoved:DeleteMarkerCreated",
                    "ObjectRemoved:Delete",
                ])
            let first = try #require(waiting[0].event)
            #expect(waiting[0].sequence == version.index)
            #expect(first.size == 2 && first.etag == version.etag && first.version == version.versionID.description)
            let second = try #require(waiting[1].event)
            #expect(second.account == "who" && second.remoteAddress == "1.2.3.4" && second.requestID == "R")
            for item in waiting {
                let entry = try #require(try store.journalEntry(at: item.sequence))
                #expect(entry.at == item.at)
                #expect(
                    CanonicalJSON(entry.bytes)?["key"]?.text
                        == item.event.map { String(decoding: $0.key, as: UTF8.self) })
            }
        }
    }

    @Test("where a marker takes the place of the null version, the marker is the only event")
    func suspended() async throws {
        try await withStore { store, bucket in
            try await store.setVersioning(.suspended, of: bucket)
            let live = try store.bucket("bucket")
            try await store.setNotification(
                NotificationConfiguration(rules: [Self.rule()]), of: live, sendsTest: false)
            try await store.put([1], as: "k", in: live)
            _ = try await store.delete(DeleteRequest(key: ObjectKey("k")), in: live)
            #expect(try names(store) == ["ObjectCreated:Put", "ObjectRemoved:DeleteMarkerCreated"])
            #expect(try items(store).map { $0.event?.version } == ["", ""])
        }
    }

    @Test("what lifecycle removes is told as its doing")
    func lifecycle() async throws {
        let folder = TemporaryDirectory()
        let clock = SetClock()
        let store = try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source)
        let bucket = try await store.createBucket("bucket")
        try await store.setNotification(NotificationConfiguration(rules: [Self.rule()]), of: bucket, sendsTest: false)
        try await store.put([1], as: "k", in: bucket)
        let expiry = LifecycleRule(
            id: "r", isEnabled: true, filter: LifecycleFilter(form: .filter), expiration: .days(1))
        try await store.setBucketSetting(
            LifecycleConfiguration.settingName,
            to: LifecycleConfiguration(rules: [expiry], transitionDefaultMinimumObjectSize: "").encoded, of: bucket)
        clock.pass(3 * 86_400_000)
        #expect(try await store.runLifecycle().expired == 1)
        #expect(try names(store) == ["ObjectCreated:Put", "LifecycleExpiration:Delete"])
        await store.close()
    }

    @Test("archives: a move is told with its class; a restore as completed, or as begun where only that is wanted")
    func archives() async throws {
        try await withStore { store, bucket in
            let rules = [
                Self.rule("hook", ["s3:ObjectRestore:*"]),
                NotificationRule(
                    id: "two", service: .queue, arn: "", destination: "other", events: ["s3:LifecycleTransition"]),
            ]
            try await store.setNotification(NotificationConfiguration(rules: rules), of: bucket, sendsTest: false)
            var attributes = ObjectAttributes()
            attributes.storageClass = "GLACIER"
            try await store.put([1], as: "k", in: bucket, attributes: attributes)
            _ = try await store.restore(ObjectKey("k"), in: bucket, days: 1)
            _ = try await store.restore(ObjectKey("k"), in: bucket, days: 2)
            #expect(try names(store) == ["ObjectRestore:Completed", "ObjectRestore:Post"])
            let first = try #require(try items(store)[0].event)
            #expect(first.storageClass == "GLACIER" && first.restoredUntil != nil)
        }
    }

    @Test("a change that is refused tells nothing")
    func refused() async throws {
        try await withStore { store, bucket in
            try await store.setNotification(
                NotificationConfiguration(rules: [Self.rule()]), of: bucket, sendsTest: false)
            try await store.put([1], as: "k", in: bucket)
            var conditions = WriteConditions()
            conditions.mustNotExist = true
            await #expect(throws: StoreError.self) {
                try await store.put([2], as: "k", in: bucket, conditions: conditions)
            }
            _ = try await store.delete(DeleteRequest(key: ObjectKey("absent")), in: bucket)
            #expect(try names(store) == ["ObjectCreated:Put"])
        }
    }

    @Test("each destination gets a test event once; the event bus gets everything that the rules do not send there")
    func routes() async throws {
        try await withStore { store, bucket in
            let rules = [
                Self.rule("hook", ["s3:ObjectCreated:*"], prefix: "in/", suffix: ".jpg"),
                NotificationRule(
                    id: "two", service: .queue, arn: "", destination: "other", events: ["s3:ObjectRemoved:Delete"]),
            ]
            try await store.setNotification(
                NotificationConfiguration(rules: rules, usesEventBus: true), of: bucket)
            for key in ["in/a.jpg", "in/a.png", "a.jpg"] { try await store.put([1], as: key, in: bucket) }
            _ = try await store.delete(DeleteRequest(key: ObjectKey("a.jpg")), in: bucket)
            #expect(try names(store) == ["TestEvent", "ObjectCreated:Put"])
            #expect(try names(store, "other") == ["TestEvent", "ObjectRemoved:Delete"])
            #expect(
                try names(store, NotificationConfiguration.eventBusName)
                    == ["TestEvent"] + Array(repeating: "ObjectCreated:Put", count: 3) + ["ObjectRemoved:Delete"])
        }
    }

    @Test("rows outlive the process; removal counts down, giving up is journalled")
    func removal() async throws {
        let folder = TemporaryDirectory()
        var store = try ObjectStore.open(folder.path)
        let bucket = try await store.createBucket("bucket")
        try await store.setNotification(NotificationConfiguration(rules: [Self.rule()]), of: bucket, sendsTest: false)
        for number in 0..<5 { try await store.put([1], as: "\(number)", in: bucket) }
        let before = try items(store).map(\.event)
        await store.close()
        store = try ObjectStore.open(folder.path)
        let waiting = try items(store)
        #expect(waiting.map(\.event) == before && store.outboxFigures.map(\.waiting) == [5])
        let size = try store.journalSize()
        try store.removeFromOutbox([waiting[0].sequence, waiting[1].sequence], of: "hook")
        try store.removeFromOutbox([waiting[0].sequence], of: "hook")
        #expect(try store.journalSize() == size, "a delivery is no change of the store")
        try store.removeFromOutbox([waiting[2].sequence], of: "hook", dropping: "age")
        #expect(store.outboxFigures == [OutboxFigures(destination: "hook", waiting: 2, dropped: 1)])
        let last = CanonicalJSON(try #require(try store.journalEntry(at: size + 1)).bytes)
        #expect(last?["kind"]?.text == "events.dropped" && last?["reason"]?.text == "age")
        #expect(last?["events"] == .array([.integer(waiting[2].sequence)]))
        #expect(try store.outboxItems(of: "hook", after: waiting[3].sequence, limit: 9).count == 1)
        await store.close()
    }

    @Test("what is too old is given up, for every destination")
    func expiry() async throws {
        let folder = TemporaryDirectory()
        let clock = SetClock()
        let store = try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source)
        let bucket = try await store.createBucket("bucket")
        try await store.setNotification(
            NotificationConfiguration(rules: [Self.rule()], usesEventBus: true), of: bucket, sendsTest: false)
        for number in 0..<300 { try await store.put([1], as: "\(number)", in: bucket) }
        clock.pass(1000)
        try await store.put([1], as: "young", in: bucket)
        #expect(try store.expireOutbox(before: Timestamp(milliseconds: clock.wall)) == 600)
        #expect(store.outboxFigures.map(\.waiting) == [1, 1] && store.outboxFigures.map(\.dropped) == [300, 300])
        await store.close()
    }

    @Test("a damaged row is told from the others, which stay readable")
    func damage() async throws {
        try await withStore { store, bucket in
            try await store.setNotification(
                NotificationConfiguration(rules: [Self.rule()]), of: bucket, sendsTest: false)
            for key in ["a", "b"] { try await store.put([1], as: key, in: bucket) }
            let first = try items(store)[0].sequence
            try store.database.write { transaction throws(StoreError) in
                _ = try transaction.execute(
                    "UPDATE outbox SET at = at + 1 WHERE sequence = $1", [.integer(first)])
            }
            #expect(try names(store) == ["damaged", "ObjectCreated:Put"])
        }
    }
}

@Suite struct NotificationConfigurationTests {
    @Test("the stored form gives back what went in")
    func coding() throws {
        let configuration = NotificationConfiguration(
            rules: [
                OutboxTests.rule("hook", ["s3:ObjectCreated:*"], prefix: "", suffix: ".jpg"),
                NotificationRule(
                    id: "ü", service: .function, arn: "arn", destination: "d", events: ["s3:ObjectAcl:Put"]),
            ], usesEventBus: true)
        #expect(try NotificationConfiguration(encoded: configuration.encoded) == configuration)
        var damaged = configuration.encoded
        damaged[3] ^= 1
        #expect(throws: StoreError.self) { try NotificationConfiguration(encoded: damaged) }
    }

    @Test(
        "which rules overlap",
        arguments: [
            ("s3:ObjectCreated:*", nil, nil, "s3:ObjectCreated:Put", nil, nil, true),
            ("s3:ObjectCreated:Copy", nil, nil, "s3:ObjectCreated:Put", nil, nil, false),
            ("s3:ObjectCreated:*", "a/", nil, "s3:ObjectCreated:*", "b/", nil, false),
            ("s3:ObjectCreated:*", "a/", nil, "s3:ObjectCreated:*", "a/b", nil, true),
            ("s3:ObjectCreated:*", "a/", ".x", "s3:ObjectCreated:*", "a/b", ".y", false),
            ("s3:ObjectCreated:*", "a/", ".x", "s3:ObjectCreated:*", nil, "yz.x", true),
            ("s3:ObjectRemoved:*", nil, nil, "s3:ObjectCreated:*", nil, nil, false),
        ] as [(String, String?, String?, String, String?, String?, Bool)])
    func overlaps(
        _ event: String, _ prefix: String?, _ suffix: String?, _ other: String, _ otherPrefix: String?,
        _ otherSuffix: String?, _ expected: Bool
    ) {
        let left = OutboxTests.rule("a", [event], prefix: prefix, suffix: suffix)
        let right = OutboxTests.rule("b", [other], prefix: otherPrefix, suffix: otherSuffix)
        #expect(left.overlaps(right) == expected && right.overlaps(left) == expected)
    }

    @Test(
        "names of events",
        arguments: ["s3:ObjectCreated:", "ObjectCreated:*", "s3:*", "s3:Object*", "s3:TestEvent", ""])
    func unknown(_ name: String) { #expect(EventSet(named: name) == nil) }

    @Test("every name of S3 is known, and a wildcard is the sum of its kind")
    func known() {
        for kind in EventKind.allCases where kind != .test {
            #expect(EventSet(named: "s3:" + kind.name) == EventSet(kind))
        }
        #expect(EventSet(named: "s3:ObjectRemoved:*") == [EventSet(.removedDelete), EventSet(.removedMarker)])
        #expect(EventSet(named: "s3:Replication:*")?.contains(EventSet(.replicationFailed)) == true)
    }
}
