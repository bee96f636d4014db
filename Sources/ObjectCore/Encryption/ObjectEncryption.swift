// Why this file exists: what is stored of an object's encryption: everything that is needed to find the data key
// again, given the key that wraps it, and nothing that tells the data key.

/// Who keeps the key that wraps data keys.
public enum EncryptionScheme: UInt8, Sendable {
    // The raw values are on disk (docs/FORMAT.md): never renumber.
    /// The server's master key (SSE-S3).
    case master = 1
    /// A named key of the keyring (SSE-KMS).
    case named = 2
    /// The client, who sends it with each request (SSE-C).
    case customer = 3
}

/// What a writer asks for.
public enum EncryptionRequest: Sendable {
    case master
    /// - Parameters:
    ///   - context: bytes that must be the same to decrypt; empty for none.
    ///   - usesBucketKey: kept and told, as S3's clients expect; it changes nothing, since wrapping here costs no call.
    case named(String, context: [UInt8] = [], usesBucketKey: Bool = false)
    case customer(SymmetricKey)
}

/// How an object's bytes are sealed.
public struct ObjectEncryption: Sendable, Hashable {
    public internal(set) var scheme: EncryptionScheme
    /// The named key; the fingerprint of the master key; empty for a customer's key.
    public internal(set) var keyName: String
    /// The version of a named key.
    public internal(set) var keyVersion: Int
    /// The context that a writer gave with a named key.
    public internal(set) var context: [UInt8]
    public internal(set) var usesBucketKey: Bool
    /// The data key under the wrapping key.
    var wrapped: [UInt8]
    /// Random; goes into what is derived of a customer's key.
    var salt: [UInt8]
    /// Tells whether a customer's key is the right one, and nothing else about it.
    var verifier: [UInt8]

    init(
        scheme: EncryptionScheme, keyName: String = "", keyVersion: Int = 0, context: [UInt8] = [],
        usesBucketKey: Bool = false, wrapped: [UInt8] = [], salt: [UInt8] = [], verifier: [UInt8] = []
    ) {
        self.scheme = scheme
        self.keyName = keyName
        self.keyVersion = keyVersion
        self.context = context
        self.usesBucketKey = usesBucketKey
        self.wrapped = wrapped
        self.salt = salt
        self.verifier = verifier
    }

    /// Whether the ETag is the MD5 of the content, as S3 documents for each scheme.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    public var hasDigestAsETag: Bool { scheme == .master }

    /// What the wrapping of the data key authenticates.
    var boundBytes: [UInt8] {
        var writer = RecordWriter()
        writer.byte(scheme.rawValue)
        writer.text(keyName)
        writer.count(keyVersion)
        writer.blob(context)
        writer.blob(salt)
        return Array("cairn data key\u{0}".utf8) + writer.bytes
    }

    /// Whether `key` is the customer's key that the object was sealed with.
    func isSealed(by key: SymmetricKey) -> Bool {
        scheme == .customer && ConstantTime.equal(verifier, ObjectEncryption.verifier(of: key, salt: salt))
    }

    static func verifier(of key: SymmetricKey, salt: [UInt8]) -> [UInt8] { key.code("cairn customer key", salt) }
}

/// Why something that is encrypted, or should be, cannot be read or written.
public enum EncryptionFailure: Sendable, Equatable {
    /// The process was given no master key.
    case noMasterKey
    /// What is asked for is wrapped by a master key (of this fingerprint) that the process was not given.
    case unknownMasterKey(String)
    /// The process was given no keyring.
    case noKeyring
    /// The keyring has no key of this name (and version).
    case noSuchKey(String)
    /// The customer's key is needed and was not given.
    case customerKeyMissing
    /// Another key than the customer's was given.
    case customerKeyWrong
    /// A customer's key was given for what is not sealed by one.
    case customerKeyNotApplicable
    /// The data key is needed and was not given.
    case dataKeyMissing
}

extension ObjectEncryption {
    /// The bytes of docs/FORMAT.md, "Encryption".
    func encoded() -> [UInt8] {
        var writer = RecordWriter()
        writer.byte(scheme.rawValue)
        writer.text(keyName)
        writer.count(keyVersion)
        writer.blob(context)
        writer.byte(usesBucketKey ? 1 : 0)
        writer.blob(wrapped)
        writer.blob(salt)
        writer.blob(verifier)
        return writer.bytes
    }

    init(encoded bytes: [UInt8]) throws(StoreError) {
        self = try bytes.reading { buffer throws(StoreError) in
            var reader = RecordReader(buffer)
            guard let scheme = EncryptionScheme(rawValue: try reader.byte()) else {
                throw .corrupt("a record names an unknown scheme of encryption")
            }
            return ObjectEncryption(
                scheme: scheme, keyName: try reader.text(), keyVersion: try reader.count(),
                context: try reader.blob(), usesBucketKey: try reader.byte() != 0, wrapped: try reader.blob(),
                salt: try reader.blob(), verifier: try reader.blob())
        }
    }
}
