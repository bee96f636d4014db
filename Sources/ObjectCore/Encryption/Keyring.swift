// Why this file exists: data keys are made, wrapped and unwrapped here, and nowhere else does anybody see a wrapping
// key. The store itself never has one: it is handed data keys, one request at a time.
// Invariant: a new data key is wrapped by the newest version of its wrapping key; all older versions still unwrap.
private import Synchronization

/// The keys that a process may use: the master keys, and the named keys that lie in a file under them.
public final class Keyring: Sendable {
    /// A version of a named key, without its bytes.
    public struct Entry: Sendable, Hashable {
        public var name: String
        /// Counted from 1.
        public var version: Int
        public var created: Timestamp
        /// Whether the process has the master key that wraps it.
        public var isUsable: Bool
    }

    /// The name of the key that is meant when a client asks for SSE-KMS and names none, as on AWS.
    public static let defaultKeyName = "aws/s3"

    /// Without any key: only customers' keys can be used.
    public static let empty = Keyring()

    private struct Master: Sendable {
        var fingerprint: String
        var dataKeys: SymmetricKey
        var namedKeys: SymmetricKey
    }

    private struct State {
        /// The text whose keys are in `keys`.
        var size: Int64 = -1
        /// By name, oldest first.
        var keys: [String: [(entry: Entry, key: SymmetricKey?)]] = [:]
    }

    private let masters: [Master]
    private let file: KeyringFile?
    private let state = Mutex(State())
    /// Held while ``defaultKeyName`` is made, so that one request makes it and the others wait.
    private let makingDefaultKey = Mutex(())

    private init() {
        masters = []
        file = nil
    }

    /// - Parameters:
    ///   - masterKeys: the one in use last; those before it still unwrap.
    ///   - path: the file of the named keys, which need not exist; nil for none.
    /// - Throws: ``StoreError/system(_:)``, ``StoreError/corrupt(_:)`` when the file cannot be understood. Keys under
    ///   an unknown master key are no error until they are used.
    public init(masterKeys: [SymmetricKey], path: String?) throws(StoreError) {
        masters = masterKeys.map { key in
            Master(
                fingerprint: Hex.encode(key.code("cairn master key").prefix(8)),
                dataKeys: key.derived("cairn data keys"), namedKeys: key.derived("cairn named keys"))
        }
        file = path.map { KeyringFile(path: $0) }
        try refresh()
    }

