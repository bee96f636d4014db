// Why this file exists: what a session says about itself goes into policies, the journal and lineage, so it is held to
// AWS's patterns and limits before it is believed.
// See: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
public import ObjectCore

enum SessionParameters {
    /// What most names of STS and IAM are made of: `[\w+=,.@-]*`.
    static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "_+=,.@-".utf8.contains(byte)
        }
    }

    /// - Throws: ValidationError when `value` is no name of `lengths` characters.
    static func checkName(_ value: String, at parameter: String, _ lengths: ClosedRange<Int>) throws(IdentityError) {
        guard lengths.contains(value.utf8.count) else {
            throw IdentityError.validation(
                value, at: parameter,
                "Member must have length between \(lengths.lowerBound) and \(lengths.upperBound)")
        }
        guard value.utf8.allSatisfy(isNameCharacter) else {
            throw IdentityError.validation(
                value, at: parameter, "Member must satisfy regular expression pattern: [\\w+=,.@-]*")
        }
    }

    /// The tags that a caller gives a session.
    /// - Throws: ValidationError.
    static func tags(_ parameters: inout QueryParameters) throws(IdentityError) -> [NameValue] {
        let tags = try IdentityTags.read(&parameters)
        try checkRuns(tags)
        return tags
    }

    private static func checkRuns(_ tags: [NameValue]) throws(IdentityError) {
        for tag in tags where tag.name == RunTags.run || tag.name == RunTags.parent {
            guard RunID(tag.value) != nil else {
                throw IdentityError.validation(tag.value, at: "Tags", "The value of \(tag.name) must be a UUID")
            }
        }
    }

    /// - Throws: ValidationError, InvalidInput for tags that a session cannot have.
    static func check(tags: [NameValue], transitive: [String]) throws(IdentityError) {
        try IdentityTags.check(tags)
        try checkRuns(tags)
        try check(transitive: transitive, among: tags)
    }

    /// - Throws: ValidationError.
    static func check(transitive keys: [String], among tags: [NameValue]) throws(IdentityError) {
        for key in keys {
            guard tags.contains(where: { $0.name == key }) else {
                throw IdentityError.validation(key, at: "TransitiveTagKeys", "Every key must be that of a tag")
            }
        }
    }

    /// - Throws: ValidationError.
    static func check(sourceIdentity: String) throws(IdentityError) {
        try checkName(sourceIdentity, at: "SourceIdentity", 2...64)
        guard !ASCII.lowercased(sourceIdentity).hasPrefix("aws:") else {
            throw IdentityError.validation(sourceIdentity, at: "SourceIdentity", "Member must not begin with aws:")
        }
    }
}

extension SessionParameters {
    /// The most characters of a policy that is given with a call.
    static let policyCharactersMax = 2048
    static let policyARNsMax = 10

    /// `Policy` and `PolicyArns`: one layer, or none when neither is there.
    /// - Throws: MalformedPolicyDocument, ValidationError.
    static func restrictions(
        _ parameters: inout QueryParameters, account: String
    ) throws(IdentityError) -> [[SessionPolicy]] {
        var layer: [SessionPolicy] = []
        if let policy = parameters.text("Policy") {
            guard policy.unicodeScalars.count <= policyCharactersMax else {
                throw IdentityError.validation(
                    policy, at: "Policy", "Member must have length less than or equal to \(policyCharactersMax)")
            }
            try PolicyText.check(policy, as: .session)
            layer.append(.document(policy))
        }
        let arns = parameters.structures("PolicyArns", ["arn"]).compactMap { $0["arn"] }
        guard arns.count <= policyARNsMax else {
            throw IdentityError.validation(
                "\(arns.count) ARNs", at: "PolicyArns",
                "Member must have length less than or equal to \(policyARNsMax)")
        }
        for arn in arns {
            guard let parts = IdentityARN(arn), parts.service == "iam", [account, "aws"].contains(parts.account),
                parts.resource.hasPrefix("policy/")
            else { throw IdentityError.validation(arn, at: "PolicyArns", "Member must be the ARN of a policy") }
            layer.append(.managed(arn))
        }
        return layer.isEmpty ? [] : [layer]
    }
}

/// Policies as texts on the wire.
enum PolicyText {
    /// - Throws: MalformedPolicyDocument with what is wrong.
    static func check(_ text: String, as kind: PolicyDocument.Kind) throws(IdentityError) {
        do throws(PolicyError) {
            _ = try PolicyDocument(Array(text.utf8), as: kind)
        } catch {
            throw IdentityError(.malformedPolicyDocument, error.message)
        }
    }

    /// As IAM gives documents back: percent-encoded.
    static func encoded(_ text: String) -> String { PercentCoding.encoded(text.utf8, keepingSlash: false) }
}

/// The session tags that bind a session to a run.
enum RunTags {
    static let job = "cairn:job"
    static let run = "cairn:run"
    static let parent = "cairn:parent"
}

extension SessionFacts {
    /// The run that the session belongs to, when it says so.
    public var run: RunID? { tag(RunTags.run).flatMap { RunID($0) } }
}

/// Credentials as STS tells them.
extension IdentitySession {
    func write(to writer: inout XMLWriter) {
        writer.element("Credentials") { writer in
            writer.leaf("AccessKeyId", accessKey)
            writer.leaf("SecretAccessKey", secret)
            writer.leaf("SessionToken", token)
            writer.leaf("Expiration", WireDate.extended(expires.seconds))
        }
    }
}

extension SessionGrant {
    /// The run that the session belongs to, when it says so.
    var run: RunID? { tags.first { $0.name == RunTags.run }.flatMap { RunID($0.value) } }

    /// How much of the room for policies and tags is used, in percent.
    var packedPercent: Int { (packedBytes * 100 + SessionGrant.packedBytesMax - 1) / SessionGrant.packedBytesMax }
}
