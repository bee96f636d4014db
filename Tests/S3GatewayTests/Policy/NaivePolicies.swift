// Why this file exists: a second evaluator of policies, written from AWS's documentation and not from the first one: slow,
// obvious, recursive, over the raw JSON, with nothing compiled. Where the two disagree, one of them is wrong.
import Foundation

@testable import S3Gateway

typealias RawPolicy = [String: Any]

/// A case for both evaluators.
struct PolicyCase {
    var identity: [String] = []
    var bucket: String?
    var layers: [[String]] = []
    var request: PolicyRequest
    var context: TableContext
    var grant = ResourceGrant.none
}

/// Judges one case.
struct NaivePolicies {
    private let subject: PolicySubject
    private let action: String
    private let resource: String
    private let home: PolicyAccount?
    private let context: [String: [String]]
    /// Whether the policy that is being read has variables.
    private var hasVariables = false

    static func verdict(on test: PolicyCase) throws -> PolicyVerdict {
        var judge = NaivePolicies(test)
        let identity = try test.identity.map(raw)
        let layers = try test.layers.map { try $0.map(raw) }
        let bucket = try test.bucket.map(raw)
        let isOwn = judge.subject.account != nil && (judge.home == nil || judge.home == judge.subject.account)
        let isRoot = judge.subject.kind == .root

        for policy in identity + Array(layers.joined()) where judge.strength("Deny", in: policy) > 0 {
            return .explicitDeny
        }
        let ownsPolicy =
            isOwn && isRoot
            && ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"].contains(judge.action)
        if let bucket, !ownsPolicy, judge.strength("Deny", in: bucket) > 0 { return .explicitDeny }

        var given = 0
        if let bucket { given = judge.strength("Allow", in: bucket) }
        switch test.grant {
        case .none: break
        case .account: given = max(given, 1)
        case .everyone: given = max(given, 2)
        }
        var ownPolicies = isRoot
        for policy in identity where judge.strength("Allow", in: policy) > 0 { ownPolicies = true }
        var everyLayer = true
        for layer in layers {
            var any = false
            for policy in layer where judge.strength("Allow", in: policy) > 0 { any = true }
            if !any { everyLayer = false }
        }
        if judge.subject.account == nil { return given > 0 ? .allow : .implicitDeny }
        if isOwn {
            if given == 3 { return .allow }
            if everyLayer && (ownPolicies || given == 2) { return .allow }
            return .implicitDeny
        }
        return given > 0 && ownPolicies && everyLayer ? .allow : .implicitDeny
    }

    private init(_ test: PolicyCase) {
        subject = test.request.subject
        action = test.request.action.rawValue
        resource = test.request.resource
        home = test.request.resourceAccount
        context = test.context.values
    }

    private static func raw(_ text: String) throws -> RawPolicy {
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? RawPolicy ?? [:]
    }

    private static func list(_ value: Any?) -> [Any] {
        switch value {
        case nil: []
        case let values as [Any]: values
        case let value?: [value]
        }
    }

    private static func texts(_ value: Any?) -> [String] { list(value).map { "\($0)" } }

    /// 0: no statement of that effect applies; 1: the account is named; 2: the role or everybody; 3: the caller itself.
    private mutating func strength(_ effect: String, in policy: RawPolicy) -> Int {
        hasVariables = policy["Version"] as? String == "2012-10-17"
        var best = 0
        for statement in NaivePolicies.list(policy["Statement"]).compactMap({ $0 as? RawPolicy })
        where statement["Effect"] as? String == effect {
            best = max(best, applies(statement))
        }
        return best
    }

    private func applies(_ statement: RawPolicy) -> Int {
        if let actions = statement["Action"] {
            guard NaivePolicies.texts(actions).contains(where: isAction) else { return 0 }
        } else {
            guard !NaivePolicies.texts(statement["NotAction"]).contains(where: isAction) else { return 0 }
        }
        if let resources = statement["Resource"] {
            guard NaivePolicies.texts(resources).contains(where: { isARN($0, resource) }) else { return 0 }
        } else if let resources = statement["NotResource"] {
            guard !NaivePolicies.texts(resources).contains(where: { isARN($0, resource) }) else { return 0 }
        }
        for (name, keys) in statement["Condition"] as? RawPolicy ?? [:] {
            for (key, values) in keys as? RawPolicy ?? [:] {
                guard holds(name, key, NaivePolicies.texts(values)) else { return 0 }
            }
        }
        if let principals = statement["Principal"] { return callerStrength(principals) }
        if let principals = statement["NotPrincipal"] { return isExempt(principals) ? 0 : 2 }
        return 3
    }

    // MARK: Callers

