// Why this file exists: locks change in one direction, and nothing that removes data gets round them.
import Testing

@testable import ObjectCore

@Suite("Locking") struct LockingTests {
    private static let future = Timestamp(milliseconds: 4_000_000_000_000)
    private static let later = Timestamp(milliseconds: 4_000_000_000_001)
    private static let sooner = Timestamp(milliseconds: 3_999_999_999_999)

    private static func retention(_ mode: Retention.Mode, _ until: Timestamp = future) -> Retention {
        Retention(mode: mode, until: until)
    }

    @Test(
        "what a retention may become",
        arguments: [
            (Retention.Mode.governance, Optional(retention(.governance, later)), true, true),
            (.governance, retention(.governance), true, true),
            (.governance, retention(.governance, sooner), false, true),
            (.governance, retention(.compliance, later), false, true), (.governance, nil, false, true),
            (.compliance, retention(.compliance, later), true, true),
            (.compliance, retention(.compliance), true, true),
            (.compliance, retention(.compliance, sooner), false, false),
            (.compliance, retention(.governance, later), false, false), (.compliance, nil, false, false),
        ])
    func changes(_ mode: Retention.Mode, _ new: Retention?, _ plain: Bool, _ bypassing: Bool) async throws {
        for (bypass, isAllowed) in [(false, plain), (true, bypassing)] {
            try await withStore { store, _ in
                let bucket = try await store.createBucket("locked", hasObjectLock: true)
                var attributes = ObjectAttributes()
                attributes.retention = Self.retention(mode)
                let version = try await store.put([1], as: "k", in: bucket, attributes: attributes)
                let change = { () async throws in
                    _ = try await store.setRetention(
                        new, of: version.key, version: version.versionID, in: bucket, bypassesGovernance: bypass)
                }
                if isAllowed {
                    try await change()
                } else {
                    await #expect(throws: StoreError.self) { try await change() }
                }
                let now = try store.object(version.key, in: bucket)
                #expect(now.attributes.retention == (isAllowed ? new : Self.retention(mode)))
                let last = String(decoding: try #require(try store.journalEntries().last).bytes, as: UTF8.self)
                #expect(last.contains(isAllowed ? "\"kind\":\"retention.set\"" : "\"kind\":\"refused\""))
            }
        }
    }

    @Test("an ended retention may become anything")
    func ended() async throws {
        try await withStore { store, _ in
            let bucket = try await store.createBucket("locked", hasObjectLock: true)
            var attributes = ObjectAttributes()
            attributes.retention = Retention(mode: .compliance, until: Timestamp(milliseconds: 1))
            let version = try await store.put([1], as: "k", in: bucket, attributes: attributes)
            _ = try await store.setRetention(nil, of: version.key, in: bucket)
            #expect(try store.object(version.key, in: bucket).attributes.retention == nil)
        }
    }

    @Test("the default retention is given at the commit, to puts, copies and completed uploads")
    func defaults() async throws {
        try await withStore { store, _ in
            var bucket = try await store.createBucket("locked", hasObjectLock: true)
            let free = try await store.put([1], as: "before", in: bucket)
            let upload = try await store.createUpload(
                try ObjectKey("upload"), in: bucket, attributes: ObjectAttributes())
            let part = try await store.putPart(try await store.stage([3]), number: 1, of: upload, checksums: [])
            let retention = try #require(DefaultRetention(mode: .compliance, period: .years(1)))
            bucket = try await store.setObjectLock(default: retention, of: bucket)
            #expect(try store.defaultRetention(of: bucket) == retention)
            let put = try await store.put([2], as: "put", in: bucket)
            let copy = try await store.copy(
                free, as: try ObjectKey("copy"), in: bucket, attributes: ObjectAttributes())
            let assembled = try await store.completeUpload(
                upload.id, of: upload.key, in: bucket, parts: [CompletedPart(number: 1, etag: part.etag)])
            for version in [put, copy, assembled] {
                let given = try #require(version.attributes.retention)
                #expect(given.mode == .compliance)
                #expect(given.until.milliseconds == version.modified.milliseconds + 365 * 86_400_000)
            }
            #expect(free.attributes.retention == nil)
            var attributes = ObjectAttributes()
            attributes.retention = Self.retention(.governance)
            let own = try await store.put([4], as: "own", in: bucket, attributes: attributes)
            #expect(own.attributes.retention == Self.retention(.governance))
            try await store.setObjectLock(default: nil, of: bucket)
            #expect(try await store.put([5], as: "after", in: bucket).attributes.retention == nil)
        }
    }

    @Test("a hold that was taken off is told as off, and one that never was is told as nothing")
    func legalHold() async throws {
        try await withStore { store, _ in
            let bucket = try await store.createBucket("locked", hasObjectLock: true)
            let version = try await store.put([1], as: "k", in: bucket)
            #expect(!version.attributes.hasLegalHoldStatus)
            _ = try await store.setLegalHold(true, of: version.key, in: bucket)
            let request = DeleteRequest(key: version.key, version: version.versionID, bypassesGovernance: true)
            await #expect(throws: StoreError.self) { try await store.delete(request, in: bucket) }
            _ = try await store.setLegalHold(false, of: version.key, in: bucket)
            let off = try store.object(version.key, in: bucket).attributes
            #expect(off.hasLegalHoldStatus && !off.isOnLegalHold)
            _ = try await store.delete(request, in: bucket)
        }
    }

    @Test("Object Lock needs versions, and holds them from then on")
    func switchingOn() async throws {
        try await withStore { store, bucket in
            await #expect(throws: StoreError.self) { try await store.setObjectLock(default: nil, of: bucket) }
            try await store.setVersioning(.enabled, of: bucket)
            try await store.setObjectLock(default: nil, of: bucket)
            await #expect(throws: StoreError.self) { try await store.setVersioning(.suspended, of: bucket) }
            #expect(try store.bucket("bucket").hasObjectLock)
        }
    }

    @Test("settings and locks are there after a restart")
    func restart() async throws {
        let folder = TemporaryDirectory()
        var store = try ObjectStore.open(folder.path)
        var bucket = try await store.createBucket("locked", hasObjectLock: true)
        let retention = try #require(DefaultRetention(mode: .governance, period: .days(3)))
        bucket = try await store.setObjectLock(default: retention, of: bucket)
        try await store.setBucketSetting("cors", to: [1, 2], of: bucket)
        try await store.setBucketSetting("tagging", to: [3], of: bucket)
        try await store.setBucketSetting("tagging", to: nil, of: bucket)
        await store.close()
        store = try ObjectStore.open(folder.path)
        bucket = try store.bucket("locked")
        #expect(try store.defaultRetention(of: bucket) == retention)
        #expect(store.bucketSetting("cors", of: bucket) == [1, 2])
        #expect(store.bucketSetting("tagging", of: bucket) == nil)
        await store.close()
    }
}
