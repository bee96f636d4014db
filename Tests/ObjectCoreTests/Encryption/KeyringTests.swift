// Why this file exists: which keys open what: rotation, lost and wrong master keys, customers' keys, changed files.
import Foundation
import Testing

@testable import ObjectCore

@Suite("Keyring")
struct KeyringTests {
    private let folder = TemporaryDirectory()
    private var path: String { folder.file("keys") }

    private func key(_ byte: UInt8) throws -> SymmetricKey {
        try #require(SymmetricKey([UInt8](repeating: byte, count: 32)))
    }

    /// Whether both data keys are the same key: what one seals the other opens.
    private func agree(_ left: DataKey, _ right: DataKey) throws -> Bool {
        let sealed = try left.seal([1, 2, 3], as: ChunkID(7))
        return (try? right.open(sealed, of: ChunkID(7))) == [1, 2, 3]
    }

    private static func failure(_ work: () throws(StoreError) -> Void) -> EncryptionFailure? {
        do throws(StoreError) {
            try work()
            return nil
        } catch {
            if case .encryption(let failure) = error { return failure }
            return nil
        }
    }

    @Test("a data key is found again by another process with the same keys, and by nobody else")
    func wrapping() throws {
        let keyring = try Keyring(masterKeys: [try key(1)], path: path)
        _ = try keyring.addVersion(of: "reports", isNew: true)
        let requests: [(EncryptionRequest, SymmetricKey?)] = [
            (.master, nil), (.named("reports", context: [1]), nil), (.customer(try key(9)), try key(9)),
        ]
        for (request, customerKey) in requests {
            let made = try keyring.newDataKey(request)
            let stored = try ObjectEncryption(encoded: made.encryption.encoded())
            #expect(stored == made.encryption)
            let again = try Keyring(masterKeys: [try key(1)], path: path)
            #expect(try agree(made, try again.dataKey(of: stored, customerKey: customerKey)))
            #expect(try !agree(made, try keyring.newDataKey(request)), "each object has a key of its own")
            if customerKey == nil {
                let other = try Keyring(masterKeys: [try key(2)], path: path)
                #expect(throws: StoreError.self) { try other.dataKey(of: stored) }
                #expect(
                    Self.failure { () throws(StoreError) in _ = try Keyring.empty.dataKey(of: stored) } == .noMasterKey)
            }
        }
    }

    @Test("a wrong customer's key, a missing one and a needless one are told apart")
    func customerKeys() throws {
        let mine = try key(5)
        let yours = try key(6)
        let sealed = try Keyring.empty.newDataKey(.customer(mine)).encryption
        #expect(
            Self.failure { () throws(StoreError) in _ = try Keyring.empty.dataKey(of: sealed, customerKey: yours) }
                == .customerKeyWrong)
        #expect(
            Self.failure { () throws(StoreError) in _ = try Keyring.empty.dataKey(of: sealed) } == .customerKeyMissing)
        let keyring = try Keyring(masterKeys: [try key(1)], path: nil)
        let master = try keyring.newDataKey(.master).encryption
        #expect(
            Self.failure { () throws(StoreError) in _ = try keyring.dataKey(of: master, customerKey: mine) }
                == .customerKeyNotApplicable)
    }

    @Test("what is stored of a customer's key is neither the key nor the same twice")
    func customerKeyIsNotStored() throws {
        let bytes = content(32)
        let customerKey = try #require(SymmetricKey(bytes))
        let first = try Keyring.empty.newDataKey(.customer(customerKey)).encryption
        let second = try Keyring.empty.newDataKey(.customer(customerKey)).encryption
        #expect(!Hex.encode(first.encoded()).contains(Hex.encode(bytes)))
        #expect(first.verifier != second.verifier)
    }

    @Test("after a rotation new objects take the new version and old ones still open")
    func rotation() throws {
        let keyring = try Keyring(masterKeys: [try key(1)], path: path)
        _ = try keyring.addVersion(of: "k", isNew: true)
        let old = try keyring.newDataKey(.named("k"))
        // By another process, as `cairn kms rotate` beside a server.
        let beside = try Keyring(masterKeys: [try key(1)], path: path)
        #expect(try beside.addVersion(of: "k", isNew: false).version == 2)
        let new = try keyring.newDataKey(.named("k"))
        #expect(old.encryption.keyVersion == 1)
        #expect(new.encryption.keyVersion == 2)
        #expect(try agree(old, try keyring.dataKey(of: old.encryption)))
        #expect(try agree(new, try beside.dataKey(of: new.encryption)))
        #expect(try !keyring.isAlready(old.encryption, .named("k")))
        #expect(try keyring.isAlready(new.encryption, .named("k")))
        #expect(try !keyring.isAlready(new.encryption, .named("k", context: [1])))
        #expect(try !keyring.isAlready(nil, .named("k")))
        #expect(try keyring.isAlready(nil, nil))
    }

    @Test("a new master key takes over while the old one still opens")
    func masterRotation() throws {
        let before = try Keyring(masterKeys: [try key(1)], path: path)
        _ = try before.addVersion(of: "k", isNew: true)
        let old = try before.newDataKey(.master)
        let named = try before.newDataKey(.named("k"))
        let after = try Keyring(masterKeys: [try key(1), try key(2)], path: path)
        #expect(try agree(old, try after.dataKey(of: old.encryption)))
        #expect(try agree(named, try after.dataKey(of: named.encryption)))
        #expect(try !after.isAlready(old.encryption, .master))
        #expect(try after.newDataKey(.master).encryption.keyName != old.encryption.keyName)
        // Without the old one the named key is known and cannot be used.
        let lost = try Keyring(masterKeys: [try key(2)], path: path)
        #expect(try lost.entries().map(\.isUsable) == [false])
        #expect(
            Self.failure { () throws(StoreError) in _ = try lost.newDataKey(.named("k")) } == .unknownMasterKey("k"))
    }

    @Test("a keyring whose key was changed is refused, whatever byte it is")
    func changedFile() throws {
        let keyring = try Keyring(masterKeys: [try key(1)], path: path)
        _ = try keyring.addVersion(of: "k", isNew: true)
        let whole = try contents(path)
        let text = String(decoding: whole, as: UTF8.self)
        #expect(text.hasPrefix("cairn keyring 1\nk 1 "))
        let start = try #require(text.split(separator: "\n").last?.split(separator: " ").last).utf8.count
        for offset in stride(from: 2, to: start - 2, by: 7) {
            var changed = whole
            let index = changed.count - 1 - offset
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            try write(changed, to: path)
            #expect(throws: StoreError.self, "byte \(index)") { try Keyring(masterKeys: [key(1)], path: path) }
        }
        // A key under another name is another key.
        try write(Array(text.replacing("\nk 1 ", with: "\nq 1 ").utf8), to: path)
        #expect(throws: StoreError.self) { try Keyring(masterKeys: [key(1)], path: path) }
    }

    @Test("names, doubles and missing keys are refused in words")
    func refusals() throws {
        let keyring = try Keyring(masterKeys: [try key(1)], path: path)
        #expect(throws: StoreError.self) { try keyring.addVersion(of: "two words", isNew: true) }
        #expect(throws: StoreError.self) { try keyring.addVersion(of: "", isNew: true) }
        _ = try keyring.addVersion(of: "k", isNew: true)
        #expect(throws: StoreError.self) { try keyring.addVersion(of: "k", isNew: true) }
        #expect(throws: StoreError.encryption(.noSuchKey("q"))) { try keyring.addVersion(of: "q", isNew: false) }
        #expect(throws: StoreError.encryption(.noSuchKey("q"))) { try keyring.newDataKey(.named("q")) }
        #expect(throws: StoreError.encryption(.noMasterKey)) { try Keyring.empty.newDataKey(.master) }
    }

    @Test(
        "master keys are 32 bytes a line, in hexadecimal or Base64",
        arguments: [
            (String(repeating: "0f", count: 32), 1), (Base64.encode([UInt8](repeating: 7, count: 32)) + "\n", 1),
            (String(repeating: "0f", count: 32) + "\n\n" + String(repeating: "a0", count: 32) + "\r\n", 2),
            ("", 0), ("secret", 0), (String(repeating: "0f", count: 31), 0),
        ])
    func masterKeyText(_ text: String, _ count: Int) {
        #expect(Keyring.masterKeys(in: text)?.count ?? 0 == count)
    }

    @Test("a master key file is made once, whole, for its owner alone, by however many ask")
    func masterKeyFile() async throws {
        let path = folder.file("master.key")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { #expect(throws: Never.self) { try MasterKeyFile.makeIfMissing(at: path) } }
            }
        }
        let made = try String(contentsOfFile: path, encoding: .utf8)
        #expect(Keyring.masterKeys(in: made)?.count == 1)
        try MasterKeyFile.makeIfMissing(at: path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == made)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("master") }
                == ["master.key"])
        #expect(throws: StoreError.self) { try MasterKeyFile.makeIfMissing(at: folder.file("absent/master.key")) }
    }

    @Test("the key that is meant when none is named is made at its first use, once")
    func defaultKey() async throws {
        let keyring = try Keyring(masterKeys: [try key(1)], path: path)
        let versions = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<8 {
                group.addTask { try? keyring.newDataKey(.named(Keyring.defaultKeyName)).encryption.keyVersion }
            }
            return await group.reduce(into: [Int?]()) { $0.append($1) }
        }
        #expect(versions == Array(repeating: 1, count: 8))
        #expect(try keyring.entries().map(\.name) == [Keyring.defaultKeyName])
    }
}
