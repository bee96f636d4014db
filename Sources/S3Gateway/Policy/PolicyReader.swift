// Why this file exists: what a policy must and must not say. What AWS refuses is refused, as far as this server can tell,
// in AWS's words where they are known.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
import ObjectCore

/// Reads policies of one kind.
struct PolicyReader {
    private let kind: PolicyDocument.Kind
    private var bucket: String? {
        if case .bucket(let name) = kind { return name }
        return nil
    }

    /// The most actions or resources of one statement.
    private static let listMax = 1000

    init(_ kind: PolicyDocument.Kind) { self.kind = kind }

    func statements(_ bytes: [UInt8]) throws(PolicyError) -> [PolicyStatement] {
        let maximum = bucket == nil ? PolicyDocument.policyBytesMax : PolicyDocument.bucketPolicyBytesMax
        guard bytes.count <= maximum else {
            throw PolicyError("Policy exceeds the maximum allowed document size of \(maximum) bytes.")
        }
        guard case .object(let members) = try PolicyJSON.policy(bytes) else { throw PolicyJSON.notJSON }
        var takesVariables = false
        var statements: [PolicyJSON]?
        for member in members {
            switch member.name {
            case "Version":
                switch member.value {
                case .text("2012-10-17"): takesVariables = true
                case .text("2008-10-17"): break
                default: throw PolicyError("The policy must contain a valid version string")
                }
            case "Id":
                guard case .text = member.value else { throw PolicyError("Invalid policy syntax.") }
            case "Statement":
                switch member.value {
                case .array(let values): statements = values
                case .object: statements = [member.value]
                default: throw PolicyError("Invalid policy syntax.")
                }
            default: throw PolicyError("Unknown field \(member.name.shortened)")
            }
        }
        guard let statements else { throw PolicyError("Missing required field Statement") }
        guard !statements.isEmpty, statements.count <= PolicyDocument.statementsMax else {
            throw PolicyError("Could not parse the policy: Statement is empty or too long!")
        }
        var read: [PolicyStatement] = []
        var identifiers: Set<String> = []
        for value in statements {
            guard case .object(let members) = value else { throw PolicyError("Invalid policy syntax.") }
            let fields = try Fields(members)
            try check(fields.identifier, against: &identifiers)
            read.append(try statement(fields, takesVariables: takesVariables))
        }
        return read
    }

