// Why this file exists: a power failure at every moment of a program, on a disk that had written back what it liked:
// whatever is left, the store opens, has every change that was acknowledged, and shows nothing else.
// CAIRN_CRASH_STATES sets how many states of each moment are drawn by chance.
import Foundation
import Testing

@testable import ObjectCore

@Suite struct CrashStateTests {
    private static var randomCount: Int {
        ProcessInfo.processInfo.environment["CAIRN_CRASH_STATES"].flatMap(Int.init) ?? 3
    }

    // MARK: The chunk store alone

    /// What a program over a chunk store did: which records were written, and after how many events which of them count.
    private struct ChunkRun {
        var events: [DiskEvent] = []
        var root = ""
        var appended: [ChunkID: [UInt8]] = [:]
        var promises: [(after: Int, id: ChunkID, location: ChunkLocation)] = []
        /// Records that count until so many events: their segment was deleted then, or was being.
        var endings: [ChunkID: Int] = [:]
        /// Numbers in use after so many events.
        var numbers: [(after: Int, number: Int64)] = []
    }

    private static let streams = ChunkStream.allCases

    private static func chunkRun(
        seed: UInt64, isPrewritten: Bool, ignoresFlush: @escaping @Sendable (String) -> Bool = { _ in false }
    ) throws -> ChunkRun {
        let folder = TemporaryDirectory()
        let io = SimulatedIO(seed: seed, ignoresFlush: ignoresFlush)
        var random = SeededRandom(seed: seed)
        var run = ChunkRun()
        run.root = folder.path
        let archive = folder.file("archive")
        try io.makeDirectory(archive)
        try io.synchronizeDirectory(folder.path)
        let store = try SegmentStore(
            directory: folder.file("segments"), archiveDirectory: archive, storeIdentifier: testStoreIdentifier, io: io,
            options: isPrewritten ? .tinyPrewritten : .tiny)
        var unflushed: [ChunkStream: [(ChunkID, ChunkLocation)]] = [:]
        var placed: [(id: ChunkID, location: ChunkLocation)] = []
        var next: Int64 = 1
        for _ in 0..<14 {
            let stream = Self.streams[Int(random.next() % 3)]
            switch random.next() % 8 {
            case 0..<4:
                let count = Int(random.next() % 3) + 1
                let records = (0..<count).map { record(next + Int64($0), Int(random.next() % 3000)) }
                next += Int64(count)
                // Written before the call returns, so they may be there from now on.
                for record in records { run.appended[record.id] = record.bytes }
                let locations = try store.append(records, to: stream)
                unflushed[stream, default: []] += zip(records.map(\.id), locations)
                for location in locations { run.numbers.append((io.log.count, location.segment)) }
            case 4..<7:
                try store.sync(stream)
                for (id, location) in unflushed.removeValue(forKey: stream) ?? [] {
                    run.promises.append((io.log.count, id, location))
                    placed.append((id, location))
                }
            default:
                try store.seal()
                guard let victim = placed.first?.location.segment, unflushed.isEmpty else { continue }
                for (id, location) in placed where location.segment == victim { run.endings[id] = io.log.count }
                placed.removeAll { $0.location.segment == victim }
                try store.delete(segment: victim)
            }
        }
        store.waitForSpare()
        run.events = io.log.events
        store.close()
        return run
    }

