// Why this file exists: tokens of identity providers are signed with RSA or on an elliptic curve, under public keys that
// arrive as bare numbers (RFC 7518 section 6). OpenSSL takes keys and signatures as DER, so the few structures that are
// needed are written here.
// Invariant: what is no sound key, or too small a one, is no key; whatever is wrong with a signature, it is a false one.
private import COpenSSL

/// Algorithms of signatures, by their names in tokens. Those with a shared secret, and `none`, are not among them.
/// See: RFC 7518 section 3.1.
public enum SignatureAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"

    fileprivate var digestName: String {
        switch self {
        case .rs256, .ps256, .es256: "SHA256"
        case .rs384, .ps384, .es384: "SHA384"
        case .rs512, .ps512: "SHA512"
        }
    }

    fileprivate var isPSS: Bool {
        switch self {
        case .ps256, .ps384, .ps512: true
        case .rs256, .rs384, .rs512, .es256, .es384: false
        }
    }

    /// The curve whose keys it is for; nil for RSA.
    fileprivate var curve: EllipticCurve? {
        switch self {
        case .es256: .p256
        case .es384: .p384
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: nil
        }
    }
}

/// Curves of keys, by their names in key sets. See: RFC 7518 section 6.2.1.1.
public enum EllipticCurve: String, Sendable {
    case p256 = "P-256"
    case p384 = "P-384"

    /// Bytes of a coordinate.
    fileprivate var length: Int {
        switch self {
        case .p256: 32
        case .p384: 48
        }
    }

    // See: RFC 5480 section 2.1.1.1.
    fileprivate var objectIdentifier: [UInt8] {
        switch self {
        case .p256: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        case .p384: [0x2B, 0x81, 0x04, 0x00, 0x22]
        }
    }
}

/// A public key, by which signatures are verified.
public struct PublicKey: Sendable, Equatable {
    /// Sizes of RSA keys that are taken, in bits: smaller ones are weak (RFC 7518 section 3.3), larger ones slow.
    public static let rsaBits = 2048...8192
    /// The longest public exponent, in bytes: nearly all keys have 65537, and a long one costs time for nothing.
    private static let exponentLengthMax = 8

    /// SubjectPublicKeyInfo. See: RFC 5280 section 4.1.
    private let encoded: [UInt8]
    private let curve: EllipticCurve?

    /// An RSA key; nil when it is none or not of a size in ``rsaBits``.
    /// - Parameters:
    ///   - modulus: a number, its most significant byte first.
    ///   - exponent: likewise.
    public init?(rsaModulus modulus: [UInt8], exponent: [UInt8]) {
        guard modulus.count <= PublicKey.rsaBits.upperBound / 8 + 1, let last = exponent.last, last & 1 == 1,
            exponent.count <= PublicKey.exponentLengthMax, exponent.dropLast().contains(where: { $0 > 0 }) || last >= 3
        else { return nil }
        let numbers = DER.sequence(DER.integer(modulus[...]) + DER.integer(exponent[...]))
        // rsaEncryption with NULL parameters. See: RFC 3279 section 2.3.1.
        let algorithm = DER.sequence(
            DER.element(0x06, [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]) + [0x05, 0x00])
        encoded = DER.sequence(algorithm + DER.element(0x03, [0x00] + numbers))
        curve = nil
        guard let key = openSSLKey else { return nil }
        defer { EVP_PKEY_free(key) }
        guard PublicKey.rsaBits.contains(Int(EVP_PKEY_get_bits(key))) else { return nil }
    }

    /// A key on a curve; nil when its point is not on it.
    public init?(curve: EllipticCurve, x: [UInt8], y: [UInt8]) {
        guard x.count == curve.length, y.count == curve.length else { return nil }
        let algorithm = DER.sequence(
            DER.element(0x06, [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01])
                + DER.element(0x06, curve.objectIdentifier))
        encoded = DER.sequence(algorithm + DER.element(0x03, [0x00, 0x04] + x + y))
        self.curve = curve
        guard let key = openSSLKey else { return nil }
        EVP_PKEY_free(key)
    }

    /// Whether `signature` is that of `message` under this key, in the form that tokens have (RFC 7518 sections 3.3 to
    /// 3.5). A key of another kind than the algorithm's verifies nothing.
    public func verify(signature: [UInt8], of message: [UInt8], by algorithm: SignatureAlgorithm) -> Bool {
        guard algorithm.curve == curve, let signature = openSSLSignature(signature) else { return false }
        guard let key = openSSLKey else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        // A false signature leaves its reason in the thread's queue, where TLS would find it.
        defer { ERR_clear_error() }
        var keyContext: OpaquePointer?
        guard EVP_DigestVerifyInit_ex(context, &keyContext, algorithm.digestName, nil, nil, key, nil) == 1 else {
            return false
        }
        if algorithm.isPSS {
            guard EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING) == 1,
                EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    // To be freed by whoever asked.
    private var openSSLKey: OpaquePointer? {
        defer { ERR_clear_error() }
        return encoded.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            return d2i_PUBKEY(nil, &position, buffer.count)
        }
    }

    // Tokens have the two numbers of a curve's signature side by side; OpenSSL wants a SEQUENCE of them.
    private func openSSLSignature(_ signature: [UInt8]) -> [UInt8]? {
        guard let curve else { return signature }
        guard signature.count == 2 * curve.length else { return nil }
        return DER.sequence(
            DER.integer(signature[..<curve.length]) + DER.integer(signature[curve.length...]))
    }
}

/// What is needed of the distinguished encoding rules. See: ITU-T X.690 sections 8.1 and 10.
private enum DER {
    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length = [UInt8(truncatingIfNeeded: content.count)]
        if content.count >= 0x80 {
            let bytes = withUnsafeBytes(of: content.count.bigEndian) { Array($0.drop { $0 == 0 }) }
            length = [0x80 | UInt8(truncatingIfNeeded: bytes.count)] + bytes
        }
        return [tag] + length + content
    }

    static func sequence(_ content: [UInt8]) -> [UInt8] { element(0x30, content) }

    /// A number that is not negative, its most significant byte first.
    static func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var digits = Array(bytes.drop { $0 == 0 })
        if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
        return element(0x02, digits)
    }
}