    // S3 lets statements have any name, and the same one; IAM does not.
    private func check(_ identifier: String?, against known: inout Set<String>) throws(PolicyError) {
        guard bucket == nil, let identifier else { return }
        guard identifier.utf8.allSatisfy({ ASCII.isDigit($0) || (0x61...0x7A).contains(ASCII.lowercased($0)) }) else {
            throw PolicyError(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies [0-9A-Za-z]*.")
        }
        guard identifier.isEmpty || known.insert(identifier).inserted else {
            throw PolicyError("Statement IDs (SID) in a single policy must be unique.")
        }
    }

    private func statement(_ fields: Fields, takesVariables: Bool) throws(PolicyError) -> PolicyStatement {
        guard let effect = fields.effect else { throw PolicyError("Missing required field Effect") }
        guard case .text(let word) = effect, word == "Allow" || word == "Deny" else {
            throw PolicyError("Invalid effect: \(effect.scalarText?.shortened ?? "")")
        }
        let principals = try principals(fields, isAllow: word == "Allow")
        guard let (actions, excludesActions) = try fields.one("Action", fields.action, fields.notAction) else {
            throw PolicyError("Missing required field Action")
        }
        let resources = try resources(fields, takesVariables: takesVariables)
        return PolicyStatement(
            isAllow: word == "Allow", principals: principals, actions: try self.actions(actions),
            excludesActions: excludesActions, resources: resources?.patterns,
            excludesResources: resources?.isExclusion ?? false,
            conditions: try conditions(fields.condition, takesVariables: takesVariables))
    }

    private func principals(_ fields: Fields, isAllow: Bool) throws(PolicyError) -> PolicyPrincipals? {
        let found = try fields.one("Principal", fields.principal, fields.notPrincipal)
        switch kind {
        case .identity, .session:
            guard found == nil else { throw PolicyError("Policy document should not specify a principal.") }
            return nil
        case .bucket, .roleTrust:
            guard let (value, isExclusion) = found else { throw PolicyError("Missing required field Principal") }
            guard !isExclusion || !isAllow else { throw PolicyError("Allow with NotPrincipal is not allowed.") }
            return try PolicyPrincipals(value, isExclusion: isExclusion)
        }
    }

    private func actions(_ value: PolicyJSON) throws(PolicyError) -> [PolicyPattern] {
        let invalid = PolicyError("Policy has invalid action")
        guard let texts = PolicyReader.texts(value), !texts.isEmpty, texts.count <= PolicyReader.listMax else {
            throw invalid
        }
        return try texts.map { text throws(PolicyError) in
            guard text.utf8.count <= 128, isAction(text) else { throw invalid }
            return try PolicyPattern(text, wildcards: .meant, takesVariables: false).lowercased
        }
    }

    private func isAction(_ text: String) -> Bool {
        if text == "*" { return true }
        let parts = ASCII.lowercased(text).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty,
            parts.joined().utf8.allSatisfy({ byte in
                ASCII.isDigit(byte) || (0x61...0x7A).contains(byte) || "-*?".utf8.contains(byte)
            })
        else { return false }
        switch kind {
        case .bucket:
            return parts[0] == "s3" && S3PolicyNames.isAction(String(parts[1]))
                || parts[0] == "cairn" && S3PolicyNames.isOwnAction(String(parts[1]))
        case .roleTrust: return parts[0] == "sts"
        case .identity, .session: return true
        }
    }

    private func resources(
        _ fields: Fields, takesVariables: Bool
    ) throws(PolicyError) -> (patterns: [ARNPattern], isExclusion: Bool)? {
        let found = try fields.one("Resource", fields.resource, fields.notResource)
        guard kind != .roleTrust else {
            guard found == nil else { throw PolicyError("Has prohibited field Resource") }
            return nil
        }
        guard let (value, isExclusion) = found else { throw PolicyError("Missing required field Resource") }
        let invalid = PolicyError("Policy has invalid resource")
        guard let texts = PolicyReader.texts(value), !texts.isEmpty, texts.count <= PolicyReader.listMax else {
            throw invalid
        }
        let patterns = try texts.map { text throws(PolicyError) in
            let pattern = try ARNPattern(text, takesVariables: takesVariables)
            guard pattern.isAnything || text.hasPrefix("arn:"), pattern.isWellFormed, text.utf8.count <= 2048 else {
                if bucket != nil { throw invalid }
                throw PolicyError("Resource \(text.shortened) must be in ARN format or \"*\".")
            }
            if let bucket, !pattern.isAbout(bucket: bucket) { throw invalid }
            return pattern
        }
        return (patterns, isExclusion)
    }

    private func conditions(_ value: PolicyJSON?, takesVariables: Bool) throws(PolicyError) -> [PolicyCondition] {
        guard let value else { return [] }
        guard case .object(let operators) = value else { throw PolicyError("Invalid policy syntax.") }
        var conditions: [PolicyCondition] = []
        for member in operators {
            guard case .object(let keys) = member.value else { throw PolicyError("Invalid policy syntax.") }
            for key in keys {
                guard isConditionKey(key.name) else { throw PolicyError("Policy has an invalid condition key") }
                guard let values = PolicyReader.scalars(key.value) else {
                    throw PolicyError("Invalid policy syntax.")
                }
                conditions.append(
                    try PolicyCondition(
                        operator: member.name, key: key.name, values: values, takesVariables: takesVariables))
            }
        }
        return conditions
    }

    // A key that nobody knows would never be there, and a deny that asks for it would never hold.
    private func isConditionKey(_ text: String) -> Bool {
        guard text.utf8.count <= 512, let colon = text.firstIndex(of: ":"), colon != text.startIndex,
            text.index(after: colon) != text.endIndex
        else { return false }
        let key = ConditionKey(text)
        // Those of identity providers have an address in front, perhaps with slashes.
        guard key.name.contains(":") || kind == .roleTrust else { return false }
        return bucket == nil || S3PolicyNames.isConditionKey(key)
    }

    /// One string or a list of strings.
    private static func texts(_ value: PolicyJSON) -> [String]? {
        switch value {
        case .text(let text): return [text]
        case .array(let values):
            var texts: [String] = []
            for value in values {
                guard case .text(let text) = value else { return nil }
                texts.append(text)
            }
            return texts
        default: return nil
        }
    }

    private static func scalars(_ value: PolicyJSON) -> [String]? {
        guard case .array(let values) = value else { return value.scalarText.map { [$0] } }
        let texts = values.compactMap(\.scalarText)
        return texts.count == values.count ? texts : nil
    }
}

extension PolicyReader {
    /// The members of a statement by their names.
    private struct Fields {
        var identifier: String?
        var effect: PolicyJSON?
        var principal: PolicyJSON?
        var notPrincipal: PolicyJSON?
        var action: PolicyJSON?
        var notAction: PolicyJSON?
        var resource: PolicyJSON?
        var notResource: PolicyJSON?
        var condition: PolicyJSON?

        init(_ members: [PolicyJSON.Member]) throws(PolicyError) {
            for member in members {
                switch member.name {
                case "Sid":
                    guard case .text(let text) = member.value else { throw PolicyError("Invalid policy syntax.") }
                    identifier = text
                case "Effect": effect = member.value
                case "Principal": principal = member.value
                case "NotPrincipal": notPrincipal = member.value
                case "Action": action = member.value
                case "NotAction": notAction = member.value
                case "Resource": resource = member.value
                case "NotResource": notResource = member.value
                case "Condition": condition = member.value
                default: throw PolicyError("Unknown field \(member.name.shortened)")
                }
            }
        }

        /// The element or its opposite; nil for neither.
        func one(
            _ name: String, _ element: PolicyJSON?, _ opposite: PolicyJSON?
        ) throws(PolicyError) -> (value: PolicyJSON, isExclusion: Bool)? {
            guard element == nil || opposite == nil else {
                throw PolicyError("Statement has both \(name) and Not\(name)")
            }
            return element.map { ($0, false) } ?? opposite.map { ($0, true) }
        }
    }
}
