// Why this file exists: what is archived takes less, reads as before once it is restored, and never before.
import Testing

@testable import ObjectCore

@Suite("PackedContent") struct PackedContentTests {
    @Test("a block comes back, and takes less where it can", arguments: [1, 17, 4096, PackedContent.blockLength])
    func blocks(length: Int) throws {
        let text = Array("all work and no play ".utf8)
        let block = (0..<length).map { text[$0 % text.count] }
        let packed = PackedContent.pack(block)
        #expect(packed.count <= block.count)
        #expect(try PackedContent.unpack(packed, length: length) == block)
        let noise = content(length)
        #expect(try PackedContent.unpack(PackedContent.pack(noise), length: length) == noise)
    }

    @Test("a damaged block is refused, whatever is done to it")
    func damage() throws {
        let block = [UInt8](repeating: 7, count: 10_000)
        let packed = PackedContent.pack(block)
        for index in packed.indices {
            var damaged = packed
            damaged[index] ^= 0x10
            // The header's level bits say nothing about the content; everything else must be caught.
            let result = try? PackedContent.unpack(damaged, length: block.count)
            #expect(result == nil || result == block)
        }
        #expect(throws: StoreError.self) { try PackedContent.unpack(Array(packed.dropLast()), length: block.count) }
        #expect(throws: StoreError.self) { try PackedContent.unpack(packed, length: block.count - 1) }
    }

    @Test("a table that does not add up is refused")
    func table() throws {
        let table = PackedContent.table([10, 20])
        #expect(try PackedContent(storedLength: 38).starts(table: table) == [0, 10, 30])
        #expect(throws: StoreError.self) { try PackedContent(storedLength: 39).starts(table: table) }
        #expect(throws: StoreError.self) {
            try PackedContent(storedLength: 8 + 2 << 20).starts(table: PackedContent.table([2 << 20]))
        }
    }
}

@Suite("Archive") struct ArchiveTests {
    private static let day: Int64 = 86_400_000

    private final class Fixture {
        let folder = TemporaryDirectory()
        let clock = SetClock(1_700_000_000_000)
        let store: ObjectStore
        let bucket: Bucket

        init() async throws {
            store = try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source)
            bucket = try await store.createBucket("bucket")
        }

