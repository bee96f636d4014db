// Why this file exists: conditions are a small language of their own: an operator, perhaps one word that says how several
// values go together, perhaps one that says what absence means. They are compiled when the policy is read and only look at
// the request for the keys that they name.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
import ObjectCore

/// One key under one operator.
struct PolicyCondition: Sendable {
    /// How several values of the request go together.
    enum Quantifier: Sendable, Hashable {
        /// One that fits is enough.
        case none
        case forAllValues
        case forAnyValue
    }

    enum Comparison: Sendable, Hashable {
        case equal, less, lessOrEqual, greater, greaterOrEqual

        func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
            switch self {
            case .equal: left == right
            case .less: left < right
            case .lessOrEqual: left <= right
            case .greater: left > right
            case .greaterOrEqual: left >= right
            }
        }
    }

    /// What a value of the request is held against: any of the listed ones may fit.
    enum Test: Sendable {
        case text([PolicyPattern], ignoringCase: Bool)
        case number(Comparison, [Double])
        /// Milliseconds since 1970.
        case date(Comparison, [Int64])
        case truth([Bool])
        case bytes([[UInt8]])
        case address([AddressRange])
        case arn([ARNPattern])
        /// Whether the key is absent.
        case absence([Bool])
    }

    let key: ConditionKey
    let quantifier: Quantifier
    /// Whether a request without the key is let through.
    let ifExists: Bool
    /// Whether a value must fit none of the listed ones.
    let isNegated: Bool
    let test: Test

    func holds(in context: some PolicyContext) -> Bool {
        var values = context.values(of: key) ?? []
        if case .absence(let wanted) = test { return wanted.contains(values.isEmpty) }
        // For lists, nothing but empty texts is nothing.
        if quantifier != .none, values.allSatisfy(\.isEmpty) { values = [] }
        guard !values.isEmpty else {
            if ifExists { return true }
            switch quantifier {
            case .none: return isNegated
            case .forAllValues: return true
            case .forAnyValue: return false
            }
        }
        switch quantifier {
        case .none: return values.contains { fits($0, in: context) } != isNegated
        case .forAllValues: return values.allSatisfy { fits($0, in: context) != isNegated }
        case .forAnyValue: return values.contains { fits($0, in: context) != isNegated }
        }
    }

    private func fits(_ value: String, in context: some PolicyContext) -> Bool {
        switch test {
        case .text(let patterns, let ignoringCase):
            let bytes = ignoringCase ? value.utf8.map(ASCII.lowercased) : Array(value.utf8)
            return patterns.contains { $0.matches(bytes[...], in: context, ignoringCase: ignoringCase) }
        case .number(let comparison, let numbers):
            guard let own = PolicyCondition.number(value) else { return false }
            return numbers.contains { comparison.holds(own, $0) }
        case .date(let comparison, let dates):
            guard let own = PolicyDate.milliseconds(value) else { return false }
            return dates.contains { comparison.holds(own, $0) }
        case .truth(let truths):
            guard let own = PolicyCondition.truth(value) else { return false }
            return truths.contains(own)
        case .bytes(let listed):
            guard let own = Base64.decode(Array(value.utf8)) else { return false }
            return listed.contains(own)
        case .address(let ranges):
            guard let own = AddressRange.address(value) else { return false }
            return ranges.contains { $0.contains(own) }
        case .arn(let patterns):
            let arn = ARNParts(Array(value.utf8))
            return patterns.contains { $0.matches(arn, in: context) }
        case .absence: return false
        }
    }

    /// Decimal digits, perhaps with a sign, a point and an exponent.
    static func number(_ text: String) -> Double? {
        guard !text.isEmpty, text.utf8.count <= 64,
            text.utf8.allSatisfy({ ASCII.isDigit($0) || "+-.eE".utf8.contains($0) })
        else { return nil }
        return Double(text)
    }

    static func truth(_ text: String) -> Bool? {
        switch ASCII.lowercased(text) {
        case "true": true
        case "false": false
        default: nil
        }
    }
}

// MARK: Reading

extension PolicyCondition {
    /// The most values of one key.
    static let valuesMax = 1000

    private enum Family {
        case text(Wildcard, ignoringCase: Bool)
        case number(Comparison), date(Comparison)
        case truth, bytes, address, arn, absence

        typealias Wildcard = PolicyPattern.Wildcards
    }

