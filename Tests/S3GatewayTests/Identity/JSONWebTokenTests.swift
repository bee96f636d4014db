// Why this file exists: which tokens are believed, by what they say and by who signed them; every other one is refused under
// the code that tells why.
import ObjectCore
import Testing

@testable import S3Gateway

extension SampleTokens {
    static let keys = JSONWebKey.keys(ofSet: Array(keySet.utf8)) ?? []

    /// The provider of these tokens.
    static func provider(clients: [String] = ["trainer"]) -> OpenIDProvider {
        OpenIDProvider(
            header: IdentityHeader(
                id: "OIDCX", name: "idp.example.com/realm", path: "/", created: Timestamp(milliseconds: 0), tags: []),
            isSecure: true, clientIDs: clients, thumbprints: [])
    }

    /// What a token says, when it is believed.
    static func believe(
        _ name: String, clients: [String] = ["trainer"], now: Int64 = SampleTokens.now
    ) throws(IdentityError) -> WebIdentity {
        let token = try JSONWebToken(all[name] ?? "")
        try token.checkSignature(by: keys)
        return try WebIdentity(token, from: provider(clients: clients), now: now)
    }
}

@Suite struct JSONWebTokenTests {
    private static func refusal(_ name: String, now: Int64 = SampleTokens.now) -> IdentityError.Code? {
        do throws(IdentityError) {
            _ = try SampleTokens.believe(name, now: now)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("of a key set, what cannot verify signatures is passed over")
    func keySet() {
        #expect(SampleTokens.keys.map(\.keyID) == ["rsa", "p256", "p384"])
        for text in ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":"#] {
            #expect(JSONWebKey.keys(ofSet: Array(text.utf8)) == nil)
        }
        #expect(
            JSONWebKey.keys(ofSet: Array(#"{"keys":[1,{},{"kty":"RSA","n":"","e":"AQAB"}]}"#.utf8))?.isEmpty == true)
    }

    @Test(
        "tokens under each algorithm are believed",
        arguments: ["rs256", "rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "justExpired"])
    func good(name: String) throws {
        let identity = try SampleTokens.believe(name)
        #expect(identity.subject == "user-1" && identity.audiences == ["trainer"])
        #expect(identity.tags.isEmpty && identity.sourceIdentity == nil)
    }

    @Test(
        "tokens with a fault are refused under the code for it",
        arguments: [
            ("none", IdentityError.Code.invalidIdentityToken), ("noneSigned", .invalidIdentityToken),
            ("secret", .invalidIdentityToken), ("changed", .invalidIdentityToken), ("padded", .invalidIdentityToken),
            ("twoSubjects", .invalidIdentityToken), ("critical", .invalidIdentityToken),
            ("algorithmSwap", .invalidIdentityToken), ("foreignKey", .invalidIdentityToken),
            ("unknownKey", .invalidIdentityToken), ("withoutKeyID", .invalidIdentityToken),
            ("weakKey", .invalidIdentityToken), ("encryptionKey", .invalidIdentityToken),
            ("otherIssuer", .invalidIdentityToken), ("slashIssuer", .invalidIdentityToken),
            ("plainIssuer", .invalidIdentityToken), ("withoutIssuer", .invalidIdentityToken),
            ("withoutSubject", .invalidIdentityToken), ("withoutAudience", .invalidIdentityToken),
            ("withoutEnd", .invalidIdentityToken), ("withoutIssueTime", .invalidIdentityToken),
            ("otherAudience", .invalidIdentityToken), ("otherParty", .invalidIdentityToken),
            ("expired", .expiredTokenException), ("notYet", .idpRejectedClaim), ("issuedLater", .idpRejectedClaim),
            ("twoValues", .idpRejectedClaim), ("badTag", .idpRejectedClaim), ("badRun", .idpRejectedClaim),
        ])
    func bad(name: String, code: IdentityError.Code) throws {
        _ = try #require(SampleTokens.all[name])
        #expect(Self.refusal(name) == code)
    }

    @Test(
        "what is no token is refused",
        arguments: [
            "abcd", "a.b.c", "..", "a.b", "e30.e30.e30", "e30.e30.AAAA", "e30.e30.AAAA.AAAA", "\u{e9}.\u{e9}.\u{e9}.x",
        ])
    func nonsense(text: String) {
        #expect(throws: IdentityError.self) { _ = try JSONWebToken(text) }
    }

    @Test("a token one byte over the limit is not looked at")
    func long() {
        do throws(IdentityError) {
            _ = try JSONWebToken(String(repeating: "a", count: 20_001))
            Issue.record("taken")
        } catch {
            #expect(error.code == .validationError)
        }
    }

    @Test("every change of one character makes a token void")
    func fuzz() throws {
        let text = Array(try #require(SampleTokens.all["es256"]).utf8)
        for place in stride(from: 0, to: text.count, by: 7) {
            var changed = text
            changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: IdentityError.self, "\(place)") {
                let token = try JSONWebToken(String(decoding: changed, as: UTF8.self))
                try token.checkSignature(by: SampleTokens.keys)
            }
        }
    }

    @Test("times are held to the server's clock, with a minute for its error")
    func times() {
        #expect(Self.refusal("es256", now: SampleTokens.now + 600 + 59) == nil)
        #expect(Self.refusal("es256", now: SampleTokens.now + 600 + 60) == .expiredTokenException)
        #expect(Self.refusal("es256", now: SampleTokens.now - 10 - 60) == nil)
        #expect(Self.refusal("es256", now: SampleTokens.now - 10 - 61) == .idpRejectedClaim)
        #expect(Self.refusal("notYet", now: SampleTokens.now + 60) == nil)
    }

    @Test("the client is the authorized party where the token names one, else any that is registered")
    func clients() throws {
        #expect(try SampleTokens.believe("manyAudiences").audiences == ["trainer"])
        #expect(try SampleTokens.believe("manyAudiences", clients: ["x", "trainer"]).audiences == ["x", "trainer"])
        #expect(try SampleTokens.believe("authorizedParty").audiences == ["trainer"])
        #expect(throws: IdentityError.self) { try SampleTokens.believe("authorizedParty", clients: ["account"]) }
        #expect(throws: IdentityError.self) { try SampleTokens.believe("es256", clients: []) }
    }

    @Test("tags and source identity of the token are those of the session")
    func tags() throws {
        let identity = try SampleTokens.believe("tagged")
        #expect(identity.tags == [NameValue("Department", "Engineering"), NameValue("cairn:job", "train")])
        #expect(identity.transitiveTags == ["Department"] && identity.sourceIdentity == "alice")
    }

    @Test("conditions have the provider's address in front")
    func conditions() throws {
        let conditions = try SampleTokens.believe("authorizedParty").conditions
        #expect(conditions["idp.example.com/realm:sub"] == ["user-1"])
        #expect(conditions["idp.example.com/realm:aud"] == ["trainer"])
        #expect(conditions["idp.example.com/realm:oaud"] == ["account"])
        #expect(conditions["idp.example.com/realm:azp"] == ["trainer"])
        #expect(conditions["idp.example.com/realm:amr"] == ["pwd", "mfa"])
        #expect(try SampleTokens.believe("es256").conditions.count == 2)
    }
}
