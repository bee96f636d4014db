// Why this file exists: what the tests of capture and graph share: a store with a recorder and a graph in a folder of
// its own, objects by a line, and the graph's tables as text.
import Foundation
import Testing

@testable import Lineage
@testable import ObjectCore

/// A folder that goes with the value.
final class LineageFolder: Sendable {
    let path = NSTemporaryDirectory() + "cairn-lineage-" + UUID().uuidString
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A store, what captures, and the graph.
struct LineageFixture: Sendable {
    let store: ObjectStore
    let recorder: LineageRecorder
    let graph: LineageGraph
    let bucket: Bucket

    /// Nothing is flushed by time unless asked for: then only commits and closing take what was read.
    static let patient = {
        var options = CaptureOptions()
        options.quietSeconds = 3600
        options.ageSeconds = 3600
        return options
    }()

    static func run(
        options: CaptureOptions = patient, _ body: (LineageFixture) async throws -> Void
    ) async throws {
        let folder = LineageFolder()
        let fixture = try await LineageFixture(try ObjectStore.open(folder.path), options: options)
        try await body(fixture)
        try #expect(StoreAudit(fixture.store).run().problems == [])
        await fixture.close()
    }

    init(_ store: ObjectStore, options: CaptureOptions = patient) async throws {
        self.store = store
        recorder = LineageRecorder(store, options: options)
        graph = try LineageGraph.open(store)
        if let known = try? store.bucket("b") {
            bucket = known
        } else {
            let made = try await store.createBucket("b")
            try await store.setVersioning(.enabled, of: made)
            bucket = try store.bucket("b")
        }
    }

    func close() async {
        recorder.close()
        graph.close()
        await store.close()
    }

    func session(_ job: String = "job") async throws -> RunSession {
        var facts = RunFacts()
        facts.job = Job(tag: job)
        facts.account = "account"
        return try await recorder.session(facts)
    }

    @discardableResult
    func put(_ key: String, _ text: String = "x", _ session: RunSession? = nil) async throws -> ObjectVersion {
        let writer = store.stage(expectedLength: Int64(text.utf8.count))
        try await writer.write(Array(text.utf8))
        return try await store.put(
            try await writer.finish(), as: try ObjectKey(key), in: bucket, attributes: ObjectAttributes(),
            origin: session?.origin ?? .embedded)
    }

    /// Puts an object together of one part: its SHA-256 is not known then.
    func assemble(
        _ key: String, _ text: String, _ session: RunSession? = nil,
        encryption: DataKey? = nil
    ) async throws -> ObjectVersion {
        let name = try ObjectKey(key)
        let origin = session?.origin ?? .embedded
        let upload = try await store.createUpload(
            name, in: bucket, attributes: ObjectAttributes(), encryption: encryption?.encryption,
            origin: origin)
        let writer = store.stage(key: encryption)
        try await writer.write(Array(text.utf8))
        let part = try await store.putPart(
            try await writer.finish(), number: 1, of: upload, checksums: [], origin: origin)
        return try await store.completeUpload(
            upload.id, of: name, in: bucket, parts: [CompletedPart(number: 1, etag: part.etag)],
            origin: origin)
    }

    func node(_ version: ObjectVersion) throws -> GraphNodeID {
        try #require(try graph.find(position: version.index))
    }

    /// The keys and positions of the versions in a closure, without where it began.
    func closure(
        _ version: ObjectVersion, _ direction: Direction, depth: Int = .max, asOf: Int64? = nil
    ) throws -> Set<Int64> {
        try graph.catchUp()
        let start = try node(version)
        let closure = try graph.closure(
            of: [start], ClosureQuery(direction, depthMaximum: depth, asOf: asOf))
        #expect(!closure.isPartial)
        var found: Set<Int64> = []
        for node in try graph.nodes(closure.steps.map(\.node)) {
            if case .version(let version) = node { found.insert(version.reference.journalIndex) }
        }
        found.remove(version.index)
        return found
    }

    /// The contents of the journal's entries of one kind.
    func entries(_ kind: JournalKind) throws -> [CanonicalJSON] {
        try store.journalEntries(after: 0, limit: .max).compactMap { CanonicalJSON($0.bytes) }
            .filter { $0["kind"]?.text == kind.rawValue }
    }
}

extension LineageGraph {
    /// All rows of all tables.
    func dump() throws -> [String] {
        var lines: [String] = []
        for (table, width) in zip(GraphSchema.tables, [2, 3, 14, 18, 3, 9, 6, 4]) {
            try database.read { transaction throws(StoreError) in
                try transaction.query(table, []) { row throws(StoreError) in
                    lines.append((0..<width).map { Hex.encode(row.bytes($0)) }.joined(separator: " "))
                    return true
                }
            }
        }
        return lines
    }
}
