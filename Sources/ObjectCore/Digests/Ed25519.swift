// Why this file exists: the journal's checkpoints are signed with Ed25519 (RFC 8032), which OpenSSL has.
private import COpenSSL

/// A private key for Ed25519.
public struct Ed25519PrivateKey: Sendable {
    /// Length of a seed and of a public key, in bytes.
    public static let keyLength = 32
    /// Length of a signature in bytes.
    public static let signatureLength = 64

    /// The 32 bytes that the key is made of. Keep them secret.
    public let seed: [UInt8]
    /// The 32-byte public key.
    public let publicKey: [UInt8]

    /// - Returns: nil when `seed` does not have 32 bytes.
    public init?(seed: [UInt8]) {
        guard seed.count == Ed25519PrivateKey.keyLength,
            let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        else { return nil }
        defer { EVP_PKEY_free(key) }
        var bytes = [UInt8](repeating: 0, count: Ed25519PrivateKey.keyLength)
        var length = bytes.count
        guard EVP_PKEY_get_raw_public_key(key, &bytes, &length) == 1, length == bytes.count else { return nil }
        self.seed = seed
        publicKey = bytes
    }

    /// The signature of `message`: 64 bytes, the same each time.
    public func signature(of message: [UInt8]) -> [UInt8]? {
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else { return nil }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: Ed25519PrivateKey.signatureLength)
        var length = signature.count
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            EVP_DigestSign(context, &signature, &length, message, message.count) == 1, length == signature.count
        else { return nil }
        return signature
    }
}

extension Ed25519PrivateKey: CustomStringConvertible {
    /// Without the seed.
    public var description: String { "Ed25519 private key of \(Hex.encode(publicKey))" }
}

/// Verifies Ed25519 signatures.
public enum Ed25519 {
    /// Whether `signature` is that of `message` under `publicKey`. Wrong lengths are a false signature.
    public static func verify(signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        guard signature.count == Ed25519PrivateKey.signatureLength, publicKey.count == Ed25519PrivateKey.keyLength,
            let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
        else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