    /// Reads master keys: one a line, 32 bytes each in hexadecimal or Base64, the one in use last.
    /// - Returns: nil when a line is anything else, or there is none.
    public static func masterKeys(in text: String) -> [SymmetricKey]? {
        var keys: [SymmetricKey] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let word = line.drop { $0 == " " }.prefix { $0 != " " && $0 != "\r" }
            guard !word.isEmpty else { continue }
            guard let bytes = word.utf8.count == 64 ? Hex.decode(word.utf8) : Base64.decode(word.utf8),
                let key = SymmetricKey(bytes)
            else { return nil }
            keys.append(key)
        }
        return keys.isEmpty ? nil : keys
    }

    /// Whether SSE-S3 and named keys can be used at all.
    public var hasMasterKey: Bool { !masters.isEmpty }

    // MARK: Data keys

    /// A new random key for one object.
    /// - Throws: ``StoreError/encryption(_:)`` when the wrapping key is not there.
    public func newDataKey(_ request: EncryptionRequest) throws(StoreError) -> DataKey {
        let key = try SymmetricKey.random()
        var encryption: ObjectEncryption
        let wrapping: SymmetricKey
        switch request {
        case .master:
            let master = try master()
            encryption = ObjectEncryption(scheme: .master, keyName: master.fingerprint)
            wrapping = master.dataKeys
        case .named(let name, let context, let usesBucketKey):
            if name == Keyring.defaultKeyName { try ensureDefaultKey() }
            let newest = try named(name, version: nil)
            encryption = ObjectEncryption(
                scheme: .named, keyName: name, keyVersion: newest.version, context: context,
                usesBucketKey: usesBucketKey)
            wrapping = newest.key
        case .customer(let customerKey):
            let salt = try SymmetricKey.randomBytes(16)
            encryption = ObjectEncryption(
                scheme: .customer, salt: salt, verifier: ObjectEncryption.verifier(of: customerKey, salt: salt))
            wrapping = customerKey.derived("cairn data keys", salt)
        }
        encryption.wrapped = AES256GCM.seal(
            key.copy(), with: wrapping, nonce: try SymmetricKey.randomBytes(AES256GCM.nonceLength),
            authenticating: encryption.boundBytes)
        return DataKey(key, encryption: encryption)
    }

    /// The key of an object that was written before.
    /// - Throws: ``StoreError/encryption(_:)`` when the wrapping key is not there or another; ``StoreError/corrupt(_:)``
    ///   when what is stored is not what was wrapped.
    public func dataKey(
        of encryption: ObjectEncryption, customerKey: SymmetricKey? = nil
    ) throws(StoreError) -> DataKey {
        let wrapping: SymmetricKey
        switch encryption.scheme {
        case .customer:
            guard let customerKey else { throw .encryption(.customerKeyMissing) }
            guard encryption.isSealed(by: customerKey) else { throw .encryption(.customerKeyWrong) }
            wrapping = customerKey.derived("cairn data keys", encryption.salt)
        case .master, .named:
            guard customerKey == nil else { throw .encryption(.customerKeyNotApplicable) }
            wrapping =
                encryption.scheme == .master
                ? try master(encryption.keyName).dataKeys
                : try named(encryption.keyName, version: encryption.keyVersion).key
        }
        guard
            let bytes = AES256GCM.open(
                encryption.wrapped, with: wrapping, authenticating: encryption.boundBytes),
            let key = SymmetricKey(bytes)
        else { throw .corrupt("a wrapped data key is not what was stored") }
        return DataKey(key, encryption: encryption)
    }

    /// Whether what is sealed as `encryption` says is what `request` asks for, under the newest version of its key.
    public func isAlready(_ encryption: ObjectEncryption?, _ request: EncryptionRequest?) throws(StoreError) -> Bool {
        guard let encryption, let request else { return encryption == nil && request == nil }
        switch request {
        case .master: return encryption.scheme == .master && encryption.keyName == masters.last?.fingerprint
        case .named(let name, let context, let usesBucketKey):
            guard encryption.scheme == .named, encryption.keyName == name, encryption.context == context,
                encryption.usesBucketKey == usesBucketKey
            else { return false }
            return encryption.keyVersion == (try named(name, version: nil).version)
        case .customer(let key): return encryption.isSealed(by: key)
        }
    }

    private func master(_ fingerprint: String? = nil) throws(StoreError) -> Master {
        guard let last = masters.last else { throw .encryption(.noMasterKey) }
        guard let fingerprint else { return last }
        guard let master = masters.first(where: { $0.fingerprint == fingerprint }) else {
            throw .encryption(.unknownMasterKey(fingerprint))
        }
        return master
    }

    // MARK: Named keys

    /// All versions of all named keys, in the order of names and versions.
    public func entries() throws(StoreError) -> [Entry] {
        try refresh()
        return state.withLock { state in
            state.keys.values.flatMap { $0.map(\.entry) }.sorted { ($0.name, $0.version) < ($1.name, $1.version) }
        }
    }

    /// Makes a named key, or a new version of it.
    /// - Parameters:
    ///   - isNew: whether the key must not exist yet; otherwise it must.
    ///   - name: its name.
    /// - Throws: ``StoreError/encryption(_:)``, ``StoreError/invalidArgument(_:)``, ``StoreError/system(_:)``.
    public func addVersion(of name: String, isNew: Bool) throws(StoreError) -> Entry {
        guard KeyringFile.isValid(name: name) else {
            throw .invalidArgument("a key's name has 1 to 256 letters, digits, `-`, `_`, `.`, `:` or `/`")
        }
        guard let file else { throw .encryption(.noKeyring) }
        let master = try master()
        let lock = try file.lock()
        defer { withExtendedLifetime(lock) {} }
        let known = try entries().filter { $0.name == name }
        guard isNew == known.isEmpty else {
            if isNew { throw .invalidArgument("the key \(name) exists already") }
            throw .encryption(.noSuchKey(name))
        }
        let entry = Entry(
            name: name, version: (known.last?.version ?? 0) + 1,
            created: Timestamp(milliseconds: RealIO().wallNanoseconds() / 1_000_000), isUsable: true)
        let sealed = AES256GCM.seal(
            try SymmetricKey.random().copy(), with: master.namedKeys,
            nonce: try SymmetricKey.randomBytes(AES256GCM.nonceLength),
            authenticating: KeyringFile.boundBytes(name, entry.version))
        try file.append(
            KeyringFile.Line(
                name: name, version: entry.version, created: entry.created, master: master.fingerprint,
                sealed: sealed))
        try refresh()
        return entry
    }

    /// Makes the key that writers mean who name none, at its first use, as AWS does.
    private func ensureDefaultKey() throws(StoreError) {
        guard file != nil, hasMasterKey else { return }
        let result = makingDefaultKey.withLock { _ -> Result<Void, StoreError> in
            do throws(StoreError) {
                try refresh()
                if state.withLock({ $0.keys[Keyring.defaultKeyName] == nil }) {
                    _ = try addVersion(of: Keyring.defaultKeyName, isNew: true)
                }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func named(
        _ name: String, version: Int?
    ) throws(StoreError) -> (version: Int, key: SymmetricKey) {
        guard hasMasterKey else { throw .encryption(.noMasterKey) }
        guard file != nil else { throw .encryption(.noKeyring) }
        // A look at the file's size: keys that were made beside the running process are found at once.
        try refresh()
        let found = state.withLock { state in
            version.map { wanted in state.keys[name]?.first { $0.entry.version == wanted } } ?? state.keys[name]?.last
        }
        guard let found, version == nil || found.entry.version == version else {
            throw .encryption(.noSuchKey(name))
        }
        guard let key = found.key else { throw .encryption(.unknownMasterKey(name)) }
        return (found.entry.version, key)
    }

    /// Reads the file again if it has grown; it never changes otherwise.
    private func refresh() throws(StoreError) {
        guard let file, let size = try file.size() else { return }
        guard state.withLock({ $0.size != size }) else { return }
        var fresh = State(size: size)
        for line in try file.lines() {
            var key: SymmetricKey?
            if let master = masters.first(where: { $0.fingerprint == line.master }) {
                guard
                    let bytes = AES256GCM.open(
                        line.sealed, with: master.namedKeys,
                        authenticating: KeyringFile.boundBytes(line.name, line.version)),
                    let opened = SymmetricKey(bytes)
                else { throw .corrupt("version \(line.version) of the key \(line.name) is not what was stored") }
                key = opened
            }
            fresh.keys[line.name, default: []].append(
                (
                    Entry(name: line.name, version: line.version, created: line.created, isUsable: key != nil), key
                ))
        }
        let read = fresh
        state.withLock { $0 = read }
    }
}
