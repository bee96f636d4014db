// Why this file exists: what is copied where, and what a version says of it while rows wait, go, or are given up.
import Testing

@testable import ObjectCore

@Suite struct ReplicationTests {
    private static func rule(
        _ id: String, target: String = "there", bucket: String = "copies", prefix: String? = nil, priority: Int64 = 1,
        form: LifecycleFilter.Form = .filter, markers: Bool? = true
    ) -> ReplicationRule {
        var rule = ReplicationRule(
            id: id, priority: priority, isEnabled: true, filter: LifecycleFilter(form: form, prefix: prefix),
            destination: ReplicationRule.Destination(target: target, bucket: bucket))
        rule.copiesMarkers = markers
        return rule
    }

    private func replicated(
        _ rules: [ReplicationRule], _ body: (ObjectStore, Bucket) async throws -> Void
    ) async throws {
        try await withStore { store, bucket in
            try await store.setVersioning(.enabled, of: bucket)
            let live = try store.bucket("bucket")
            try await store.setReplication(ReplicationConfiguration(role: "r", rules: rules), of: live)
            try await body(store, live)
        }
    }

    private func items(_ store: ObjectStore, _ target: String = "there") throws -> [OutboxItem] {
        try store.outboxItems(of: ObjectStore.replicationPrefix + target, after: 0, limit: 100)
    }

    private func state(_ key: String, _ store: ObjectStore, _ bucket: Bucket) throws -> ReplicationState.Status? {
        try store.object(try ObjectKey(key), in: bucket).attributes.replication?.status
    }

    private func settle(_ store: ObjectStore, _ target: String = "there", dropping: String? = nil) throws {
        let name = ObjectStore.replicationPrefix + target
        try store.removeFromOutbox(try items(store, target).map(\.sequence), of: name, dropping: dropping)
    }

