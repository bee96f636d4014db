// Why this file exists: signed notes as https://c2sp.org/signed-note defines them, to the byte, so that any verifier of
// that format checks ours and ours checks any log's.
public import ObjectCore

/// What is wrong with a note, a key or a checkpoint.
public struct AuditError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One sentence.
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// A public key that verifies notes.
public struct NoteVerifier: Sendable, Hashable, CustomStringConvertible {
    /// Signature type Ed25519.
    static let ed25519: UInt8 = 1

    /// Whose key it is; for a log, its origin.
    public let name: String
    public let publicKey: [UInt8]

    /// - Throws: when the name is empty or holds a space or `+`, or the key does not have 32 bytes.
    public init(name: String, publicKey: [UInt8]) throws(AuditError) {
        guard NoteVerifier.isValid(name) else { throw AuditError("\(name) cannot be the name of a key") }
        guard publicKey.count == Ed25519PrivateKey.keyLength else {
            throw AuditError("an Ed25519 public key has 32 bytes, not \(publicKey.count)")
        }
        self.name = name
        self.publicKey = publicKey
    }

    /// Reads the form `name+id+base64`, in which verifier keys are handed round.
    public init(text: String) throws(AuditError) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let key = Base64.decode(String(parts[2])), key.first == NoteVerifier.ed25519 else {
            throw AuditError("a verifier key has the form name+id+base64, with an Ed25519 key")
        }
        try self.init(name: String(parts[0]), publicKey: Array(key.dropFirst()))
        guard Hex.encode(identifier) == parts[1] else {
            throw AuditError("the verifier key of \(name) does not match its own id")
        }
    }

    /// Reads keys in the form `name+id+base64`, one a line.
    public static func list(_ text: String) throws(AuditError) -> [NoteVerifier] {
        var verifiers: [NoteVerifier] = []
        for line in text.split(separator: "\n") { verifiers.append(try NoteVerifier(text: String(line))) }
        return verifiers
    }

    /// The first four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ key).
    public var identifier: [UInt8] {
        Array(Digest.sha256(Array(name.utf8) + [0x0a, NoteVerifier.ed25519] + publicKey).prefix(4))
    }

    public var description: String {
        "\(name)+\(Hex.encode(identifier))+\(Base64.encode([NoteVerifier.ed25519] + publicKey))"
    }

    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && !name.unicodeScalars.contains { $0.properties.isWhitespace || $0 == "+" || $0.value < 32 }
    }
}

/// A private key that signs notes.
public struct NoteSigner: Sendable {
    public let verifier: NoteVerifier
    private let key: Ed25519PrivateKey

    public init(name: String, key: Ed25519PrivateKey) throws(AuditError) {
        verifier = try NoteVerifier(name: name, publicKey: key.publicKey)
        self.key = key
    }

    /// Reads the form `PRIVATE+KEY+name+id+base64`.
    public init(text: String) throws(AuditError) {
        let prefix = "PRIVATE+KEY+"
        let parts = text.dropFirst(prefix.count)
            .split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard text.hasPrefix(prefix), parts.count == 3, let bytes = Base64.decode(String(parts[2])),
            bytes.first == NoteVerifier.ed25519, let key = Ed25519PrivateKey(seed: Array(bytes.dropFirst()))
        else { throw AuditError("this is no private key of the form PRIVATE+KEY+name+id+base64") }
        try self.init(name: String(parts[0]), key: key)
        guard Hex.encode(verifier.identifier) == parts[1] else {
            throw AuditError("the private key of \(verifier.name) does not match its own id")
        }
    }

    /// The form in which the key is kept. Secret.
    public var secretText: String {
        "PRIVATE+KEY+\(verifier.name)+\(Hex.encode(verifier.identifier))+"
            + Base64.encode([NoteVerifier.ed25519] + key.seed)
    }

    fileprivate func line(for text: [UInt8]) throws(AuditError) -> String {
        guard let signature = key.signature(of: text) else { throw AuditError("OpenSSL refused to sign") }
        return "— \(verifier.name) \(Base64.encode(verifier.identifier + signature))\n"
    }
}

/// A text and the signatures under it.
public struct SignedNote: Sendable, Equatable {
    /// More signature lines than this are refused.
    static let signaturesMaximum = 64
    /// A longer note is refused, in bytes.
    static let lengthMaximum = 1 << 20

    /// Ends with a newline.
    public let text: String
    /// Name, key id and signature of each line.
    private let signatures: [(name: String, bytes: [UInt8])]
    private let lines: String

    /// Signs a text that ends with a newline.
    public init(text: String, signers: [NoteSigner]) throws(AuditError) {
        guard text.hasSuffix("\n"), !text.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\n" }) else {
            throw AuditError("the text of a note ends with a newline and holds no other control character")
        }
        guard !signers.isEmpty else { throw AuditError("a note is signed at least once") }
        var lines = ""
        for signer in signers { lines += try signer.line(for: Array(text.utf8)) }
        try self.init(encoded: text + "\n" + lines)
    }

    /// Reads a note. Nothing in it is to be believed before ``verify(_:)``.
    public init(encoded: String) throws(AuditError) {
        guard encoded.utf8.count <= SignedNote.lengthMaximum else { throw AuditError("the note is too long") }
        guard !encoded.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\n" }) else {
            throw AuditError("the note holds a control character")
        }
        // The last empty line separates text and signatures.
        let bytes = Array(encoded.utf8)
        var border: Int?
        for index in stride(from: bytes.count - 1, to: 0, by: -1) where bytes[index] == 10 && bytes[index - 1] == 10 {
            border = index
            break
        }
        guard let border, bytes.last == 10, border < bytes.count - 1 else {
            throw AuditError("the note has no signatures")
        }
        text = String(decoding: bytes[..<border], as: UTF8.self)
        lines = String(decoding: bytes[(border + 1)...], as: UTF8.self)
        var signatures: [(name: String, bytes: [UInt8])] = []
        for line in lines.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "—", NoteVerifier.isValid(String(parts[1])),
                let value = Base64.decode(String(parts[2])), value.count > 4
            else { throw AuditError("a signature line of the note is malformed") }
            signatures.append((String(parts[1]), value))
        }
        guard signatures.count <= SignedNote.signaturesMaximum else { throw AuditError("too many signatures") }
        self.signatures = signatures
    }

    /// The note as it is kept and sent.
    public var encoded: String { text + "\n" + lines }

    /// Which of the known keys have signed.
    /// - Throws: when a signature of a known key is false, or none of a known key is there.
    @discardableResult
    public func verify(_ known: [NoteVerifier]) throws(AuditError) -> [NoteVerifier] {
        var believed: [NoteVerifier] = []
        for verifier in known {
            for signature in signatures
            where signature.name == verifier.name && Array(signature.bytes.prefix(4)) == verifier.identifier {
                guard
                    Ed25519.verify(
                        signature: Array(signature.bytes.dropFirst(4)), of: Array(text.utf8),
                        publicKey: verifier.publicKey)
                else { throw AuditError("the signature of \(verifier.name) is false") }
                believed.append(verifier)
            }
        }
        guard !believed.isEmpty else { throw AuditError("no known key has signed the note") }
        return believed
    }

    public static func == (left: SignedNote, right: SignedNote) -> Bool { left.encoded == right.encoded }
}
