// Why this file exists: which claims of a token are asked for and what they are worth: who issued it, for whom, about whom,
// since when and until when, and what it says for the session.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
import ObjectCore

/// What a token says, once it is believed.
struct WebIdentity: Sendable {
    /// How far the provider's clock may be from the server's, in seconds.
    static let skewSecondsMax: Int64 = 60
    /// The longest `sub`, in characters. See: OpenID Connect Core 1.0 section 2.
    static let subjectLengthMax = 255

    let provider: OpenIDProvider
    /// `sub`
    let subject: String
    /// The registered clients that the token was issued for.
    let audiences: [String]
    let tags: [NameValue]
    let transitiveTags: [String]
    let sourceIdentity: String?
    private let claims: TokenClaims

    /// Reads the claims of a token whose signature holds.
    /// - Parameter now: the server's time, in seconds since 1970.
    /// - Throws: InvalidIdentityToken, ExpiredTokenException, IDPRejectedClaim.
    init(_ token: JSONWebToken, from provider: OpenIDProvider, now: Int64) throws(IdentityError) {
        guard token.issuer == provider.issuer else { throw JSONWebToken.invalid("The issuer is not the provider.") }
        self.provider = provider
        claims = token.claims
        guard let subject = claims.text("sub"), subject.unicodeScalars.count <= WebIdentity.subjectLengthMax else {
            throw JSONWebToken.invalid("Missing a required claim: sub")
        }
        self.subject = subject
        try WebIdentity.checkTimes(claims, now: now)
        // The party that a token was issued to counts where the token names it, as on AWS.
        guard let named = claims.has("azp") ? claims.text("azp").map({ [$0] }) : claims.texts("aud"), !named.isEmpty
        else {
            throw JSONWebToken.invalid("Missing a required claim: aud")
        }
        audiences = named.filter { provider.clientIDs.contains($0) }
        guard !audiences.isEmpty else { throw JSONWebToken.invalid("Incorrect token audience") }
        (tags, transitiveTags) = try WebIdentity.tags(claims)
        sourceIdentity = try WebIdentity.sourceIdentity(claims)
    }

    private static func checkTimes(_ claims: TokenClaims, now: Int64) throws(IdentityError) {
        guard let end = claims.moment("exp") else { throw JSONWebToken.invalid("Missing a required claim: exp") }
        guard now < end + skewSecondsMax else {
            throw IdentityError(
                .expiredTokenException, "Token expired: current date/time \(now) must be before the expiration \(end)")
        }
        guard let issued = claims.moment("iat") else { throw JSONWebToken.invalid("Missing a required claim: iat") }
        for (name, start) in [("iat", issued), ("nbf", claims.moment("nbf") ?? issued)]
        where start > now + skewSecondsMax {
            throw IdentityError(.idpRejectedClaim, "The token's \(name) is in the future.")
        }
        guard !claims.has("nbf") || claims.moment("nbf") != nil else {
            throw JSONWebToken.invalid("The claim nbf is no time.")
        }
    }

    // MARK: What it says for the session

    /// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    private static let tagsClaim = "https://aws.amazon.com/tags"
    private static let sourceIdentityClaim = "https://aws.amazon.com/source_identity"

    private static func tags(
        _ claims: TokenClaims
    ) throws(IdentityError) -> (tags: [NameValue], transitive: [String]) {
        guard let value = claims[tagsClaim] else { return ([], []) }
        guard let members = TokenClaims(value), let values = members["principal_tags"].flatMap({ TokenClaims($0) })
        else {
            throw rejected("\(tagsClaim) is no object with principal_tags.")
        }
        var tags: [NameValue] = []
        for name in values.names.sorted() {
            guard let texts = values.texts(name), texts.count == 1 else {
                throw rejected("The tag \(name.prefix(128)) does not have one value.")
            }
            tags.append(NameValue(name, texts[0]))
        }
        let transitive = members.has("transitive_tag_keys") ? members.texts("transitive_tag_keys") : []
        guard let transitive else { throw rejected("transitive_tag_keys is no list.") }
        do throws(IdentityError) {
            try SessionParameters.check(tags: tags, transitive: transitive)
        } catch {
            throw rejected(error.message)
        }
        return (tags, transitive)
    }

    private static func sourceIdentity(_ claims: TokenClaims) throws(IdentityError) -> String? {
        guard claims.has(sourceIdentityClaim) else { return nil }
        guard let text = claims.text(sourceIdentityClaim) else { throw rejected("\(sourceIdentityClaim) is no text.") }
        do throws(IdentityError) {
            try SessionParameters.check(sourceIdentity: text)
        } catch {
            throw rejected(error.message)
        }
        return text
    }

    private static func rejected(_ message: String) -> IdentityError { IdentityError(.idpRejectedClaim, message) }

    // MARK: For policies

    /// Values of condition keys `issuer:claim`, by their names in lower case.
    /// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    var conditions: [String: [String]] {
        var values = ["sub": [subject], "aud": audiences]
        if claims.has("azp") { values["oaud"] = claims.texts("aud") }
        values["azp"] = claims.text("azp").map { [$0] }
        values["amr"] = claims.texts("amr")
        return Dictionary(
            uniqueKeysWithValues: values.map { (ASCII.lowercased("\(provider.name):\($0.key)"), $0.value) })
    }
}