    /// Opens the store on one state.
    /// - Returns: what is wrong, or nil.
    private static func judge(_ run: ChunkRun, cut: Int, _ image: DiskImage) throws -> String? {
        let folder = TemporaryDirectory()
        try image.write(replacing: run.root, by: folder.path)
        // The directory is the operator's: it is there.
        try RealIO().makeDirectory(folder.file("archive"))
        let store: SegmentStore
        do {
            store = try SegmentStore(
                directory: folder.file("segments"), archiveDirectory: folder.file("archive"),
                storeIdentifier: testStoreIdentifier, io: RealIO(), options: .tiny)
        } catch {
            return "it does not open: \(error)"
        }
        defer { store.close() }
        for (after, id, location) in run.promises where after <= cut {
            if let end = run.endings[id], end <= cut { continue }
            guard let bytes = run.appended[id] else { return "the test forgot \(id)" }
            guard let read = try? store.read(at: location, length: bytes.count), read.bytes == bytes, read.id == id
            else { return "chunk \(id.value) is lost" }
        }
        for segment in try store.segments() {
            var problem: String?
            do {
                _ = try store.enumerate(segment: segment.number) { chunk in
                    guard let bytes = run.appended[chunk.id], Digest.sha256(bytes) == chunk.digest else {
                        problem = "chunk \(chunk.id.value) was never written"
                        return
                    }
                }
            } catch {
                problem = "\(error)"
            }
            if let problem { return problem }
        }
        let used = run.numbers.filter { $0.after <= cut }.map(\.number).max() ?? 0
        let new = try store.append([record(9999, 10)], to: .small)[0]
        return new.segment > used ? nil : "segment number \(new.segment) is used twice"
    }

    /// - Parameter isEnough: whether one problem is all that is asked for.
    private static func states(of run: ChunkRun, isEnough: Bool = false) throws -> (count: Int, problems: [String]) {
        var count = 0
        var problems: [String] = []
        for cut in 0...run.events.count {
            let point = CrashPoint(run.events, cut: cut)
            for survival in point.survivals(randomCount: randomCount) {
                count += 1
                guard let problem = try judge(run, cut: cut, point.image(survival)) else { continue }
                problems.append("after \(cut) events, \(survival): \(problem)")
                if isEnough { return (count, problems) }
            }
        }
        return (count, problems)
    }

    @Test("flushed chunks are in every state, and only what was appended", arguments: 1...6 as ClosedRange<UInt64>)
    func chunks(seed: UInt64) throws {
        let result = try Self.states(of: Self.chunkRun(seed: seed, isPrewritten: seed % 2 == 0))
        #expect(result.problems.isEmpty, "seed \(seed): \(result.problems.prefix(3))")
        #expect(result.count > 100)
    }

    @Test(
        "a disk that flushes nothing of one kind is caught",
        arguments: [".open.seg", "sequence.tmp", "segments", "archive"])
    func lyingDisk(_ suffix: String) throws {
        // Which chunks are lost depends on what was pending; over a few programs some must be.
        let isCaught = try (1...4 as ClosedRange<UInt64>).contains { seed in
            let run = try Self.chunkRun(seed: seed, isPrewritten: false) { path in
                path.hasSuffix(suffix) && !(suffix == ".open.seg" && path.contains("cold"))
            }
            return try !Self.states(of: run, isEnough: true).problems.isEmpty
        }
        #expect(isCaught)
    }

    // MARK: The whole store

    /// A database whose files are kept as they are after each commit.
    private final class CopiedDatabase: Database {
        private let base: SQLiteDatabase
        private let path: String
        private let log: DiskLog
        private let turn = NSLock()

        init(path: String, log: DiskLog) throws {
            self.path = path
            self.log = log
            let began = log.count
            base = try SQLiteDatabase(path: path)
            log.append(.committed(content: try files(), began: began))
        }

        private func files() throws -> [String: [UInt8]] {
            var files: [String: [UInt8]] = [:]
            for file in [path, path + "-wal"] where FileManager.default.fileExists(atPath: file) {
                files[file] = try contents(file)
            }
            return files
        }

        func read<Value>(_ body: (any Transaction) throws(StoreError) -> Value) throws(StoreError) -> Value {
            try base.read(body)
        }

        func write<Value>(_ body: (any Transaction) throws(StoreError) -> Value) throws(StoreError) -> Value {
            turn.lock()
            defer { turn.unlock() }
            let began = log.count
            let value = try base.write(body)
            do {
                log.append(.committed(content: try files(), began: began))
            } catch {
                throw .database("\(error)")
            }
            return value
        }