        var key: ObjectKey { get throws { try ObjectKey("k") } }
        func version() throws -> ObjectVersion { try store.object(key, in: bucket) }
    }

    /// Bytes that compress, but not to nothing.
    private static func text(_ count: Int) -> [UInt8] {
        let words = content(64).map { $0 % 26 + 97 }
        return (0..<count).map { words[($0 * 7 + $0 / 1000) % words.count] }
    }

    private static func glacier() -> ObjectAttributes {
        var attributes = ObjectAttributes()
        attributes.storageClass = "GLACIER"
        return attributes
    }

    @Test("what is written into an archive is packed, closed until it is restored, and then reads as before")
    func life() async throws {
        let fixture = try await Fixture()
        let store = fixture.store
        let body = Self.text(3_500_000)
        try await store.put(body, as: "k", in: fixture.bucket, attributes: Self.glacier())
        let before = try fixture.version()
        #expect(throws: StoreError.archived("GLACIER")) { try store.read(before, range: 0..<1) }
        #expect(throws: StoreError.archived("GLACIER")) { try store.regions(of: before, range: 0..<1) }
        let report = try await store.runLifecycle()
        #expect(report.packed == 1)
        #expect(report.packedSavedBytes > 3_000_000)
        let packed = try fixture.version()
        #expect(packed.size == before.size && packed.etag == before.etag && packed.index == before.index)
        #expect(packed.storedLength + report.packedSavedBytes == before.size)
        #expect(throws: StoreError.archived("GLACIER")) { try store.read(packed, range: 0..<1) }
        #expect(try await store.restore(fixture.key, in: fixture.bucket, days: 2).wasReadable == false)
        #expect(try await store.restore(fixture.key, in: fixture.bucket, days: 2).wasReadable)
        let restored = try fixture.version()
        #expect(try store.read(restored, range: 0..<restored.size) == body)
        for range in [0..<1, 1_048_575..<1_048_577, 1_000_000..<3_200_000, 3_499_999..<3_500_000] as [Range<Int64>] {
            #expect(
                try store.read(restored, range: range) == Array(body[Int(range.lowerBound)..<Int(range.upperBound)]))
        }
        // A second pass has nothing to do, and what was read from is collected without harm.
        #expect(try await store.runLifecycle().packed == 0)
        _ = try await store.collectGarbage()
        #expect(try store.read(restored, range: 0..<restored.size) == body)
        #expect(try store.check().problems == [])
        #expect(try store.scrub().problems == [])
        fixture.clock.pass(3 * Self.day)
        #expect(throws: StoreError.archived("GLACIER")) { try store.read(try fixture.version(), range: 0..<1) }
        await store.close()
        let again = try ObjectStore.open(
            fixture.folder.path, options: .small, io: RealIO(), time: fixture.clock.source)
        #expect(try again.object(fixture.key, in: fixture.bucket).packed == packed.packed)
        await again.close()
    }

    @Test("a restored object can be copied out, whole and as a part; a closed one cannot")
    func copies() async throws {
        let fixture = try await Fixture()
        let store = fixture.store
        let body = Self.text(2_000_000)
        try await store.put(body, as: "k", in: fixture.bucket, attributes: Self.glacier())
        _ = try await store.runLifecycle()
        let target = try ObjectKey("copy")
        let upload = try await store.createUpload(target, in: fixture.bucket, attributes: ObjectAttributes())
        let closed = try fixture.version()
        await #expect(throws: StoreError.archived("GLACIER")) {
            _ = try await store.copy(closed, as: target, in: fixture.bucket, attributes: ObjectAttributes())
        }
        await #expect(throws: StoreError.archived("GLACIER")) {
            _ = try await store.copyPart(from: closed, range: 0..<10, number: 1, of: upload)
        }
        _ = try await store.restore(fixture.key, in: fixture.bucket, days: 1)
        let open = try fixture.version()
        let copy = try await store.copy(open, as: target, in: fixture.bucket, attributes: ObjectAttributes())
        #expect(copy.packed == nil && copy.etag == open.etag)
        #expect(try store.bytes("copy", in: fixture.bucket) == body)
        let part = try await store.copyPart(from: open, range: 5..<1_500_000, number: 1, of: upload)
        #expect(part.size == 1_499_995)
        #expect(try store.check().problems == [])
        await store.close()
    }

    @Test("what is sealed or small is not packed, and what does not compress takes a table more")
    func unpacked() async throws {
        let fixture = try await Fixture()
        let store = fixture.store
        try await store.put(content(100_000), as: "noise", in: fixture.bucket, attributes: Self.glacier())
        try await store.put(Self.text(100), as: "small", in: fixture.bucket, attributes: Self.glacier())
        let key = try Keyring.empty.newDataKey(
            .customer(try #require(SymmetricKey([UInt8](repeating: 1, count: 32)))))
        let writer = store.stage(expectedLength: nil, key: key)
        try await writer.write(Self.text(100_000))
        _ = try await store.put(
            try await writer.finish(), as: try ObjectKey("sealed"), in: fixture.bucket, attributes: Self.glacier())
        let report = try await store.runLifecycle()
        #expect(report.packed == 1 && report.packedSavedBytes == 0)
        for name in ["small", "sealed"] {
            #expect(try await store.restore(try ObjectKey(name), in: fixture.bucket, days: 1).version.packed == nil)
        }
        let noise = try await store.restore(try ObjectKey("noise"), in: fixture.bucket, days: 1).version
        #expect(noise.packed?.storedLength == 100_004)
        #expect(try store.bytes("noise", in: fixture.bucket) == content(100_000))
        await store.close()
    }

    @Test("an object that goes before it is packed is no trouble, and one in STANDARD needs no restore")
    func gone() async throws {
        let fixture = try await Fixture()
        try await fixture.store.put(Self.text(9000), as: "k", in: fixture.bucket, attributes: Self.glacier())
        try await fixture.store.put(Self.text(9000), as: "k", in: fixture.bucket)
        #expect(try await fixture.store.runLifecycle().packed == 0)
        await #expect(throws: StoreError.notArchived("STANDARD")) {
            _ = try await fixture.store.restore(fixture.key, in: fixture.bucket, days: 1)
        }
        await fixture.store.close()
    }

    @Test("rules move versions down the waterfall, never up, and what is too small stays")
    func transitions() async throws {
        let fixture = try await Fixture()
        let store = fixture.store
        try await store.setVersioning(.enabled, of: fixture.bucket)
        let bucket = try store.bucket("bucket")
        try await store.put(Self.text(200_000), as: "k", in: bucket)
        try await store.put(Self.text(300_000), as: "k", in: bucket)
        try await store.put(Self.text(1000), as: "small", in: bucket)
        var rule = LifecycleRule(id: "r", isEnabled: true, filter: LifecycleFilter(form: .filter))
        rule.transitions = [
            .init(time: .days(30), storageClass: "STANDARD_IA"), .init(time: .days(60), storageClass: "GLACIER"),
        ]
        rule.noncurrentTransitions = [.init(days: 10, storageClass: "DEEP_ARCHIVE")]
        try await store.setBucketSetting(
            LifecycleConfiguration.settingName,
            to: LifecycleConfiguration(
                rules: [rule], transitionDefaultMinimumObjectSize: "all_storage_classes_128K"
            ).encoded, of: bucket)
        func classes() throws -> [String] {
            try store.listVersions(ListingQuery(), in: bucket).items.map(\.object.storageClass)
        }
        #expect(try await store.runLifecycle().transitioned == 0)
        fixture.clock.pass(11 * Self.day)
        #expect(try await store.runLifecycle().transitioned == 1)
        #expect(try classes() == ["STANDARD", "DEEP_ARCHIVE", "STANDARD"])
        fixture.clock.pass(20 * Self.day)
        #expect(try await store.runLifecycle().transitioned == 1)
        #expect(try classes() == ["STANDARD_IA", "DEEP_ARCHIVE", "STANDARD"])
        fixture.clock.pass(30 * Self.day)
        let report = try await store.runLifecycle()
        #expect(report.transitioned == 1 && report.packed == 1)
        #expect(try classes() == ["GLACIER", "DEEP_ARCHIVE", "STANDARD"])
        #expect(try await store.runLifecycle().transitioned == 0)
        #expect(try store.check().problems == [])
        await store.close()
    }

    @Test("rules are stored whole, and those of the first form still read")
    func coding() throws {
        var rule = LifecycleRule(id: "r", isEnabled: true, filter: LifecycleFilter(form: .and, prefix: "p"))
        rule.transitions = [.init(time: .date(milliseconds: 5), storageClass: "GLACIER")]
        rule.noncurrentTransitions = [.init(days: 0, newerVersions: 3, storageClass: "DEEP_ARCHIVE")]
        let configuration = LifecycleConfiguration(
            rules: [rule, LifecycleRule(id: "s", isEnabled: false, filter: LifecycleFilter(form: .filter))],
            transitionDefaultMinimumObjectSize: "x")
        #expect(try LifecycleConfiguration(encoded: configuration.encoded) == configuration)
        var writer = RecordWriter()
        writer.byte(1)
        writer.text("")
        writer.count(1)
        writer.text("old")
        for byte: UInt8 in [1, 2, 0] { writer.byte(byte) }
        writer.text("")
        writer.pairs([])
        writer.signed(-1)
        writer.signed(-1)
        writer.byte(1)
        writer.count(5)
        for _ in 0..<3 { writer.signed(-1) }
        let old = try LifecycleConfiguration(encoded: writer.sealed(with: Array("lifecycle".utf8)))
        #expect(old.rules.map(\.id) == ["old"] && old.rules[0].expiration == .days(5))
    }
}
