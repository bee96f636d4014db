// Why this file exists: an erasure that was acknowledged holds after a crash at any step of what carries it out, and of
// what was done to the bytes before: no copy of them is left in any segment.
import Foundation
import Synchronization
import Testing

@testable import ObjectCore

@Suite struct ErasedCopiesTests {
    /// A database that is gone after so many writes, as after a crash.
    private final class MortalDatabase: Database {
        private let base: any Database
        private let left: Mutex<Int>

        init(_ base: any Database, writes: Int) {
            self.base = base
            left = Mutex(writes)
        }

        var isDead: Bool { left.withLock { $0 < 0 } }
        func kill(after writes: Int) { left.withLock { $0 = writes } }

        func read<Value>(_ body: (any Transaction) throws(StoreError) -> Value) throws(StoreError) -> Value {
            try base.read(body)
        }

        func write<Value>(_ body: (any Transaction) throws(StoreError) -> Value) throws(StoreError) -> Value {
            let isAlive = left.withLock { left in
                left -= 1
                return left >= 0
            }
            guard isAlive else { throw .database("the machine is off") }
            return try base.write(body)
        }

        func checkpoint() throws(StoreError) { try base.checkpoint() }
        func discardLog() throws(StoreError) -> Bool { try base.discardLog() }
        func rewrite() throws(StoreError) { try base.rewrite() }
        func integrityProblems() throws(StoreError) -> [String] { try base.integrityProblems() }
        func close() { base.close() }
    }

    /// A store whose machine can be switched off at any call of its files or any write of its database.
    private struct Machine {
        let folder = TemporaryDirectory()
        let io = FaultInjectingIO(tracksUnflushed: true)
        let database: MortalDatabase
        let store: ObjectStore

        init(at path: String? = nil) throws {
            let path = path ?? folder.path
            var options = StoreOptions.small
            options.segments.prewrites = false
            let held = try StoreFolder.open(path, io: io)
            database = MortalDatabase(
                try SQLiteDatabase(path: StoreFolder.databasePath(in: path)), writes: .max)
            let chunkStore = try SegmentStore(
                directory: StoreFolder.segmentsPath(in: path), storeIdentifier: held.uuid, io: io,
                options: options.segments)
            store = try ObjectStore(
                folder: held, options: options, database: database, chunkStore: chunkStore, io: io)
        }

        /// Lets the next calls fail from the given one on; the database dies with the files.
        func fail(fromCall call: Int?, fromWrite write: Int?) {
            if let call { io.setPlan([IOFault(index: call, count: .max / 2, effect: .error(EIO))]) }
            if let write { database.kill(after: write) }
        }

        var hasFailed: Bool { database.isDead || io.log.contains(where: \.isFaulted) }
    }

    /// How a machine ends: at which call or write, and whether what was not flushed is lost.
    struct Ending: Sendable, CustomTestStringConvertible {
        var isWrite: Bool
        var losesUnflushed: Bool
        var testDescription: String {
            "at each \(isWrite ? "write of the database" : "call"), \(losesUnflushed ? "power lost" : "process killed")"
        }
        static let all = [
            Ending(isWrite: false, losesUnflushed: false), Ending(isWrite: false, losesUnflushed: true),
            Ending(isWrite: true, losesUnflushed: false), Ending(isWrite: true, losesUnflushed: true),
        ]
    }

