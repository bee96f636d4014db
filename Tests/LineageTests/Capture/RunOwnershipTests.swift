// Why this file exists: whoever comes to know the UUID of a run can do nothing in its name: not while it runs, not after
// the server was started anew, and not by an entry that reached the journal all the same.
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct RunOwnershipTests {
    private func facts(_ account: String, _ id: RunID? = nil) -> RunFacts {
        var facts = RunFacts()
        facts.account = account
        facts.accessKey = "key-of-\(account)"
        facts.id = id
        return facts
    }

    @Test("after a restart a run is still its account's: others get one of their own, however they name it")
    func restart() async throws {
        let folder = LineageFolder()
        var fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        let own = try await fixture.recorder.begin(facts("owner")).id
        await fixture.close()
        fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        let recorder = fixture.recorder
        #expect(try recorder.foreign([own], to: "thief") == [own])
        #expect(try recorder.foreign([own, .make(at: .wall())], to: "owner").isEmpty)
        let begun = try await recorder.begin(facts("thief", own))
        #expect(begun.id != own && begun.facts.tags == [NameValue(RunFacts.runTag, own.description)])
        let asked = recorder.run(of: "key", at: .wall()) { facts("thief", own) }
        #expect(asked.id != own)
        #expect(recorder.run(of: "other key", at: .wall()) { facts("owner", own) }.id == own)
        await fixture.close()
    }

    @Test("how a run of before a restart ended is told as its account's")
    func ended() async throws {
        let folder = LineageFolder()
        var fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        let own = try await fixture.recorder.begin(facts("owner")).id
        let left = try await fixture.recorder.begin(facts("owner")).id
        await fixture.close()
        fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        try await fixture.recorder.end(own, status: .failed, exitCode: 3)
        try fixture.recorder.endAbandoned([left])
        // Ended in memory, the run is nobody else's either.
        #expect(try await fixture.recorder.begin(facts("thief", own)).id != own)
        #expect(try fixture.entries(.runEnded).map { $0["account"]?.text } == ["owner", "owner"])
        try fixture.graph.catchUp()
        #expect(try fixture.graph.run(own).status == .failed && fixture.graph.run(own).exitCode == 3)
        #expect(try fixture.graph.run(left).status == .idle)
        await fixture.close()
    }

    @Test("an entry under another account's run makes its version, and nothing of the run")
    func forged() async throws {
        try await LineageFixture.run { fixture in
            let run = try await fixture.recorder.begin(facts("owner"))
            let input = try await fixture.put("in")
            run.beginRead(of: input.index, from: 0, at: .wall()).end(bytes: 1, at: .wall())
            try await fixture.store.journal(runs: [run.id])
            let before = try await put("mine", run.origin, fixture)
            var origin = run.origin
            origin.account = "thief"
            let forged = try await put("forged", origin, fixture)
            _ = try await fixture.store.journal(
                RunRecord(.lineageDeclared, origin, [("generated", .array([.integer(forged.index)]))]))
            _ = try await fixture.store.journal(RunRecord(.runEnded, origin, [("status", .text("failed"))]))
            #expect(try fixture.closure(before, .upstream) == [input.index])
            #expect(try fixture.closure(forged, .upstream).isEmpty)
            let known = try fixture.graph.run(run.id)
            #expect(known.status == .running && known.account == "owner" && known.lastIndex == before.index)
            guard case .version(let version) = try fixture.graph.node(try fixture.node(forged)) else {
                throw QuestionError(.failed, "no version")
            }
            #expect(version.run == nil)
        }
    }

    @Test("the first entry says whose a run is, though another run had named it as its parent")
    func parent() async throws {
        try await LineageFixture.run { fixture in
            let parent = RunID.make(at: .wall())
            var child = facts("other")
            child.parent = parent
            _ = try await fixture.recorder.begin(child)
            try fixture.graph.catchUp()
            #expect(try await fixture.recorder.begin(facts("owner", parent)).id == parent)
            try fixture.graph.catchUp()
            #expect(try fixture.graph.run(parent).account == "owner")
        }
    }

    private func put(_ key: String, _ origin: ChangeOrigin, _ fixture: LineageFixture) async throws -> ObjectVersion {
        let writer = fixture.store.stage(expectedLength: 1)
        try await writer.write([1])
        return try await fixture.store.put(
            try await writer.finish(), as: try ObjectKey(key), in: fixture.bucket, attributes: ObjectAttributes(),
            origin: origin)
    }
}
