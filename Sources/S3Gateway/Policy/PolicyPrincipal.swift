// Why this file exists: a policy names callers in many forms, and what an allow is worth depends on which one fits. To
// name an account leaves the decision to that account; to name a user, a session or everybody decides.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
import ObjectCore

/// How exactly a policy named a caller.
enum PrincipalMatch: Int, Sendable, Comparable {
    /// By its account, whose own policies must allow too.
    case account
    /// By its role, or as everybody: what narrows the session still counts.
    case role
    /// Itself.
    case exact

    static func < (left: PrincipalMatch, right: PrincipalMatch) -> Bool { left.rawValue < right.rawValue }
}

/// One caller that a policy names.
enum PolicyPrincipal: Sendable, Hashable {
    case everyone
    /// Twelve digits, a canonical id, or whatever else an operator calls accounts.
    case account(String)
    /// `name` has its path in front, without the first slash.
    case user(account: String, name: String)
    case role(account: String, name: String)
    case session(account: String, role: String, session: String)
    case federatedUser(account: String, name: String)
    /// An identity provider.
    case provider(String)
    case service(String)

    /// How it fits a caller; nil when it does not.
    /// - Parameter home: the account that the resource belongs to, which an ARN without an account means.
    func match(_ subject: PolicySubject, home: PolicyAccount?) -> PrincipalMatch? {
        switch self {
        case .everyone: return .role
        case .account(let name): return subject.isOf(name) ? .account : nil
        case .user(let account, let name):
            // The form in which some servers name accounts: the last part is the account's canonical id.
            let isNumber = account == subject.account?.number
            if let id = subject.account?.canonicalID, !id.isEmpty, isNumber || !PolicyPrincipal.isNumber(account),
                name == id || name.utf8.reversed().starts(with: "/\(id)".utf8.reversed())
            {
                return .account
            }
            guard case .user(let own, let path) = subject.kind, subject.isOf(account, home: home),
                name == path.dropFirst() + own
            else { return nil }
            return .exact
        case .role(let account, let name):
            guard case .role(let own, let path, _) = subject.kind, subject.isOf(account, home: home),
                name == path.dropFirst() + own
            else { return nil }
            return .role
        case .session(let account, let role, let session):
            guard case .role(let own, _, let ownSession) = subject.kind, subject.isOf(account, home: home),
                role == own, session == ownSession
            else { return nil }
            return .exact
        case .federatedUser(let account, let name):
            guard case .federatedUser(let own) = subject.kind, subject.isOf(account, home: home), name == own else {
                return nil
            }
            return .exact
        case .provider(let provider):
            guard case .webIdentity(let own) = subject.kind, provider == own else { return nil }
            return .exact
        case .service(let name):
            guard case .service(let own) = subject.kind, name == own else { return nil }
            return .exact
        }
    }

    fileprivate static func isNumber(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy(ASCII.isDigit)
    }
}

extension PolicySubject {
    fileprivate func isOf(_ name: String) -> Bool {
        guard let account, !name.isEmpty else { return false }
        return name == account.number || name == account.canonicalID
    }

    fileprivate func isOf(_ name: String, home: PolicyAccount?) -> Bool {
        guard name.isEmpty else { return isOf(name) }
        return account != nil && account == home
    }
}

/// The element Principal or NotPrincipal.
struct PolicyPrincipals: Sendable, Hashable {
    var listed: [PolicyPrincipal]
    var isExclusion: Bool

    /// How the element fits a caller; nil when the statement is not about it.
    func match(_ subject: PolicySubject, home: PolicyAccount?) -> PrincipalMatch? {
        guard !isExclusion else { return isExempt(subject, home: home) ? nil : .role }
        var best: PrincipalMatch?
        for principal in listed {
            guard let match = principal.match(subject, home: home) else { continue }
            best = max(best ?? match, match)
        }
        return best
    }

