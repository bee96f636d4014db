// Why this file exists: documents and headers that clients write: XML, policies, and what a signature claims.
@testable import ObjectCore
@testable import S3Gateway

/// XML, and every document that is read from it.
enum XMLTarget {
    static func run(_ input: [UInt8]) {
        guard (try? XMLReader.read(input)) != nil else { return }
        _ = try? NotificationDocument.read(input)
        _ = try? AccessControlDocument.read(input)
        _ = try? ReplicationDocument.read(input)
        _ = try? LifecycleDocument.rules(input)
        _ = try? CORSRules(input)
        _ = try? LoggingConfiguration.read(input)
        _ = try? DefaultEncryption(input)
        _ = try? OwnershipControlsDocument.read(input)
        _ = try? PublicAccessBlockDocument.read(input)
        _ = try? ObjectLockDocument.defaultRetention(input)
        _ = try? RetentionDocument.retention(input)
        _ = try? LegalHoldDocument.isOn(input)
    }
}

/// Policies of every kind, and what they say to a request.
enum PolicyTarget {
    static func run(_ input: [UInt8]) {
        for kind in [PolicyDocument.Kind.bucket("bucket"), .identity, .session, .roleTrust] {
            _ = try? PolicyDocument(input, as: kind)
        }
        if let rules = try? LifecycleConfiguration(encoded: input) { _ = rules.prefixes }
        _ = try? BatchItems.decode(input)
        _ = try? PostPolicy(base64: Base64.encode(input))
    }
}

/// Signed heads: the claim in the header, and the whole way of judging it, header and query.
enum SignatureTarget {
    private struct OneKey: CredentialSource {
        func credential(for accessKey: String) -> AccessKeyRecord? {
            AccessKeyRecord(
                accessKey: "AKIAIOSFODNN7EXAMPLE", secret: Secret("secret"), accountID: "owner", displayName: "owner")
        }
    }
    private static let authenticator = Authenticator(credentials: OneKey())

    static func run(_ input: [UInt8]) {
        if let claim = try? SignatureV4Claim(header: input[...]) {
            require(claim.scopeDate.count == 8, "a claim of an impossible day")
            claim.forEachSignedHeader { _ in }
        }
        guard case .success(let parsed)? = HeadTarget.parse(input, endingAt: []),
            let request = try? S3Request(parsed.head)
        else { return }
        let answer = try? authenticator.authenticate(request, now: 1_369_353_600, bodyDigest: nil)
        // Nobody but the fuzzer's corpus knows a signature under this secret, and that is none of the seeds.
        if let answer, answer.principal.identity != nil { require(false, "a signature was believed") }
    }
}