        /// A copy in the middle of a checkpoint would be no state of the database.
        func checkpoint() throws(StoreError) {}
        func discardLog() throws(StoreError) -> Bool {
            turn.lock()
            defer { turn.unlock() }
            let began = log.count
            let isDone = try base.discardLog()
            do {
                log.append(.committed(content: try files(), began: began))
            } catch {
                throw .database("\(error)")
            }
            return isDone
        }

        func rewrite() throws(StoreError) { try base.rewrite() }
        func integrityProblems() throws(StoreError) -> [String] { try base.integrityProblems() }
        func close() { base.close() }
    }

    private struct StoreRun {
        var events: [DiskEvent] = []
        var root = ""
        /// What the bucket holds after so many steps.
        var models: [[String: [UInt8]]] = [[:]]
    }

    private static func glacier() -> ObjectAttributes {
        var attributes = ObjectAttributes()
        attributes.storageClass = "GLACIER"
        return attributes
    }

    private static func options() -> StoreOptions {
        var options = StoreOptions.small
        options.segments.prewrites = false
        options.segments.smallSegmentBytes = 64 << 10
        options.segments.segmentBytes = 512 << 10
        options.segments.coldSegmentBytes = 256 << 10
        options.checkpointInterval = 1e9
        return options
    }

    private static func storeRun(
        seed: UInt64, ignoresFlush: @escaping @Sendable (String) -> Bool = { _ in false }
    ) async throws -> StoreRun {
        let folder = TemporaryDirectory()
        let io = SimulatedIO(seed: seed, ignoresFlush: ignoresFlush)
        var run = StoreRun()
        run.root = folder.path
        let data = folder.file("data")
        let archive = folder.file("archive")
        try io.makeDirectory(archive)
        try io.synchronizeDirectory(folder.path)
        let held = try StoreFolder.open(data, archive: archive, io: io)
        let database = try CopiedDatabase(path: StoreFolder.databasePath(in: data), log: io.log)
        let chunkStore = try SegmentStore(
            directory: StoreFolder.segmentsPath(in: data), archiveDirectory: archive, storeIdentifier: held.uuid,
            io: io,
            options: options().segments)
        let store = try ObjectStore(
            folder: held, options: options(), database: database, chunkStore: chunkStore, io: io)
        let bucket = try await store.createBucket("bucket")
        var model: [String: [UInt8]] = [:]
        var step = 0
        func perform(_ change: (inout [String: [UInt8]]) -> Void, _ work: () async throws -> Void) async throws {
            io.log.append(.mark(.began(step)))
            try await work()
            change(&model)
            run.models.append(model)
            io.log.append(.mark(.acknowledged(step)))
            step += 1
        }
        func put(_ key: String, _ bytes: [UInt8], isArchive: Bool = false) async throws {
            try await perform({ $0[key] = bytes }) {
                try await store.put(
                    bytes, as: key, in: bucket, attributes: isArchive ? Self.glacier() : ObjectAttributes())
            }
        }
        try await put("small", content(3000, seed: seed))
        try await put("large", content(400_000, seed: seed + 1))
        try await put("old", content(150_000, seed: seed + 2), isArchive: true)
        try await put("small", content(5000, seed: seed + 3))
        var packed: Int64 = 0
        try await perform({ _ in }) { packed = try await store.runLifecycle().packed }
        #expect(packed == 1)
        try await perform({ $0["large"] = nil }) {
            _ = try await store.delete(DeleteRequest(key: ObjectKey("large")), in: bucket)
        }
        try await put("next", content(300_000, seed: seed + 4))
        try await perform({ _ in }) { _ = try await store.collectGarbage() }
        try await put("last", content(1000, seed: seed + 5))
        run.events = io.log.events
        await store.close()
        return run
    }

