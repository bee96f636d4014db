// Why this file exists: when a key was used last is worth a row now and then, and not a write for each request.
import Testing

@testable import ObjectCore

@Suite struct KeyUseTests {
    @Test("the last use is known at once, and after a restart, without an entry of the journal")
    func restart() async throws {
        let folder = TemporaryDirectory()
        var store = try ObjectStore.open(folder.path)
        let key = try await store.createAccessKey(displayName: "owner")
        #expect(store.lastUse(of: key.id) == nil)
        store.noteUse(of: key.id, service: "s3", seconds: 125)
        let use = KeyUse(at: Timestamp(milliseconds: 120_000), service: "s3")
        #expect(store.lastUse(of: key.id) == use)
        let entries = try store.journalEntries().count
        try await store.recordKeyUses()
        #expect(store.keyUses.takeChanges().isEmpty)
        store.noteUse(of: key.id, service: "s3", seconds: 179)
        #expect(store.keyUses.takeChanges().isEmpty, "the same minute")
        #expect(try store.journalEntries().count == entries)
        await store.close()
        store = try ObjectStore.open(folder.path)
        #expect(store.lastUse(of: key.id) == use)
        store.noteUse(of: key.id, service: "iam", seconds: 180)
        await store.close()
        store = try ObjectStore.open(folder.path)
        #expect(store.lastUse(of: key.id)?.service == "iam", "closing writes it down")
        await store.close()
    }

    @Test("many keys are written in batches, each once")
    func batches() async throws {
        let folder = TemporaryDirectory()
        var store = try ObjectStore.open(folder.path)
        for number in 0..<1200 { store.noteUse(of: "key-\(number)", service: "s3", seconds: 60) }
        try await store.recordKeyUses()
        await store.close()
        store = try ObjectStore.open(folder.path)
        for number in 0..<1200 { #expect(store.lastUse(of: "key-\(number)") != nil) }
        await store.close()
    }
}
