// Why this file exists: a token that names its own algorithm is believed by rules, not by its word: only signatures with a
// public key count, and a header that must be understood and is not makes the token void.
// See: RFC 7515, RFC 7519, RFC 8725.
import ObjectCore

/// A signed token, taken apart. Nothing in it is true before its signature and its claims were checked.
struct JSONWebToken: Sendable {
    /// As AWS's `WebIdentityToken`, in bytes.
    static let lengths = 4...20_000

    let algorithm: SignatureAlgorithm
    /// Which of the provider's keys signed.
    let keyID: String?
    let claims: TokenClaims
    let signature: [UInt8]
    /// What the signature is of.
    let signed: [UInt8]

    /// `iss`
    let issuer: String

    /// - Throws: InvalidIdentityToken, ValidationError.
    init(_ text: String) throws(IdentityError) {
        guard JSONWebToken.lengths.contains(text.utf8.count) else {
            throw IdentityError(
                .validationError,
                "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must have "
                    + "length between \(JSONWebToken.lengths.lowerBound) and \(JSONWebToken.lengths.upperBound)")
        }
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]).flatMap({ TokenClaims($0) }),
            let claims = Base64URL.decode(parts[1]).flatMap({ TokenClaims($0) }),
            let signature = Base64URL.decode(parts[2]), !signature.isEmpty
        else {
            throw JSONWebToken.invalid(
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
        }
        // An extension that must be understood: there is none that is. See: RFC 7515 section 4.1.11.
        guard !header.has("crit") else {
            throw JSONWebToken.invalid("The token's header has extensions that are not known.")
        }
        guard let name = header.text("alg"), let algorithm = SignatureAlgorithm(rawValue: name) else {
            throw JSONWebToken.invalid(
                "The token's algorithm is none of "
                    + SignatureAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard let issuer = claims.text("iss") else { throw JSONWebToken.invalid("Missing a required claim: iss") }
        self.algorithm = algorithm
        self.claims = claims
        self.signature = signature
        self.issuer = issuer
        keyID = header.text("kid")
        signed = Array(bytes[..<parts[1].endIndex])
    }

    static func invalid(_ message: String) -> IdentityError { IdentityError(.invalidIdentityToken, message) }

    /// Checks the signature.
    /// - Parameter keys: the provider's.
    /// - Throws: InvalidIdentityToken.
    func checkSignature(by keys: [JSONWebKey]) throws(IdentityError) {
        var candidates = keys.filter { $0.algorithm == nil || $0.algorithm == algorithm }
        if let keyID {
            candidates = candidates.filter { $0.keyID == keyID }
        } else if candidates.count > 1 {
            // See: OpenID Connect Core 1.0 section 10.1.
            throw JSONWebToken.invalid("The token does not say which of the provider's keys signed it.")
        }
        guard !candidates.isEmpty else {
            throw JSONWebToken.invalid("Couldn't retrieve verification key from your identity provider")
        }
        guard candidates.contains(where: { $0.key.verify(signature: signature, of: signed, by: algorithm) }) else {
            throw JSONWebToken.invalid("The signature of the token is not valid.")
        }
    }
}

/// A public key of a provider. See: RFC 7517.
struct JSONWebKey: Sendable {
    /// The most keys of a set that are looked at.
    static let countMax = 100

    let keyID: String?
    /// The one algorithm that it is for; nil for all of its kind.
    let algorithm: SignatureAlgorithm?
    let key: PublicKey

    /// The keys of a set that can verify signatures; others, and those of unknown kinds, are passed over. Nil when `bytes`
    /// are no key set.
    static func keys(ofSet bytes: [UInt8]) -> [JSONWebKey]? {
        TokenClaims(bytes)?.objects("keys")?.prefix(countMax).compactMap { JSONWebKey($0) }
    }

    init?(_ members: TokenClaims) {
        if members.has("use"), members.text("use") != "sig" { return nil }
        if members.has("key_ops"), members.texts("key_ops")?.contains("verify") != true { return nil }
        keyID = members.text("kid")
        if members.has("alg") {
            guard let algorithm = members.text("alg").flatMap(SignatureAlgorithm.init) else { return nil }
            self.algorithm = algorithm
        } else {
            algorithm = nil
        }
        func number(_ name: String) -> [UInt8]? { members.text(name).flatMap { Base64URL.decode($0.utf8) } }
        switch members.text("kty") {
        case "RSA":
            guard let modulus = number("n"), let exponent = number("e"),
                let key = PublicKey(rsaModulus: modulus, exponent: exponent)
            else { return nil }
            self.key = key
        case "EC":
            guard let curve = members.text("crv").flatMap(EllipticCurve.init), let x = number("x"), let y = number("y"),
                let key = PublicKey(curve: curve, x: x, y: y)
            else { return nil }
            self.key = key
        default: return nil
        }
    }
}
