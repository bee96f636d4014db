// Why this file exists: from an event to edges of exact versions, over a real store.
import Foundation
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct EventIntakeTests {
    private func event(_ run: RunID?, _ members: String, at time: Timestamp? = nil) throws -> (
        OpenLineageEvent, [UInt8]
    ) {
        let text = """
            {"eventTime":"\(EventTime.text(time ?? .wall()))","producer":"p","schemaURL":"s",
            \(run.map { "\"run\":{\"runId\":\"\($0)\"}," } ?? "")"job":{"namespace":"n","name":"j"}\(members)}
            """
        let bytes = Array(text.utf8)
        return (try OpenLineageEvent(try JSONDocument(bytes)), bytes)
    }

    private func take(
        _ event: (OpenLineageEvent, [UInt8]), _ fixture: LineageFixture, origin: ChangeOrigin = .embedded
    ) async throws -> EventReceipt {
        try await take([event], fixture, origin: origin)[0]
    }

    private func take(
        _ events: [(OpenLineageEvent, [UInt8])], _ fixture: LineageFixture, origin: ChangeOrigin = .embedded
    ) async throws -> [EventReceipt] {
        let recorder = fixture.recorder
        let store = fixture.store
        let questions = LineageQuestions(store: store, graph: fixture.graph) {
            try store.journalBlocking(runs: recorder.activeRuns.map(\.id))
        }
        let intake = EventIntake(questions, recorder)
        let sender = EventSender(viewer: .all, origin: origin)
        let resolved = try intake.resolve(events.map { SentEvent($0.0, bytes: $0.1) }, from: sender)
        return try await intake.take(resolved, from: sender)
    }

    @Test("the version that the run read is meant, though a newer one is current")
    func readVersion() async throws {
        try await LineageFixture.run { fixture in
            let old = try await fixture.put("in", "old")
            let session = try await fixture.session()
            _ = try session.read(old, range: 0..<3)
            try await fixture.put("in", "newer")
            let output = try await fixture.put("out", "o", session)
            let receipt = try await take(
                event(
                    session.id,
                    #","inputs":[{"namespace":"s3://b","name":"in"}],"outputs":[{"namespace":"s3a://b","name":"/out"}]"#
                ),
                fixture, origin: session.origin)
            #expect(receipt.declaration.used == [old.index] && receipt.declaration.generated == [output.index])
            #expect(receipt.declaration.asOf.isEmpty)
        }
    }

    @Test("what is read and what is written in its place are two versions of one name")
    func inPlace() async throws {
        try await LineageFixture.run { fixture in
            let old = try await fixture.put("table", "old")
            let new = try await fixture.put("table", "newer")
            func dataset(_ version: ObjectVersion) -> String {
                #"[{"namespace":"s3://b","name":"table","facets":{"version":{"_producer":"x://","_schemaURL":"https://x","#
                    + #""datasetVersion":"\#(version.versionID)"}}}]"#
            }
            let receipt = try await take(
                event(.make(at: .wall()), #","inputs":\#(dataset(old)),"outputs":\#(dataset(new))"#), fixture)
            #expect(receipt.declaration.used == [old.index] && receipt.declaration.generated == [new.index])
        }
    }

    @Test("without a read it is the version of the event's time, marked so; what is not there is told")
    func asOf() async throws {
        try await LineageFixture.run { fixture in
            let old = try await fixture.put("in", "old")
            let moment = old.modified
            try await Task.sleep(for: .milliseconds(20))
            try await fixture.put("in", "newer")
            let receipt = try await take(
                event(
                    .make(at: .wall()),
                    #","inputs":[{"namespace":"s3://b","name":"in"},{"namespace":"s3://b","name":"none"},"#
                        + #"{"namespace":"db://x","name":"t"}]"#, at: moment),
                fixture)
            #expect(receipt.declaration.used == [old.index] && receipt.declaration.asOf == [old.index])
            #expect(receipt.declaration.unresolved == ["s3://b/none", "db://x/t"])
        }
    }

    @Test("a folder stands for what the run read in it")
    func folder() async throws {
        try await LineageFixture.run { fixture in
            let session = try await fixture.session()
            var read: [Int64] = []
            for name in ["table/1", "table/2"] {
                let part = try await fixture.put(name)
                _ = try session.read(part, range: 0..<1)
                read.append(part.index)
            }
            try await fixture.put("table/3")
            let receipt = try await take(
                event(session.id, #","inputs":[{"namespace":"s3://b","name":"table"}]"#), fixture,
                origin: session.origin)
            #expect(receipt.declaration.used == read)
        }
    }

    @Test("bytes are kept once, and the graph made again from the journal has the same edges")
    func kept() async throws {
        try await LineageFixture.run { fixture in
            let input = try await fixture.put("in")
            let output = try await fixture.put("out")
            let sent = try event(
                nil, #","inputs":[{"namespace":"s3://b","name":"in"}],"outputs":[{"namespace":"s3://b","name":"out"}]"#)
            let first = try await take(sent, fixture)
            let again = try await take(sent, fixture)
            #expect(first.isNew && !again.isNew)
            #expect(try fixture.store.keptEvent(first.digest)?.bytes == sent.1)
            #expect(try fixture.store.keptEvents().count == 1)
            #expect(try fixture.closure(output, .upstream) == [input.index])
            #expect(try fixture.entries(.lineageDeclared).count == 1)
        }
    }

    @Test("COMPLETE ends a run that an event began")
    func ends() async throws {
        try await LineageFixture.run { fixture in
            let run = RunID.make(at: .wall())
            _ = try await take(event(run, #","eventType":"START""#), fixture)
            try fixture.graph.catchUp()
            #expect(try fixture.graph.run(run).status == .running)
            _ = try await take(event(run, #","eventType":"FAIL""#), fixture)
            try fixture.graph.catchUp()
            #expect(try fixture.graph.run(run).status == .failed)
            #expect(try fixture.graph.run(run).job == Job(namespace: "n", name: "j"))
        }
    }

    @Test("a batch begins, tells and ends its runs in order, in few commits")
    func batch() async throws {
        try await LineageFixture.run { fixture in
            let input = try await fixture.put("in")
            let runs = (0..<1200).map { _ in RunID.make(at: .wall()) }
            var events: [(OpenLineageEvent, [UInt8])] = []
            for run in runs {
                events.append(
                    try event(run, #","eventType":"START","inputs":[{"namespace":"s3://b","name":"in"}]"#))
            }
            // One run ends and is taken up again by the same batch; another event is in it twice.
            events.append(try event(runs[0], #","eventType":"COMPLETE""#))
            events.append(try event(runs[0], #","eventType":"OTHER""#))
            events.append(events[5])
            let receipts = try await take(events, fixture)
            #expect(receipts.dropLast().allSatisfy { $0.isNew } && !receipts[1202].isNew)
            #expect(receipts[..<1200].allSatisfy { $0.declaration.used == [input.index] })
            try fixture.graph.catchUp()
            #expect(try fixture.graph.run(runs[0]).status == .completed)
            #expect(try fixture.graph.run(runs[1199]).status == .running)
            #expect(try fixture.graph.runs(limit: 5000).count == 1200)
            #expect(try fixture.entries(.lineageDeclared).count == 1202)
            let times = Set(
                try fixture.store.journalEntries(after: input.index, limit: .max).map(\.at.milliseconds))
            // A commit has one time: three groups of events, one end.
            #expect(times.count <= 5)
            let started = try fixture.entries(.runStarted)
            #expect(Set(started.compactMap { $0["run"]?.text }).count == 1200)
        }
    }

    @Test("equal bytes of two accounts are an event of each, kept once")
    func accounts() async throws {
        try await LineageFixture.run { fixture in
            let sent = try event(nil, #","inputs":[{"namespace":"s3://b","name":"in"}]"#)
            let (one, two) = (ChangeOrigin(account: "one"), ChangeOrigin(account: "two"))
            let first = try await take(sent, fixture, origin: one)
            let other = try await take(sent, fixture, origin: two)
            #expect(first.isNew && other.isNew && first.digest == other.digest)
            for origin in [one, two] { #expect(try await !take(sent, fixture, origin: origin).isNew) }
            let kept = try fixture.store.keptEvents()
            #expect(kept.map(\.account) == ["one", "two"])
            #expect(kept.allSatisfy { $0.bytes == sent.1 } && kept[0].position < kept[1].position)
            #expect(try fixture.store.keptEvents(after: kept[0].position, limit: 1).map(\.account) == ["two"])
            #expect(try fixture.store.keptEvent(first.digest, from: "two")?.bytes == sent.1)
            #expect(try fixture.store.keptEvent(first.digest, from: "three") == nil)
        }
    }

    @Test("a batch that names a run of another account is refused as a whole")
    func foreign() async throws {
        try await LineageFixture.run { fixture in
            let session = try await fixture.session()
            let other = ChangeOrigin(account: "other")
            let events = [
                try event(.make(at: .wall()), #","eventType":"START""#),
                try event(session.id, #","eventType":"COMPLETE""#),
            ]
            await #expect(throws: QuestionError.self) { _ = try await take(events, fixture, origin: other) }
            #expect(try fixture.store.keptEvents().isEmpty)
            try fixture.graph.catchUp()
            #expect(try fixture.graph.run(session.id).status == .running)
        }
    }

    @Test(
        "an audit holds the kept bytes of events against the journal",
        arguments: [
            ("UPDATE lineage_events SET bytes = CAST('{}' AS BLOB)", "the event that it declares is not what was sent"),
            ("UPDATE lineage_events SET digest = zeroblob(32)", "the event that it declares is gone"),
            ("UPDATE lineage_events SET digest = zeroblob(32)", "it declares no event, and one is kept for it"),
            ("DELETE FROM lineage_events", "the event that it declares is gone"),
        ] as [(StaticString, String)])
    func audit(text: StaticString, words: String) async throws {
        let folder = LineageFolder()
        let fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        let receipt = try await take(try event(RunID.make(at: .wall()), ""), fixture)
        #expect(receipt.isNew)
        #expect(try StoreAudit(fixture.store).run().problems == [])
        await fixture.close()
        let database = try SQLiteDatabase(path: folder.path + "/meta.sqlite", schema: "")
        try database.write { transaction throws(StoreError) in _ = try transaction.execute(text, []) }
        database.close()
        let store = try ObjectStore.open(folder.path)
        let problems = try StoreAudit(store).run().problems
        #expect(problems.contains { $0.hasPrefix("journal index ") && $0.hasSuffix(words) }, "\(problems)")
        await store.close()
    }
}
