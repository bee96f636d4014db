// Why this file exists: what is archived lies in segments of its own, is not copied by what happens to the others, may lie
// elsewhere, and survives a crash at any call of the way there.
import Foundation
import Testing

@testable import ObjectCore

@Suite struct ColdSegmentTests {
    private let folder = TemporaryDirectory()
    private var data: String { folder.file("data") }

    private static func glacier() -> ObjectAttributes {
        var attributes = ObjectAttributes()
        attributes.storageClass = "GLACIER"
        return attributes
    }

    private func coldFiles(in path: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasSuffix(".cold.seg") {
            files[name] = try contents(path + "/" + name)
        }
        return files
    }

    private func places(of key: String, in bucket: Bucket, _ store: ObjectStore) throws -> [Bool] {
        let version = try store.object(ObjectKey(key), in: bucket)
        return try version.manifest.entries.map { entry in
            store.chunkStore.isCold(segment: try #require(try store.location(of: entry.id)).segment)
        }
    }

    private func open(_ archive: String? = nil, io: any IO = RealIO()) throws -> ObjectStore {
        var options = StoreOptions.small
        options.archiveDirectory = archive
        return try ObjectStore.open(data, options: options, io: io)
    }

    @Test("collection of what is in use copies no byte of an archive, whatever becomes of the rest")
    func separate() async throws {
        var store = try open()
        let bucket = try await store.createBucket("bucket")
        for number in 0..<6 {
            let bytes = content(700_000, seed: UInt64(number) + 1)
            try await store.put(bytes, as: "old\(number)", in: bucket, attributes: Self.glacier())
            try await store.put(bytes, as: "new\(number)", in: bucket)
        }
        #expect(try await store.runLifecycle().packed == 6)
        for number in 0..<6 {
            #expect(try places(of: "old\(number)", in: bucket, store).allSatisfy { $0 })
            #expect(try places(of: "new\(number)", in: bucket, store).allSatisfy { !$0 })
        }
        await store.close()
        let before = try coldFiles(in: data + "/segments")
        #expect(before.count == 1)
        store = try open()
        for number in 0..<5 { _ = try await store.delete(DeleteRequest(key: ObjectKey("new\(number)")), in: bucket) }
        let report = try await store.collectGarbage()
        #expect(report.compactedSegments > 0)
        #expect(try coldFiles(in: data + "/segments") == before)
        let statistics = try store.statistics()
        #expect(statistics.coldSegments == 1 && statistics.coldSegmentBytes > 4_000_000)
        // Equal bytes that are written again do not come to lie on the archive's chunks.
        try await store.put(content(700_000, seed: 1), as: "again", in: bucket)
        #expect(try places(of: "again", in: bucket, store).allSatisfy { !$0 })
        // A copy of archived content shares the archive's chunks.
        try await store.put(content(700_000, seed: 1), as: "copy", in: bucket, attributes: Self.glacier())
        #expect(try await store.runLifecycle().packed == 1)
        #expect(try store.statistics().coldSegmentBytes == statistics.coldSegmentBytes)
        #expect(try store.check().problems == [])
        await store.close()
    }

    @Test("an archive that is mostly dead is compacted into another cold segment")
    func coldCompaction() async throws {
        let store = try open()
        let bucket = try await store.createBucket("bucket")
        for number in 0..<6 {
            try await store.put(
                content(300_000, seed: UInt64(number) + 1), as: "k\(number)", in: bucket, attributes: Self.glacier())
        }
        _ = try await store.runLifecycle()
        for number in 0..<5 { _ = try await store.delete(DeleteRequest(key: ObjectKey("k\(number)")), in: bucket) }
        _ = try await store.collectGarbage()
        let statistics = try store.statistics()
        #expect(statistics.coldSegments == 1 && statistics.coldSegmentBytes < 400_000)
        #expect(
            try places(of: "k5", in: bucket, store) == [true, true] || places(of: "k5", in: bucket, store) == [true])
        _ = try await store.restore(ObjectKey("k5"), in: bucket, days: 1)
        #expect(try store.bytes("k5", in: bucket) == content(300_000, seed: 6))
        await store.close()
    }