    /// Opens a store on one state, and compares all that is visible.
    private static func judge(_ run: StoreRun, cut: Int, _ image: DiskImage) async throws -> String? {
        let folder = TemporaryDirectory()
        try image.write(replacing: run.root, by: folder.path)
        try RealIO().makeDirectory(folder.file("archive"))
        let acknowledged = run.events[..<cut].count { if case .mark(.acknowledged) = $0 { true } else { false } }
        let began = run.events[..<cut].count { if case .mark(.began) = $0 { true } else { false } }
        let allowed = run.models[acknowledged...began]
        var options = options()
        // The remembered path is that of the run; the operator names where the files are now.
        options.archiveDirectory = folder.file("archive")
        // The bucket is made before the first step.
        guard began > 0 else {
            do {
                await (try ObjectStore.open(folder.file("data"), options: options)).close()
                return nil
            } catch {
                return "a new store does not open: \(error)"
            }
        }
        let store: ObjectStore
        do { store = try ObjectStore.open(folder.file("data"), options: options) } catch {
            return "it does not open: \(error)"
        }
        var problem: String?
        do {
            let problems = try store.check().problems + store.scrub().problems
            if let first = problems.first { problem = "check: \(first)" }
            let bucket = try store.bucket("bucket")
            var seen: [String: [UInt8]] = [:]
            for item in try store.list(ListingQuery(), in: bucket).items {
                let version = try store.object(item.key, in: bucket)
                if version.isArchived { _ = try await store.restore(item.key, in: bucket, days: 1) }
                seen["\(item.key)"] = try store.read(
                    try store.object(item.key, in: bucket), range: 0..<version.size)
            }
            if !allowed.contains(seen) {
                let sizes = seen.mapValues(\.count)
                problem = "it shows \(sizes), and not \(allowed.map { $0.mapValues(\.count) })"
            }
        } catch {
            problem = "\(error)"
        }
        await store.close()
        return problem
    }

    private static func problems(of run: StoreRun, isEnough: Bool = false) async throws -> (
        count: Int, problems: [String]
    ) {
        var count = 0
        var problems: [String] = []
        for cut in 0...run.events.count {
            let point = CrashPoint(run.events, cut: cut)
            var survivals: [DiskSurvival] = [.nothing, .everything]
            for number in 0..<max(1, randomCount / 2) {
                survivals.append(.random(seed: UInt64(cut * 64 + number), block: number % 2 == 0 ? 512 : 4096))
            }
            // Where nothing is pending there is one state.
            if point.survivals(randomCount: 0).count == 1 { survivals = [.nothing] }
            var images = survivals.map { (survival: $0, image: point.image($0)) }
            // A commit that was under way may be there already.
            let commit = run.events[cut...].first { if case .committed = $0 { true } else { false } }
            if case .committed(let content, let began)? = commit, began < cut {
                for (survival, image) in images {
                    var later = image
                    later.files.merge(content) { $1 }
                    images.append((survival, later))
                }
            }
            for (survival, image) in images {
                count += 1
                guard let problem = try await judge(run, cut: cut, image) else { continue }
                problems.append("after \(cut) events, \(survival): \(problem)")
                if isEnough { return (count, problems) }
            }
        }
        return (count, problems)
    }

    @Test("every acknowledged change is in every state of the whole store, and nothing else is visible")
    func store() async throws {
        let result = try await Self.problems(of: Self.storeRun(seed: 1))
        #expect(result.problems.isEmpty, "\(result.count) states: \(result.problems.prefix(5))")
        #expect(result.count > 200)
    }

    @Test(
        "a store over a disk that does not flush segments, or archives, is caught", arguments: ["segments", "archive"])
    func lyingStore(_ folder: String) async throws {
        let run = try await Self.storeRun(seed: 2) { $0.contains("/\(folder)/") && $0.hasSuffix(".seg") }
        #expect(try await !Self.problems(of: run, isEnough: true).problems.isEmpty)
    }
}
