// Why this file exists: the keys of a log: one signs, those before it are still known, so that old checkpoints verify
// after a rotation and a rotation itself is signed by both.
import ObjectCore

/// The keys of a log.
struct AuditKeys: Sendable {
    /// The one in use last.
    private(set) var signers: [NoteSigner]

    /// Those that sign a checkpoint: the one in use and the one before it, whose verifiers thus learn of the change.
    var current: [NoteSigner] { Array(signers.suffix(2).reversed()) }
    var verifiers: [NoteVerifier] { signers.map(\.verifier) }

    /// Reads the keys of a folder, making the first when there is none.
    static func open(_ folder: AuditFolder, origin: String) throws(AuditError) -> AuditKeys {
        if let text = try AuditFolder.read(folder.signingKeys) {
            var signers: [NoteSigner] = []
            for line in text.split(separator: "\n") { signers.append(try NoteSigner(text: String(line))) }
            guard !signers.isEmpty else { throw AuditError("\(folder.signingKeys) holds no key") }
            return AuditKeys(signers: signers)
        }
        var keys = AuditKeys(signers: [])
        try keys.rotate(folder, origin: origin)
        return keys
    }

    /// Makes a new key, which signs from now on.
    mutating func rotate(_ folder: AuditFolder, origin: String) throws(AuditError) {
        let seed: [UInt8]
        do throws(SystemCallError) {
            seed = try RealIO().randomBytes(count: Ed25519PrivateKey.keyLength)
        } catch { throw AuditError("no random bytes: \(error)") }
        guard let key = Ed25519PrivateKey(seed: seed) else { throw AuditError("OpenSSL refused to make a key") }
        signers.append(try NoteSigner(name: origin, key: key))
        try folder.makeDirectory()
        try AuditFolder.write(
            signers.map { $0.secretText + "\n" }.joined(), to: folder.signingKeys)
        try AuditFolder.write(
            signers.map { "\($0.verifier)\n" }.joined(), to: folder.verifierKeys)
    }
}
