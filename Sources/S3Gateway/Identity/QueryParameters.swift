// Why this file exists: the AWS Query protocol: parameters of a form, lists and structures spelled out in their names
// (`Tags.member.1.Key`).
// Invariant: a parameter that nobody read is refused: one that is passed over could have changed what was meant.
// See: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html

/// The parameters of one call.
struct QueryParameters {
    private var values: [String: String] = [:]
    private var unread: Set<String> = []

    /// The names that belong to the call itself or to its signature, in lower case.
    private static let envelope: Set<String> = [
        "action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires",
        "x-amz-signedheaders", "x-amz-signature", "x-amz-security-token",
    ]

    /// Takes parameters from a query or a form.
    /// - Throws: InvalidRequest for a name that comes twice, in whichever of the two.
    mutating func add(_ items: QueryItems) throws(S3Error) {
        for item in items.items {
            let name = items.name(of: item)
            guard values.updateValue(items.value(of: item), forKey: name) == nil else {
                throw S3Error(.invalidRequest, "The parameter \(name.prefix(128)) comes more than once.")
            }
            if !QueryParameters.envelope.contains(ASCII.lowercased(name)) { unread.insert(name) }
        }
    }

    var action: String? { values["Action"] }
    var version: String? { values["Version"] }

    /// The value of a parameter, or nil when it is absent.
    mutating func text(_ name: String) -> String? {
        unread.remove(name)
        return values[name]
    }

    /// - Throws: ValidationError when it is absent.
    mutating func required(_ name: String) throws(IdentityError) -> String {
        guard let value = text(name) else { throw IdentityError.missing(name) }
        return value
    }

    /// - Throws: ValidationError when it is no number or not in `range`.
    mutating func integer(_ name: String, in range: ClosedRange<Int64>) throws(IdentityError) -> Int64? {
        guard let text = text(name) else { return nil }
        guard let value = ASCII.decimal(text.utf8), range.contains(value) else {
            throw IdentityError.validation(
                text, at: name, "Member must have value between \(range.lowerBound) and \(range.upperBound)")
        }
        return value
    }

    /// - Throws: ValidationError when it is neither `true` nor `false`.
    mutating func flag(_ name: String) throws(IdentityError) -> Bool? {
        switch text(name) {
        case nil: return nil
        case "true": return true
        case "false": return false
        case .some(let other): throw IdentityError.validation(other, at: name, "Member must be true or false")
        }
    }

    /// A list of texts: `name.member.1`, `name.member.2`, …
    mutating func list(_ name: String) -> [String] {
        takeEmptyList(name)
        var found: [String] = []
        while let value = text("\(name).member.\(found.count + 1)") { found.append(value) }
        return found
    }

    /// A list of structures: `name.member.1.Field`, … Every structure has the first of `fields`; the others are "" when
    /// they are absent.
    mutating func structures(_ name: String, _ fields: [String]) -> [[String: String]] {
        takeEmptyList(name)
        var found: [[String: String]] = []
        while true {
            let start = "\(name).member.\(found.count + 1)."
            guard fields.first.flatMap({ values[start + $0] }) != nil else { return found }
            var structure: [String: String] = [:]
            for field in fields { structure[field] = text(start + field) ?? "" }
            found.append(structure)
        }
    }

    // An empty list is written as an empty parameter.
    private mutating func takeEmptyList(_ name: String) {
        if values[name]?.isEmpty == true { unread.remove(name) }
    }

    /// Ends the reading.
    /// - Throws: ValidationError naming a parameter that no reader knew.
    func finish() throws(IdentityError) {
        guard let name = unread.min() else { return }
        throw IdentityError(
            .validationError, "The parameter \(name.prefix(128)) is not supported by \(action ?? "this action") here.")
    }
}
