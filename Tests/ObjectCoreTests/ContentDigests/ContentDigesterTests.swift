// Why this file exists: the SHA-256 that a commit left open is computed later, once, of exactly what was written, and
// changes nothing else; what cannot be read says so and stays in the queue.
import Testing

@testable import ObjectCore

@Suite("ContentDigester") struct ContentDigesterTests {
    private let key = try! ObjectKey("k")
    private let customerKey = SymmetricKey([UInt8](repeating: 3, count: 32))!

    private func keyring(_ byte: UInt8 = 1) throws -> Keyring {
        try Keyring(masterKeys: [try #require(SymmetricKey([UInt8](repeating: byte, count: 32)))], path: nil)
    }

    /// An object of parts.
    private func assemble(
        _ bytes: [UInt8], as name: String = "k", parts: Int = 2, dataKey: DataKey? = nil,
        attributes: ObjectAttributes = ObjectAttributes(), in bucket: Bucket, _ store: ObjectStore
    ) async throws -> ObjectVersion {
        let key = try ObjectKey(name)
        let upload = try await store.createUpload(
            key, in: bucket, attributes: attributes, encryption: dataKey?.encryption)
        var named: [CompletedPart] = []
        let length = (bytes.count + parts - 1) / parts
        for number in 1...parts {
            let piece = bytes[(number - 1) * length..<min(number * length, bytes.count)]
            let writer = store.stage(key: dataKey)
            try await writer.write(Array(piece))
            let part = try await store.putPart(
                try await writer.finish(), number: number, of: upload, checksums: [])
            named.append(CompletedPart(number: number, etag: part.etag))
        }
        return try await store.completeUpload(upload.id, of: key, in: bucket, parts: named)
    }

    private func states(_ store: ObjectStore) throws -> [DigestState: Int64] { try store.pendingDigestCounts() }

    @Test("an object of parts, its copy and its clone get their digest; nothing else of them changes")
    func assembled() async throws {
        try await withStore { store, bucket in
            let bytes = content(11_000_000)
            let before = try await assemble(bytes, in: bucket, store)
            let copy = try await store.copy(
                before, as: try ObjectKey("copy"), in: bucket, attributes: ObjectAttributes())
            try await store.put([1], as: "whole", in: bucket)
            #expect(before.sha256 == nil && copy.sha256 == nil)
            #expect(try states(store) == [.pending: 2])
            #expect(try store.digestStates(of: [before.index, 1]) == [before.index: .pending])
            let digester = ContentDigester(store)
            try digester.turn()
            #expect(digester.computedCount == 2 && digester.failedCount == 0)
            #expect(try states(store).isEmpty)
            let after = try store.object(key, in: bucket)
            #expect(after.sha256 == Digest.sha256(bytes))
            #expect(try store.object(try ObjectKey("copy"), in: bucket).sha256 == Digest.sha256(bytes))
            #expect(after.index == before.index && after.etag == before.etag && after.modified == before.modified)
            #expect(after.attributes.checksums == before.attributes.checksums && after.parts == before.parts)
            #expect(after.manifest == before.manifest)
            // A copy of what has its digest has it as well.
            _ = try await store.copy(after, as: try ObjectKey("late"), in: bucket, attributes: ObjectAttributes())
            #expect(try states(store).isEmpty)
            try digester.turn()
            let told = try store.journalEntries(limit: .max).filter {
                CanonicalJSON($0.bytes)?["kind"]?.text == "object.digested"
            }
            #expect(told.count == 2)
        }
    }

    @Test("what is sealed under a key of the server is opened; under a customer's key it is never tried")
    func sealed() async throws {
        try await withStore { store, bucket in
            let bytes = content(6_000_000)
            _ = try await assemble(
                bytes, as: "server", parts: 1, dataKey: try keyring().newDataKey(.master), in: bucket, store)
            let customer = try await assemble(
                bytes, as: "customer", parts: 1, dataKey: try Keyring.empty.newDataKey(.customer(customerKey)),
                in: bucket, store)
            #expect(try states(store) == [.pending: 1, .customerKey: 1])
            // Without the key it waits under another name, and is tried again.
            try ContentDigester(store, keyring: try keyring(9)).turn()
            #expect(try states(store) == [.keyMissing: 1, .customerKey: 1])
            let digester = ContentDigester(store, keyring: try keyring())
            try digester.turn()
            #expect(try states(store) == [.customerKey: 1])
            #expect(try store.object(try ObjectKey("server"), in: bucket).sha256 == Digest.sha256(bytes))
            let asked = PendingDigest(index: customer.index, bucket: bucket.id, key: customer.key)
            #expect(try compute([asked], bytesMaximum: .max, digester).isEmpty)
            _ = try await store.delete(DeleteRequest(key: customer.key), in: bucket)
            #expect(try states(store).isEmpty)
        }
    }

    @Test("damaged bytes get no digest, are told, and get theirs when they are whole again")
    func damaged() async throws {
        try await withStore { store, bucket in
            let bytes = content(200)
            let version = try await assemble(bytes, parts: 1, in: bucket, store)
            let other = try await assemble(content(300, seed: 2), as: "other", parts: 1, in: bucket, store)
            let entry = try #require(version.manifest.entries.first)
            let path = "\(store.folder.path)/segments"
            let stored = try store.region(of: entry, skip: 0, length: entry.chunkLength).bytes()
            let names = try RealIO().list(path).filter { $0.hasSuffix(".seg") }
            let name = try #require(names.first { $0.contains(String(entry.hint.segment)) })
            let file = try RealIO().open("\(path)/\(name)", .readWrite)
            var changed = stored
            changed[7] ^= 1
            try RealIO().writeFully(file, changed, at: entry.hint.offset)
            let digester = ContentDigester(store)
            try digester.turn()
            #expect(digester.failedCount == 1 && digester.computedCount == 1)
            #expect(try store.version(other.versionID, of: other.key, in: bucket).sha256 != nil)
            let left = try store.pendingDigests(.unreadable, limit: 10)
            #expect(left.map(\.index) == [version.index] && left.allSatisfy { !$0.reason.isEmpty })
            try RealIO().writeFully(file, stored, at: entry.hint.offset)
            try digester.turn()
            #expect(try store.object(key, in: bucket).sha256 == Digest.sha256(bytes))
            #expect(try states(store).isEmpty)
        }
    }

    @Test("what is gone leaves the queue; what a snapshot shows gets its digest")
    func gone() async throws {
        try await withStore { store, bucket in
            _ = try await assemble(content(100), as: "gone", parts: 1, in: bucket, store)
            let bytes = content(200)
            _ = try await assemble(bytes, as: "shown", parts: 1, in: bucket, store)
            _ = try await store.createSnapshot("s", of: bucket)
            _ = try await assemble(content(100), as: "gone", parts: 1, in: bucket, store)
            for name in ["gone", "shown"] {
                _ = try await store.delete(DeleteRequest(key: try ObjectKey(name)), in: bucket)
            }
            // Both first versions are shown; the second of the one went.
            #expect(try states(store) == [.pending: 2])
            try ContentDigester(store).turn()
            #expect(try states(store).isEmpty)
            let view = try store.bucket("bucket.s")
            #expect(try store.object(try ObjectKey("shown"), in: view).sha256 == Digest.sha256(bytes))
            _ = try await assemble(content(100), as: "later", parts: 1, in: bucket, store)
            _ = try await store.createSnapshot("t", of: bucket)
            _ = try await store.delete(DeleteRequest(key: try ObjectKey("later")), in: bucket)
            #expect(try states(store) == [.pending: 1])
            try await store.deleteSnapshot("bucket.t")
            _ = try await store.collectGarbage()
            #expect(try states(store).isEmpty)
        }
    }

    @Test("archived content is read too, packed or not")
    func archived() async throws {
        try await withStore { store, bucket in
            let bytes = [UInt8](repeating: 7, count: 3_000_000)
            var attributes = ObjectAttributes()
            attributes.storageClass = "GLACIER"
            _ = try await assemble(bytes, as: "a", parts: 1, attributes: attributes, in: bucket, store)
            #expect(try await store.runLifecycle().packed == 1)
            _ = try await assemble(bytes, as: "b", parts: 1, attributes: attributes, in: bucket, store)
            try ContentDigester(store).turn()
            for name in ["a", "b"] {
                #expect(try store.object(try ObjectKey(name), in: bucket).sha256 == Digest.sha256(bytes))
            }
        }
    }

    @Test("a question computes what fits into its limit, and the digest is recorded")
    func atOnce() async throws {
        try await withStore { store, bucket in
            var asked: [PendingDigest] = []
            for (name, count) in [("large", 5000), ("small", 100)] {
                let version = try await assemble(content(count), as: name, parts: 1, in: bucket, store)
                asked.append(PendingDigest(index: version.index, bucket: bucket.id, key: version.key))
            }
            let digester = ContentDigester(store)
            let cancelled = try compute(asked, bytesMaximum: 1000, digester, isCancelled: true)
            #expect(cancelled.isEmpty)
            let known = try compute(asked, bytesMaximum: 1000, digester)
            #expect(known == [asked[1].index: Digest.sha256(content(100))])
            #expect(try states(store) == [.pending: 1])
            #expect(try store.object(try ObjectKey("small"), in: bucket).sha256 == known[asked[1].index])
            // What is known already is answered from its row.
            #expect(try compute(asked, bytesMaximum: 0, digester) == known)
        }
    }

    private func compute(
        _ asked: [PendingDigest], bytesMaximum: Int64, _ digester: ContentDigester, isCancelled: Bool = false
    ) throws -> [Int64: [UInt8]] {
        try digester.compute(asked, bytesMaximum: bytesMaximum, isCancelled: { isCancelled })
    }

    @Test("the thread keeps to its rate, ends in the middle of a version, and the next life takes it up")
    func background() async throws {
        let folder = TemporaryDirectory()
        var store = try ObjectStore.open(folder.path)
        let bucket = try await store.createBucket("bucket")
        let bytes = content(4 << 20)
        _ = try await assemble(bytes, parts: 1, in: bucket, store)
        var options = DigestOptions()
        options.bytesPerSecond = 1
        let slow = ContentDigester(store, options: options)
        slow.start()
        try await Task.sleep(for: .milliseconds(300))
        slow.close()
        #expect(slow.computedCount == 0)
        #expect(try states(store) == [.pending: 1])
        await store.close()
        store = try ObjectStore.open(folder.path)
        let next = ContentDigester(store)
        next.start()
        for _ in 0..<200 where next.computedCount == 0 { try await Task.sleep(for: .milliseconds(50)) }
        next.close()
        #expect(try store.object(key, in: bucket).sha256 == Digest.sha256(bytes))
        await store.close()
    }
}