    @Test("what is sealed moves as it is, unless a copy in use shares its chunks")
    func sealed() async throws {
        let store = try open()
        let bucket = try await store.createBucket("bucket")
        let key = try Keyring.empty.newDataKey(
            .customer(try #require(SymmetricKey([UInt8](repeating: 1, count: 32)))))
        for name in ["alone", "shared"] {
            let writer = store.stage(expectedLength: nil, key: key)
            try await writer.write(content(5_000_000, seed: name == "alone" ? 1 : 2))
            _ = try await store.put(
                try await writer.finish(), as: try ObjectKey(name), in: bucket,
                attributes: name == "alone" ? Self.glacier() : ObjectAttributes())
        }
        let shared = try store.object(ObjectKey("shared"), in: bucket)
        _ = try await store.copy(shared, as: ObjectKey("archived"), in: bucket, attributes: Self.glacier())
        #expect(try await store.runLifecycle().packed == 0)
        #expect(try places(of: "alone", in: bucket, store).allSatisfy { $0 })
        #expect(try places(of: "shared", in: bucket, store).allSatisfy { !$0 })
        let version = try await store.restore(ObjectKey("alone"), in: bucket, days: 1).version
        var reader = try store.reader(of: version, range: 0..<version.size, key: key)
        var bytes: [UInt8] = []
        while let next = try reader.nextBlocking(maximum: 1 << 20) { bytes += next }
        #expect(bytes == content(5_000_000, seed: 1))
        _ = try await store.collectGarbage()
        #expect(try store.check().problems == [] && store.scrub().problems == [])
        await store.close()
    }

    // MARK: A directory of its own

    @Test("archives lie in the directory that was named, and every later start finds them")
    func directory() async throws {
        let archive = folder.file("archive")
        try RealIO().makeDirectory(archive)
        var store = try open(archive + "/")
        let bucket = try await store.createBucket("bucket")
        try await store.put(content(50_000), as: "k", in: bucket, attributes: Self.glacier())
        _ = try await store.runLifecycle()
        #expect(throws: StoreError.self) { try open(archive) }
        await store.close()
        #expect(try coldFiles(in: archive).count == 1)
        #expect(try coldFiles(in: data + "/segments").isEmpty)
        // Without the option too: the store remembers.
        store = try open()
        #expect(store.archivePath == archive)
        _ = try await store.restore(ObjectKey("k"), in: bucket, days: 1)
        #expect(try store.bytes("k", in: bucket) == content(50_000))
        #expect(try store.check().problems == [])
        await store.close()
    }

    @Test("a directory that is missing, another's or empty in the place of one in use is refused in words")
    func refusals() async throws {
        let archive = folder.file("archive")
        func refusal(_ path: String?) -> String {
            do {
                _ = try open(path)
                return "opened"
            } catch {
                return "\(error)"
            }
        }
        #expect(refusal(archive).contains("does not exist"))
        #expect(refusal("archive").contains("root of the file system"))
        try RealIO().makeDirectory(archive)
        try write([1], to: archive + "/stranger")
        #expect(refusal(archive).contains("not empty: it holds stranger"))
        try RealIO().remove(archive + "/stranger")
        let store = try open(archive)
        let bucket = try await store.createBucket("bucket")
        try await store.put(content(50_000), as: "k", in: bucket, attributes: Self.glacier())
        _ = try await store.runLifecycle()
        await store.close()
        // The device is not mounted: gone, or an empty mount point.
        let away = folder.file("away")
        try RealIO().rename(archive, to: away)
        #expect(refusal(nil).contains("is its device mounted?"))
        try RealIO().makeDirectory(archive)
        #expect(refusal(nil).contains("is its device mounted?"))
        #expect(refusal(archive).contains("is its device mounted?"))
        let empty = folder.file("empty")
        try RealIO().makeDirectory(empty)
        #expect(refusal(empty).contains("archives of this store lie in \(archive)"))
        // Moved by the operator: the mark goes along.
        let moved = try open(away)
        #expect(moved.archivePath == away)
        _ = try await moved.restore(ObjectKey("k"), in: bucket, days: 1)
        #expect(try moved.bytes("k", in: bucket) == content(50_000))
        await moved.close()
        #expect(refusal(empty).contains("move all of its files to \(empty)"))
        let other = try ObjectStore.open(folder.file("other"))
        await other.close()
        var options = StoreOptions.small
        options.archiveDirectory = away
        #expect(throws: StoreError.self) { try ObjectStore.open(folder.file("other"), options: options) }
    }

    // MARK: Crashes

    /// What a crash leaves of what was not flushed: nothing, all of it, or what a coin says.
    enum Survival: String, CaseIterable, Sendable { case none, all, some }

    @Test("a crash at any call of a transition loses nothing, and the next pass ends it", arguments: Survival.allCases)
    func crashes(_ survival: Survival) async throws {
        var call = 0
        var isDone = false
        while !isDone {
            let folder = TemporaryDirectory()
            let archive = folder.file("archive")
            try RealIO().makeDirectory(archive)
            let io = FaultInjectingIO(tracksUnflushed: true)
            var options = StoreOptions.small
            options.archiveDirectory = archive
            options.segments.prewrites = false
            options.segments.coldSegmentBytes = 1 << 20
            let store = try ObjectStore.open(folder.file("data"), options: options, io: io)
            let bucket = try await store.createBucket("bucket")
            let bodies = (0..<3).map { content(600_000 + $0, seed: UInt64($0) + 1) }
            for (number, body) in bodies.enumerated() {
                try await store.put(body, as: "k\(number)", in: bucket, attributes: Self.glacier())
            }
            io.clearLog()
            io.setPlan([IOFault(index: call, count: .max / 2, effect: .error(EIO))])
            do { _ = try await store.runLifecycle() } catch {}
            isDone = !io.log.contains(where: \.isFaulted)
            switch survival {
            case .none: try io.crash(.none)
            case .all: try io.crash(.all)
            case .some: try io.crash(.random(seed: UInt64(call)))
            }
            await store.close()
            let again = try ObjectStore.open(folder.file("data"), options: options)
            #expect(try again.check().problems == [], "call \(call)")
            _ = try await again.runLifecycle()
            for (number, body) in bodies.enumerated() {
                let version = try await again.restore(ObjectKey("k\(number)"), in: bucket, days: 1).version
                #expect(version.packed != nil, "call \(call)")
                #expect(try again.read(version, range: 0..<version.size) == body, "call \(call)")
            }
            _ = try await again.collectGarbage()
            #expect(try again.check().problems == [], "call \(call)")
            #expect(try again.scrub().problems == [], "call \(call)")
            await again.close()
            call += 1
        }
        // Segments are made, appended to, sealed and flushed: a transition that makes few calls tests nothing.
        #expect(call > 20)
    }
}