    private var ownNames: [(text: String, strength: Int)] {
        var names: [(String, Int)] = []
        if let account = subject.account {
            names = [
                (account.number, 1), ("arn:aws:iam::\(account.number):root", 1), (account.canonicalID, 1),
                ("arn:aws:iam:::user/\(account.canonicalID)", 1),
            ]
            let numbers = [account.number] + (account == home ? [""] : [])
            for number in numbers {
                switch subject.kind {
                case .user(let name, let path): names.append(("arn:aws:iam::\(number):user\(path)\(name)", 3))
                case .role(let name, let path, let session):
                    names.append(("arn:aws:iam::\(number):role\(path)\(name)", 2))
                    names.append(("arn:aws:sts::\(number):assumed-role/\(name)/\(session)", 3))
                default: break
                }
            }
        }
        if case .service(let name) = subject.kind { names.append((name, 3)) }
        if case .webIdentity(let provider) = subject.kind { names.append((provider, 3)) }
        return names
    }

    private static func named(_ principals: Any) -> [String] {
        if let text = principals as? String { return [text] }
        return (principals as? RawPolicy ?? [:]).values.flatMap(texts)
    }

    private func callerStrength(_ principals: Any) -> Int {
        var best = 0
        for text in NaivePolicies.named(principals) {
            if text == "*" { best = max(best, 2) }
            for name in ownNames where name.text == text { best = max(best, name.strength) }
        }
        return best
    }

    private func isExempt(_ principals: Any) -> Bool {
        let named = NaivePolicies.named(principals)
        if named.contains("*") { return true }
        let needed = Set(ownNames.map(\.strength))
        let found = Set(ownNames.filter { named.contains($0.text) }.map(\.strength))
        return !needed.isEmpty && found == needed
    }

    // MARK: Texts

    private struct Unit {
        var scalar: Unicode.Scalar
        var isWild: Bool
        var isInserted: Bool
    }

    /// Nil when a variable has no value.
    private func expanded(_ text: String) -> [Unit]? {
        var units: [Unit] = []
        var rest = text[...]
        while let scalar = rest.unicodeScalars.first {
            if hasVariables, rest.hasPrefix("${"), let end = rest.firstIndex(of: "}") {
                let inside = rest[rest.index(rest.startIndex, offsetBy: 2)..<end]
                rest = rest[rest.index(after: end)...]
                let value: String
                if ["*", "?", "$"].contains(inside) {
                    value = String(inside)
                } else {
                    let parts = inside.components(separatedBy: ",")
                    let found = own(parts[0].trimmingCharacters(in: .whitespaces)) ?? []
                    if found.count > 1 { return nil }
                    if let one = found.first {
                        value = one
                    } else if parts.count > 1 {
                        value = parts[1].trimmingCharacters(in: .whitespaces).trimmingCharacters(in: ["'"])
                    } else {
                        return nil
                    }
                }
                units += value.unicodeScalars.map { Unit(scalar: $0, isWild: false, isInserted: true) }
                continue
            }
            units.append(Unit(scalar: scalar, isWild: scalar == "*" || scalar == "?", isInserted: false))
            rest = Substring(rest.unicodeScalars.dropFirst())
        }
        return units
    }

    private func glob(_ pattern: ArraySlice<Unit>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first.isWild, first.scalar == "*" {
            return glob(pattern.dropFirst(), text) || (!text.isEmpty && glob(pattern, text.dropFirst()))
        }
        guard let scalar = text.first, first.isWild || first.scalar == scalar else { return false }
        return glob(pattern.dropFirst(), text.dropFirst())
    }

    private func isAction(_ pattern: String) -> Bool {
        let units = pattern.lowercased().unicodeScalars.map {
            Unit(scalar: $0, isWild: $0 == "*" || $0 == "?", isInserted: false)
        }
        return glob(units[...], Array(action.lowercased().unicodeScalars)[...])
    }

    private func isARN(_ pattern: String, _ text: String) -> Bool {
        if pattern == "*" { return true }
        guard let units = expanded(pattern) else { return false }
        var patternParts: [[Unit]] = [[]]
        for unit in units {
            if unit.scalar == ":", !unit.isInserted, patternParts.count < 6 {
                patternParts.append([])
            } else {
                patternParts[patternParts.count - 1].append(unit)
            }
        }
        var parts = text.components(separatedBy: ":")
        guard patternParts.count == 6, parts.count >= 6 else { return false }
        parts = Array(parts[..<5]) + [parts[5...].joined(separator: ":")]
        return zip(patternParts, parts).allSatisfy { glob($0[...], Array($1.unicodeScalars)[...]) }
    }

    // MARK: Conditions

    private func own(_ key: String) -> [String]? {
        let found = context[TableContext.folded(key)]
        return found?.isEmpty == true ? nil : found
    }

