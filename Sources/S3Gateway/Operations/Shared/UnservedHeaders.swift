// Why this file exists: a header that would change the result and is not served yet must be refused by name; ignoring
// one (encryption, a lock, a grant) would be a lie about what was stored. Every request passes here once.
// Left alone on purpose, because they change nothing here: `x-amz-request-payer` (the requester never pays),
// `x-amz-mfa` (MFA delete cannot be switched on).

/// Headers that are known and not served.
enum UnservedHeaders {
    /// Names that are refused, without the `x-amz-` that they all begin with.
    static let names: [StaticString] = [
        "write-offset-bytes",
        "if-match-initiated-time",
    ]

    /// Names of which one value asks for nothing; every other value is refused.
    static let namesWithHarmlessValue: [(name: StaticString, harmless: StaticString)] = [
        ("bucket-namespace", "global")
    ]

    /// Headers that carry a customer's key, which must not travel where others can read it.
    static let customerKeys: [StaticString] = [
        "server-side-encryption-customer-algorithm",
        "server-side-encryption-customer-key",
        "server-side-encryption-customer-key-md5",
        "copy-source-server-side-encryption-customer-algorithm",
        "copy-source-server-side-encryption-customer-key",
        "copy-source-server-side-encryption-customer-key-md5",
    ]

    private enum Rule: Sendable {
        case never
        case onlyWhenSecure
        case onlyWithValue(StaticString)
    }

    private static let prefix: StaticString = "x-amz-"
    // By the length of the name: for most headers nothing is compared at all.
    private static let byLength: [[(name: StaticString, rule: Rule)]] = {
        let all: [(name: StaticString, rule: Rule)] =
            names.map { ($0, .never) } + namesWithHarmlessValue.map { ($0.name, .onlyWithValue($0.harmless)) }
            + customerKeys.map { ($0, .onlyWhenSecure) }
        var table: [[(name: StaticString, rule: Rule)]] = []
        for entry in all {
            let length = entry.name.utf8CodeUnitCount
            while table.count <= length { table.append([]) }
            table[length].append(entry)
        }
        return table
    }()

    /// Refuses the request when it has a header that is not served. Parameters of a presigned URL count as headers.
    /// - Parameter takesCustomerKeys: whether a customer's key may come this way.
    static func check(_ request: S3Request, takesCustomerKeys: Bool) throws(S3Error) {
        let head = request.head
        for field in head.fields where field.name.count > prefix.utf8CodeUnitCount {
            let name = head.bytes[field.name.range]
            // Most other headers differ in the first letter.
            guard name[name.startIndex] == UInt8(ascii: "x"), ASCII.hasPrefix(name, prefix) else { continue }
            try check(name: name, value: head.bytes[field.value.range], takesCustomerKeys: takesCustomerKeys)
        }
        for item in request.query.items where item.name.count > prefix.utf8CodeUnitCount {
            try check(
                name: Array(request.query.name(of: item).lowercased().utf8)[...],
                value: request.query.valueBytes(of: item)[...], takesCustomerKeys: takesCustomerKeys)
        }
    }

    /// Refuses a header, or a field of a form that stands for one.
    /// - Parameter name: in lower case.
    static func check(
        name: ArraySlice<UInt8>, value: ArraySlice<UInt8>, takesCustomerKeys: Bool
    ) throws(S3Error) {
        guard ASCII.hasPrefix(name, prefix) else { return }
        let rest = name.dropFirst(prefix.utf8CodeUnitCount)
        guard rest.count < byLength.count else { return }
        for entry in byLength[rest.count] where ASCII.equal(rest, entry.name) {
            switch entry.rule {
            case .never: throw .unserved(header: prefix.description + entry.name.description)
            case .onlyWithValue(let harmless):
                if value.map(ASCII.lowercased).elementsEqual(harmless.description.lowercased().utf8) { return }
                throw .unserved(header: prefix.description + entry.name.description)
            case .onlyWhenSecure:
                guard !takesCustomerKeys else { return }
                throw S3Error(
                    .invalidRequest,
                    "Requests specifying Server Side Encryption with Customer provided keys must be made over a "
                        + "secure connection.")
            }
        }
    }
}

extension S3Error {
    /// 501 that names the header, as AWS does.
    static func unserved(header: String) -> S3Error {
        S3Error(
            .notImplemented, "A header you provided implies functionality that is not implemented: \(header)",
            fields: ["Header": header])
    }
}
