// Why this file exists: random histories, with faults at every write of the journal, against a model that keeps every
// read and every output in a list; and the graph that grew with them against one that is made again.
import Foundation
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct GraphModelTests {
    /// What really happened, in order.
    private struct Model {
        struct Output {
            var version: Int64
            var inputs: Set<Int64>
        }
        var read: [RunID: Set<Int64>] = [:]
        var outputs: [Output] = []

        func upstream(_ version: Int64) -> Set<Int64> {
            var found: Set<Int64> = []
            var next = [version]
            while let current = next.popLast() {
                for input in outputs.first(where: { $0.version == current })?.inputs ?? []
                where found.insert(input).inserted { next.append(input) }
            }
            return found
        }

        func downstream(_ version: Int64) -> Set<Int64> {
            Set(outputs.map(\.version).filter { upstream($0).contains(version) })
        }
    }

    private struct Generator {
        var state: UInt64
        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    /// Fails the n-th write of the journal, once.
    private final class FaultyDatabase: Database {
        private let base: SQLiteDatabase
        let countdown: Countdown

        final class Countdown: @unchecked Sendable {
            // Unchecked: written by the committer's thread only, and by the test before it begins.
            var left: Int
            init(_ left: Int) { self.left = left }
        }

        struct Faulty: Transaction {
            let base: any Transaction
            let countdown: Countdown

            func query(
                _ sql: StaticString, _ values: [SQLValue], _ visit: (any SQLRow) throws(StoreError) -> Bool
            ) throws(StoreError) { try base.query(sql, values, visit) }

            func execute(_ sql: StaticString, _ values: [SQLValue]) throws(StoreError) -> Int {
                if sql.description.hasPrefix("INSERT INTO journal") {
                    countdown.left -= 1
                    if countdown.left == 0 { throw .database("a fault that was asked for") }
                }
                return try base.execute(sql, values)
            }
        }

        init(_ base: SQLiteDatabase, _ countdown: Countdown) {
            self.base = base
            self.countdown = countdown
        }

        func read<Value>(_ body: (any Transaction) throws(StoreError) -> Value) throws(StoreError) -> Value {
            try base.read(body)
        }
        func write<Value>(_ body: (any Transaction) throws(StoreError) -> Value) throws(StoreError) -> Value {
            let countdown = countdown
            return try base.write { transaction throws(StoreError) in
                try body(Faulty(base: transaction, countdown: countdown))
            }
        }
        func checkpoint() throws(StoreError) { try base.checkpoint() }
        func discardLog() throws(StoreError) -> Bool { try base.discardLog() }
        func rewrite() throws(StoreError) { try base.rewrite() }
        func integrityProblems() throws(StoreError) -> [String] { try base.integrityProblems() }
        func close() { base.close() }
    }

    private func open(_ folder: LineageFolder, fault: Int?) throws -> ObjectStore {
        guard let fault else { return try ObjectStore.open(folder.path) }
        let io = RealIO()
        let held = try StoreFolder.open(folder.path, io: io)
        let database = FaultyDatabase(
            try SQLiteDatabase(path: StoreFolder.databasePath(in: folder.path)), FaultyDatabase.Countdown(fault))
        let chunks = try SegmentStore(
            directory: StoreFolder.segmentsPath(in: folder.path), storeIdentifier: held.uuid, io: io,
            options: StoreOptions.small.segments)
        return try ObjectStore(
            folder: held, options: .small, database: database, chunkStore: chunks, io: io)
    }

    /// One life of a store: reads, writes, copies and deletions by three runs, until it is done or refuses.
    private func live(
        _ fixture: LineageFixture, _ model: inout Model, _ random: inout Generator, steps: Int
    ) async throws {
        var sessions: [RunSession] = []
        for number in 0..<3 {
            guard let session = try? await fixture.session("job\(number)") else { return }
            sessions.append(session)
        }
        for step in 0..<steps {
            let session = sessions[random.below(sessions.count)]
            let known = try fixture.store.listVersions(ListingQuery(), in: fixture.bucket).items.filter {
                !$0.isDeleteMarker
            }
            let target = known.isEmpty ? nil : known[random.below(known.count)]
            let version = try target.map {
                try fixture.store.version($0.object.versionID, of: $0.object.key, in: fixture.bucket)
            }
            do {
                switch (random.below(10), version) {
                case (0..<5, let version?):
                    _ = try session.read(version, range: 0..<version.size)
                    model.read[session.id, default: []].insert(version.index)
                case (5, let version?):
                    let copy = try await fixture.store.copy(
                        version, as: try ObjectKey("k\(random.below(6))"), in: fixture.bucket,
                        attributes: ObjectAttributes(), origin: session.origin)
                    model.outputs.append(Model.Output(version: copy.index, inputs: [version.index]))
                case (6, let version?):
                    _ = try await fixture.store.delete(
                        DeleteRequest(key: version.key, version: version.versionID), in: fixture.bucket,
                        origin: session.origin)
                default:
                    let made = try await fixture.put("k\(random.below(6))", "content \(step)", session)
                    model.outputs.append(
                        Model.Output(version: made.index, inputs: model.read[session.id] ?? []))
                }
            } catch is StoreError {
                return
            }
            if random.below(8) == 0 { try fixture.graph.catchUp() }
        }
        for session in sessions { try? await session.end() }
    }

    private func compare(_ fixture: LineageFixture, _ model: Model) throws {
        try fixture.graph.catchUp()
        for output in model.outputs {
            let node = try #require(try fixture.graph.find(position: output.version))
            for direction in [Direction.upstream, .downstream] {
                let closure = try fixture.graph.closure(of: [node], ClosureQuery(direction))
                var found: Set<Int64> = []
                for node in try fixture.graph.nodes(closure.steps.map(\.node)) {
                    if case .version(let version) = node { found.insert(version.reference.journalIndex) }
                }
                found.remove(output.version)
                let expected =
                    direction == .upstream ? model.upstream(output.version) : model.downstream(output.version)
                #expect(found == expected, "\(direction) of \(output.version)")
            }
        }
    }

    @Test("random histories: every closure is what really happened, and a rebuilt graph is the same", arguments: 1...12)
    func histories(_ seed: UInt64) async throws {
        let folder = LineageFolder()
        var random = Generator(state: seed)
        var model = Model()
        let fixture = try await LineageFixture(try open(folder, fault: nil))
        try await live(fixture, &model, &random, steps: 120)
        try compare(fixture, model)
        try await rebuild(folder, fixture)
    }

    @Test("a journal write that fails, whichever it is, leaves a graph that a rebuilt one equals", arguments: 1...40)
    func faults(_ write: Int) async throws {
        let folder = LineageFolder()
        var random = Generator(state: UInt64(write))
        var model = Model()
        // The bucket is made without a fault, so that the fault hits a history.
        await (try await LineageFixture(try open(folder, fault: nil))).close()
        let failing = try await LineageFixture(try open(folder, fault: write))
        try await live(failing, &model, &random, steps: 60)
        #expect(failing.store.readOnlyReason != nil)
        // Abandoned as it is: what waits in memory is refused by the store, and nothing follows from it.
        try compare(failing, model)
        await failing.close()
        let fixture = try await LineageFixture(try open(folder, fault: nil))
        // The runs are new ones: what the old ones had read and not written is forgotten with them.
        model.read = [:]
        try await live(fixture, &model, &random, steps: 30)
        try compare(fixture, model)
        try #expect(StoreAudit(fixture.store).run().problems == [])
        try await rebuild(folder, fixture)
    }

    /// Deletes the graph, makes it again, and holds it against the one that grew.
    private func rebuild(_ folder: LineageFolder, _ fixture: LineageFixture) async throws {
        // Closing may journal something still.
        fixture.recorder.close()
        try fixture.graph.catchUp()
        let grown = try fixture.graph.dump()
        await fixture.close()
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: folder.path + "/lineage.sqlite" + suffix)
        }
        let store = try ObjectStore.open(folder.path)
        let graph = try LineageGraph.open(store)
        try graph.catchUp()
        let made = try graph.dump()
        #expect(made.count > 10)
        #expect(made == grown, "\(made.difference(from: grown))")
        graph.close()
        await store.close()
    }
}