    // Whoever is to be exempt must be listed with everything that contains it: the account of a user, the account and the
    // role of a session. See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    private func isExempt(_ subject: PolicySubject, home: PolicyAccount?) -> Bool {
        let matches = Set(listed.compactMap { $0.match(subject, home: home) })
        if listed.contains(.everyone) { return true }
        switch subject.kind {
        case .anonymous: return false
        case .root: return matches.contains(.account)
        case .user, .federatedUser: return matches.contains(.account) && matches.contains(.exact)
        case .role: return matches.isSuperset(of: [.account, .role, .exact])
        case .webIdentity, .service: return matches.contains(.exact)
        }
    }
}

// MARK: Reading

extension PolicyPrincipals {
    private static let invalid = PolicyError("Invalid principal in policy")
    /// The most principals of one statement.
    static let countMax = 1000

    init(_ value: PolicyJSON, isExclusion: Bool) throws(PolicyError) {
        self.isExclusion = isExclusion
        switch value {
        case .text("*"): listed = [.everyone]
        case .object(let members):
            listed = []
            for member in members {
                for text in try PolicyPrincipals.texts(member.value) {
                    listed.append(try PolicyPrincipals.principal(member.name, text))
                }
            }
        default: throw PolicyPrincipals.invalid
        }
        guard !listed.isEmpty, listed.count <= PolicyPrincipals.countMax else { throw PolicyPrincipals.invalid }
    }

    private static func texts(_ value: PolicyJSON) throws(PolicyError) -> [String] {
        switch value {
        case .text(let text): return [text]
        case .array(let values):
            var texts: [String] = []
            for value in values {
                guard case .text(let text) = value else { throw invalid }
                texts.append(text)
            }
            return texts
        default: throw invalid
        }
    }

    private static func principal(_ kind: String, _ text: String) throws(PolicyError) -> PolicyPrincipal {
        guard !text.isEmpty, text.utf8.count <= 2048 else { throw invalid }
        if text == "*", kind == "AWS" || kind == "CanonicalUser" { return .everyone }
        guard !text.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 <= 0x20 }) else {
            throw invalid
        }
        switch kind {
        case "AWS": return try principal(text)
        case "CanonicalUser": return .account(text)
        case "Federated": return .provider(text)
        case "Service":
            guard text.utf8.contains(UInt8(ascii: ".")) else { throw invalid }
            return .service(text)
        default: throw invalid
        }
    }

    private static func principal(_ text: String) throws(PolicyError) -> PolicyPrincipal {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1 {
            guard isAccount(text) else { throw invalid }
            return .account(text)
        }
        guard parts.count == ARNParts.partCount, parts[0] == "arn", parts[1] == "aws" || parts[1].hasPrefix("aws-"),
            parts[2] == "iam" || parts[2] == "sts", parts[3].isEmpty, parts[4].isEmpty || isAccount(parts[4])
        else { throw invalid }
        let account = parts[4]
        if parts[5] == "root", !account.isEmpty { return .account(account) }
        guard let slash = parts[5].firstIndex(of: "/") else { throw invalid }
        let name = String(parts[5][parts[5].index(after: slash)...])
        guard !name.isEmpty, !name.hasPrefix("/"), !name.hasSuffix("/") else { throw invalid }
        switch parts[5][..<slash] {
        case "user": return .user(account: account, name: name)
        case "role": return .role(account: account, name: name)
        case "federated-user": return .federatedUser(account: account, name: name)
        case "assumed-role":
            let names = name.split(separator: "/", omittingEmptySubsequences: false)
            guard names.count == 2 else { throw invalid }
            return .session(account: account, role: String(names[0]), session: String(names[1]))
        default: throw invalid
        }
    }

    private static func isAccount(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                ASCII.isDigit(byte) || (0x61...0x7A).contains(ASCII.lowercased(byte)) || "-_.@$".utf8.contains(byte)
            }
    }
}