    /// Files of the store, segments or the database, that have these bytes.
    private func files(with mark: [UInt8], in path: String) throws -> [String] {
        try [path, path + "/segments"].flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
                holds(folder + "/" + name, mark)
            }
        }
    }

    private func erase(_ key: String, _ store: ObjectStore, _ bucket: Bucket) async throws {
        let version = try store.object(ObjectKey(key), in: bucket)
        let request = EraseRequest(
            key: version.key, version: version.versionID, index: version.index, reason: "request 1")
        guard case .erased = try await store.erase(request, in: bucket) else {
            Issue.record("it was not erased")
            return
        }
    }

    private static let secret = content(100_000, seed: 99)
    private static var mark: [UInt8] { Array(secret[30_000..<30_064]) }

    @Test("a crash at any step of the collection behind an erasure leaves no copy for long", arguments: Ending.all)
    func erasure(_ ending: Ending) async throws {
        var step = 0
        while true {
            let machine = try Machine()
            let bucket = try await machine.store.createBucket("bucket")
            for number in 0..<4 {
                try await machine.store.put(content(90_000, seed: UInt64(number)), as: "k\(number)", in: bucket)
                if number == 1 { try await machine.store.put(Self.secret, as: "secret", in: bucket) }
            }
            try await erase("secret", machine.store, bucket)
            machine.io.clearLog()
            machine.fail(fromCall: ending.isWrite ? nil : step, fromWrite: ending.isWrite ? step : nil)
            do { _ = try await machine.store.collectGarbage() } catch {}
            let hasFailed = machine.hasFailed
            try machine.io.crash(ending.losesUnflushed ? .none : .all)
            await machine.store.close()
            let again = try ObjectStore.open(machine.folder.path)
            if try !files(with: Self.mark, in: machine.folder.path).isEmpty {
                #expect(try again.hasErasedContent, "step \(step)")
            }
            _ = try await again.collectGarbage()
            #expect(try files(with: Self.mark, in: machine.folder.path) == [], "step \(step)")
            #expect(try !again.hasErasedContent, "step \(step)")
            for number in 0..<4 {
                #expect(try again.bytes("k\(number)", in: bucket) == content(90_000, seed: UInt64(number)))
            }
            #expect(try again.check().problems == [] && again.scrub().problems == [], "step \(step)")
            await again.close()
            step += 1
            if !hasFailed { break }
        }
        #expect(step > 4)
    }

    @Test("half a compaction that a crash left is found when what it had copied is erased later", arguments: Ending.all)
    func compaction(_ ending: Ending) async throws {
        var step = 0
        var copies = 0
        while true {
            let machine = try Machine()
            let bucket = try await machine.store.createBucket("bucket")
            try await machine.store.put(Self.secret, as: "secret", in: bucket)
            for number in 0..<4 {
                try await machine.store.put(content(90_000, seed: UInt64(number)), as: "k\(number)", in: bucket)
            }
            for number in 0..<4 {
                _ = try await machine.store.delete(DeleteRequest(key: ObjectKey("k\(number)")), in: bucket)
            }
            machine.io.clearLog()
            machine.fail(fromCall: ending.isWrite ? nil : step, fromWrite: ending.isWrite ? step : nil)
            do { _ = try await machine.store.collectGarbage() } catch {}
            let hasFailed = machine.hasFailed
            try machine.io.crash(ending.losesUnflushed ? .none : .all)
            await machine.store.close()
            if try files(with: Self.mark, in: machine.folder.path).count > 1 { copies += 1 }
            let again = try ObjectStore.open(machine.folder.path)
            #expect(try again.bytes("secret", in: bucket) == Self.secret, "step \(step)")
            try await again.put(content(400_000, seed: 7), as: "kept", in: bucket)
            try await erase("secret", again, bucket)
            _ = try await again.collectGarbage()
            #expect(try files(with: Self.mark, in: machine.folder.path) == [], "step \(step)")
            #expect(try again.check().problems == [], "step \(step)")
            #expect(try again.bytes("kept", in: bucket) == content(400_000, seed: 7))
            await again.close()
            step += 1
            if !hasFailed { break }
        }
        #expect(step > 4)
        // A test of copies that were never there would prove nothing.
        if !ending.isWrite, !ending.losesUnflushed { #expect(copies > 0) }
    }

    @Test("what an upload that was given up has left of the same bytes goes too")
    func abandoned() async throws {
        try await withStore { store, bucket in
            try await store.put(content(900_000, seed: 1), as: "kept", in: bucket)
            let abandoned = store.stage(expectedLength: nil)
            try await abandoned.write(content(300_000, seed: 2) + Self.secret)
            do { _ = try await abandoned.finish() }
            try await store.put(content(300_000, seed: 2) + Self.secret, as: "secret", in: bucket)
            let mark = Array(Self.secret[90_000..<90_064])
            #expect(try !files(with: mark, in: store.path).isEmpty)
            try await erase("secret", store, bucket)
            _ = try await store.collectGarbage()
            #expect(try files(with: mark, in: store.path) == [])
            #expect(try store.bytes("kept", in: bucket) == content(900_000, seed: 1))
        }
    }

    @Test("an archived version is erased where it lies and where it lay before it was packed")
    func packed() async throws {
        try await withStore { store, bucket in
            var attributes = ObjectAttributes()
            attributes.storageClass = "DEEP_ARCHIVE"
            try await store.put(content(900_000, seed: 1), as: "kept", in: bucket)
            try await store.put(Self.secret, as: "secret", in: bucket, attributes: attributes)
            #expect(try await store.runLifecycle().packed == 1)
            #expect(try files(with: Self.mark, in: store.path).count == 2)
            try await erase("secret", store, bucket)
            _ = try await store.collectGarbage()
            #expect(try files(with: Self.mark, in: store.path) == [])
            #expect(try !store.hasErasedContent)
        }
    }

    @Test("check names a copy that a collection could not remove yet")
    func named() async throws {
        let machine = try Machine()
        let bucket = try await machine.store.createBucket("bucket")
        try await machine.store.put(Self.secret, as: "secret", in: bucket)
        try await machine.store.put(content(400_000), as: "kept", in: bucket)
        try await erase("secret", machine.store, bucket)
        // The last thing that a collection does to the old segment is to unlink it.
        machine.io.setPlan([IOFault(kind: .remove, index: 0, count: .max / 2, effect: .error(EIO))])
        await #expect(throws: StoreError.self) { _ = try await machine.store.collectGarbage() }
        let report = try machine.store.check()
        #expect(report.isClean && report.notes.contains { $0.contains("a copy of erased chunk") })
        machine.io.setPlan([])
        _ = try await machine.store.collectGarbage()
        #expect(try machine.store.check().notes == [])
        #expect(try files(with: Self.mark, in: machine.folder.path) == [])
        await machine.store.close()
    }

    @Test("chunks behind a damaged header are not lost to a compaction that cannot see them")
    func damagedHeader() async throws {
        let folder = TemporaryDirectory()
        var store = try ObjectStore.open(folder.path)
        let bucket = try await store.createBucket("bucket")
        for number in 0..<4 {
            try await store.put(content(90_000, seed: UInt64(number)), as: "k\(number)", in: bucket)
        }
        let second = try store.object(ObjectKey("k1"), in: bucket).manifest.entries[0].hint
        await store.close()
        let name = try #require(files(with: Array(content(90_000, seed: 2)[..<64]), in: folder.path).first)
        let file = try RealIO().open(folder.path + "/segments/" + name, .readWrite)
        try RealIO().writeFully(file, [0xFF], at: second.offset - 40)
        store = try ObjectStore.open(folder.path)
        for number in 0..<2 { _ = try await store.delete(DeleteRequest(key: ObjectKey("k\(number)")), in: bucket) }
        try await erase("k2", store, bucket)
        await #expect(throws: StoreError.self) { _ = try await store.collectGarbage() }
        #expect(try store.bytes("k3", in: bucket) == content(90_000, seed: 3))
        await store.close()
    }
}