    private func holds(_ name: String, _ key: String, _ listed: [String]) -> Bool {
        var name = name
        var qualifier = ""
        if let colon = name.firstIndex(of: ":") {
            qualifier = String(name[..<colon])
            name = String(name[name.index(after: colon)...])
        }
        var found = own(key)
        if name == "Null" { return listed.contains { ($0.lowercased() == "true" || $0 == "1") == (found == nil) } }
        let mayLack = name.hasSuffix("IfExists")
        if mayLack { name.removeLast("IfExists".count) }
        let isNegated = name.contains("Not")
        let positive = name.replacingOccurrences(of: "Not", with: "")
        if !qualifier.isEmpty, found?.allSatisfy({ $0.isEmpty }) == true { found = nil }
        guard let found else {
            if mayLack { return true }
            return qualifier == "ForAllValues" ? true : qualifier == "ForAnyValue" ? false : isNegated
        }
        func single(_ value: String) -> Bool {
            let matches = listed.contains { fits(positive, value, $0) }
            return isNegated ? !matches : matches
        }
        switch qualifier {
        case "ForAllValues": return !found.contains { !single($0) }
        case "ForAnyValue": return found.contains { single($0) }
        default:
            // Without a qualifier a single value is meant; of several, one that matches is a match.
            return isNegated ? !found.contains { !single($0) } : found.contains { single($0) }
        }
    }

    private func fits(_ name: String, _ value: String, _ listed: String) -> Bool {
        switch name {
        case "StringEquals", "StringEqualsIgnoreCase":
            guard let units = expanded(listed) else { return false }
            let text = String(String.UnicodeScalarView(units.map(\.scalar)))
            return name == "StringEquals" ? text == value : text.lowercased() == value.lowercased()
        case "StringLike":
            guard let units = expanded(listed) else { return false }
            return glob(units[...], Array(value.unicodeScalars)[...])
        case "ArnEquals", "ArnLike": return isARN(listed, value)
        case "Bool": return ["true", "false"].contains(value.lowercased()) && isTrue(listed) == isTrue(value)
        case "BinaryEquals":
            guard let left = Data(base64Encoded: listed), let right = Data(base64Encoded: value) else { return false }
            return left == right
        case "IpAddress":
            let range = listed.components(separatedBy: "/")
            guard let own = NaivePolicies.bits(value), let network = NaivePolicies.bits(range[0]),
                own.count == network.count
            else { return false }
            let length = range.count > 1 ? Int(range[1]) ?? 0 : network.count
            return own.prefix(length) == network.prefix(length)
        default:
            let isDate = name.hasPrefix("Date")
            guard let left = isDate ? NaivePolicies.date(value) : NaivePolicies.number(value),
                let right = isDate ? NaivePolicies.date(listed) : NaivePolicies.number(listed)
            else { return false }
            switch name.dropFirst(isDate ? "Date".count : "Numeric".count) {
            case "Equals": return left == right
            case "LessThan": return left < right
            case "LessThanEquals": return left < right || left == right
            case "GreaterThan": return left > right
            case "GreaterThanEquals": return left > right || left == right
            default: return false
            }
        }
    }

    private func isTrue(_ text: String) -> Bool { text.lowercased() == "true" || text == "1" }

    private static func number(_ text: String) -> Decimal? {
        text.contains { !"0123456789.-e".contains($0) } ? nil : Decimal(string: text)
    }

    /// What the cases write, looked up.
    static let dates: [String: Decimal] = [
        "2024-02-29T00:00:00Z": 1_709_164_800, "2024-02-29T01:00:00+01:00": 1_709_164_800, "2024-02-29": 1_709_164_800,
        "1709164800": 1_709_164_800, "2024-02-29T00:00:00.250Z": 1_709_164_800.25,
        "2013-07-01T12:30:00Z": 1_372_681_800,
        "2013-07-01T12:30Z": 1_372_681_800,
    ]

    private static func date(_ text: String) -> Decimal? { dates[text] }

    private static let longAddresses: [String: String] = [
        "2001:db8:1234:5678::1": "20010db8123456780000000000000001", "2001:db8::": "20010db8000000000000000000000000",
        "2001:DB8:1234:5678::": "20010db8123456780000000000000000", "::1": "00000000000000000000000000000001",
    ]

    private static func bits(_ text: String) -> String? {
        if let digits = longAddresses[text] {
            return digits.map { digit in
                let bits = String(digit.hexDigitValue ?? 0, radix: 2)
                return String(repeating: "0", count: 4 - bits.count) + bits
            }.joined()
        }
        let numbers = text.components(separatedBy: ".").compactMap { UInt8($0) }
        guard numbers.count == 4 else { return nil }
        return numbers.map { number in
            let bits = String(number, radix: 2)
            return String(repeating: "0", count: 8 - bits.count) + bits
        }.joined()
    }
}