    private static let operators: [String: (family: Family, isNegated: Bool)] = [
        "StringEquals": (.text(.literal, ignoringCase: false), false),
        "StringNotEquals": (.text(.literal, ignoringCase: false), true),
        "StringEqualsIgnoreCase": (.text(.literal, ignoringCase: true), false),
        "StringNotEqualsIgnoreCase": (.text(.literal, ignoringCase: true), true),
        "StringLike": (.text(.meant, ignoringCase: false), false),
        "StringNotLike": (.text(.meant, ignoringCase: false), true),
        "NumericEquals": (.number(.equal), false),
        "NumericNotEquals": (.number(.equal), true),
        "NumericLessThan": (.number(.less), false),
        "NumericLessThanEquals": (.number(.lessOrEqual), false),
        "NumericGreaterThan": (.number(.greater), false),
        "NumericGreaterThanEquals": (.number(.greaterOrEqual), false),
        "DateEquals": (.date(.equal), false),
        "DateNotEquals": (.date(.equal), true),
        "DateLessThan": (.date(.less), false),
        "DateLessThanEquals": (.date(.lessOrEqual), false),
        "DateGreaterThan": (.date(.greater), false),
        "DateGreaterThanEquals": (.date(.greaterOrEqual), false),
        "Bool": (.truth, false),
        "BinaryEquals": (.bytes, false),
        "IpAddress": (.address, false),
        "NotIpAddress": (.address, true),
        "ArnEquals": (.arn, false),
        "ArnLike": (.arn, false),
        "ArnNotEquals": (.arn, true),
        "ArnNotLike": (.arn, true),
        "Null": (.absence, false),
    ]

    /// - Parameters:
    ///   - name: the operator as it was written, such as `ForAnyValue:StringLikeIfExists`.
    ///   - values: already known to be scalars.
    init(
        operator name: String, key: String, values: [String], takesVariables: Bool
    ) throws(PolicyError) {
        var rest = name[...]
        var quantifier = Quantifier.none
        if rest.hasPrefix("ForAllValues:") {
            quantifier = .forAllValues
            rest = rest.dropFirst("ForAllValues:".count)
        } else if rest.hasPrefix("ForAnyValue:") {
            quantifier = .forAnyValue
            rest = rest.dropFirst("ForAnyValue:".count)
        }
        let ifExists = rest.hasSuffix("IfExists")
        if ifExists { rest = rest.dropLast("IfExists".count) }
        guard let (family, isNegated) = PolicyCondition.operators[String(rest)] else {
            throw PolicyError("Invalid Condition type : \(name.shortened)")
        }
        // Absence has no values that could be counted.
        if case .absence = family, ifExists || quantifier != .none {
            throw PolicyError("Invalid Condition type : \(name.shortened)")
        }
        guard !values.isEmpty, values.count <= PolicyCondition.valuesMax else {
            throw PolicyError("Condition \(name.shortened) of \(key.shortened) has no values or too many")
        }
        self.key = ConditionKey(key)
        self.quantifier = quantifier
        self.ifExists = ifExists
        self.isNegated = isNegated
        test = try PolicyCondition.test(family, values, of: key, takesVariables: takesVariables)
    }

    private static func test(
        _ family: Family, _ values: [String], of key: String, takesVariables: Bool
    ) throws(PolicyError) -> Test {
        switch family {
        case .text(let wildcards, let ignoringCase):
            return .text(
                try values.map { text throws(PolicyError) in
                    let pattern = try PolicyPattern(text, wildcards: wildcards, takesVariables: takesVariables)
                    return ignoringCase ? pattern.lowercased : pattern
                }, ignoringCase: ignoringCase)
        case .number(let comparison): return .number(comparison, try read(values, of: key, number))
        case .date(let comparison): return .date(comparison, try read(values, of: key, PolicyDate.milliseconds))
        case .truth: return .truth(try read(values, of: key, truth))
        case .bytes: return .bytes(try read(values, of: key) { Base64.decode(Array($0.utf8)) })
        case .address: return .address(try read(values, of: key, AddressRange.init))
        case .arn:
            return .arn(
                try values.map { text throws(PolicyError) in
                    try ARNPattern(text, takesVariables: takesVariables)
                })
        case .absence: return .absence(try read(values, of: key, truth))
        }
    }

    private static func read<Value>(
        _ values: [String], of key: String, _ convert: (String) -> Value?
    ) throws(PolicyError) -> [Value] {
        try values.map { text throws(PolicyError) in
            guard let value = convert(text) else {
                throw PolicyError(
                    "Policy has an invalid value for the condition key \(key.shortened): \(text.shortened)")
            }
            return value
        }
    }
}