    @Test("a version is pending while its row waits, and completed when it went")
    func completes() async throws {
        try await replicated([Self.rule("a", prefix: "in/")]) { store, bucket in
            let version = try await store.put([1], as: "in/k", in: bucket)
            try await store.put([1], as: "out", in: bucket)
            #expect(version.attributes.replication?.status == .pending)
            #expect(try state("in/k", store, bucket) == .pending && state("out", store, bucket) == nil)
            #expect(try items(store).map(\.sequence) == [version.index])
            #expect(try items(store).first?.event?.rule == "a")
            try settle(store)
            #expect(try state("in/k", store, bucket) == .completed)
            let last = CanonicalJSON(try #require(try store.journalEntries().last).bytes)
            #expect(last?["kind"]?.text == "object.replicated" && last?["version"]?.integer == version.index)
            try settle(store)
            #expect(try state("in/k", store, bucket) == .completed)
        }
    }

    @Test("with two targets it is completed by the second, and failed when one was given up; a failure is an event")
    func targets() async throws {
        try await replicated([Self.rule("a"), Self.rule("b", target: "else")]) { store, bucket in
            let events = NotificationRule(
                id: "n", service: .topic, arn: "", destination: "hook", events: ["s3:Replication:*"])
            try await store.setNotification(NotificationConfiguration(rules: [events]), of: bucket, sendsTest: false)
            try await store.put([1], as: "one", in: bucket)
            try settle(store)
            #expect(try state("one", store, bucket) == .pending)
            try settle(store, "else")
            #expect(try state("one", store, bucket) == .completed)
            try await store.put([1], as: "two", in: bucket)
            try settle(store, dropping: "age")
            try settle(store, "else")
            #expect(try state("two", store, bucket) == .failed)
            let told = try store.outboxItems(of: "hook", after: 0, limit: 9).map { $0.event?.kind }
            #expect(told == [.replicationFailed])
        }
    }

    @Test("of several rules for one bucket the highest priority counts; other buckets get their own copy by one row")
    func priorities() async throws {
        let rules = [
            Self.rule("low"), Self.rule("high", priority: 2), Self.rule("third", bucket: "others", priority: 3),
        ]
        try await replicated(rules) { store, bucket in
            try await store.put([1], as: "k", in: bucket)
            #expect(try items(store).map { $0.event?.rule } == ["high\nthird"])
        }
    }

    @Test("a copy is not copied on, neither object nor marker nor upload")
    func replicas() async throws {
        try await replicated([Self.rule("a")]) { store, bucket in
            var attributes = ObjectAttributes()
            attributes.replication = .replica
            try await store.put([1], as: "k", in: bucket, attributes: attributes)
            let key = try ObjectKey("parts")
            let upload = try await store.createUpload(key, in: bucket, attributes: attributes)
            let part = try await store.putPart(try await store.stage([1]), number: 1, of: upload, checksums: [])
            _ = try await store.completeUpload(
                upload.id, of: key, in: bucket, parts: [CompletedPart(number: 1, etag: part.etag, checksums: [])])
            _ = try await store.setTags([NameValue("a", "b")], of: key, version: nil, in: bucket)
            var deletion = DeleteRequest(key: try ObjectKey("k"))
            deletion.isReplica = true
            _ = try await store.delete(deletion, in: bucket)
            #expect(try items(store).isEmpty && state("parts", store, bucket) == .replica)
        }
    }

    @Test(
        "markers follow the rule: those of the first form always, others when they say so",
        arguments: [
            (LifecycleFilter.Form.rulePrefix, nil, 1), (.filter, true, 1), (.filter, false, 0),
        ] as [(LifecycleFilter.Form, Bool?, Int)])
    func markers(_ form: LifecycleFilter.Form, _ markers: Bool?, _ count: Int) async throws {
        try await replicated([Self.rule("a", form: form, markers: markers)]) { store, bucket in
            _ = try await store.delete(DeleteRequest(key: ObjectKey("k")), in: bucket)
            #expect(try items(store).count == count)
        }
    }

    @Test("tags follow their version; a removed version takes its row's meaning with it")
    func later() async throws {
        try await replicated([Self.rule("a")]) { store, bucket in
            let version = try await store.put([1], as: "k", in: bucket)
            _ = try await store.setTags([NameValue("a", "b")], of: ObjectKey("k"), version: nil, in: bucket)
            #expect(try items(store).map { $0.event?.kind } == [.createdPut, .taggingPut])
            _ = try await store.delete(DeleteRequest(key: ObjectKey("k"), version: version.versionID), in: bucket)
            try settle(store)
            #expect(store.outboxFigures.allSatisfy { $0.waiting == 0 })
        }
    }

    @Test("replication needs versions, and versions cannot be suspended under it")
    func versioning() async throws {
        try await withStore { store, bucket in
            let configuration = ReplicationConfiguration(role: "r", rules: [Self.rule("a")])
            await #expect(throws: StoreError.self) { try await store.setReplication(configuration, of: bucket) }
            try await store.setVersioning(.enabled, of: bucket)
            try await store.setReplication(configuration, of: bucket)
            await #expect(throws: StoreError.self) { try await store.setVersioning(.suspended, of: bucket) }
            try await store.setReplication(nil, of: bucket)
            try await store.setVersioning(.suspended, of: bucket)
        }
    }

    @Test("the stored forms give back what went in")
    func coding() throws {
        var rule = Self.rule("ü", prefix: "p/", form: .and, markers: false)
        rule.filter.tags = [LifecycleTag(key: "k", value: "v")]
        (rule.account, rule.storageClass, rule.keyID) = ("there", "GLACIER", "key")
        (rule.copiesNamedKeys, rule.translatesOwner) = (true, true)
        let configuration = ReplicationConfiguration(
            role: "role", rules: [rule, Self.rule("b", form: .rulePrefix, markers: nil)])
        #expect(try ReplicationConfiguration(encoded: configuration.encoded) == configuration)
        for state in [ReplicationState(.pending, remaining: 3, hasFailure: true), .replica] {
            #expect(try ReplicationState(encoded: state.encoded()) == state)
        }
    }
}
