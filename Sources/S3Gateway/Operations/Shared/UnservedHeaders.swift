// Why this file exists: a header that would change the result and is not served yet must be refused by name; ignoring
// one (encryption, a lock, a grant) would be a lie about what was stored. Every request passes here once.
// Left alone on purpose, because they change nothing here: `x-amz-request-payer` (the requester never pays),
// `x-amz-mfa` (MFA delete cannot be switched on), `x-amz-bypass-governance-retention` (nothing can be locked),
// `x-amz-optional-object-attributes` (it asks for the state of restores, and there are none to tell of).

/// Headers that are known and not served.
enum UnservedHeaders {
    /// Names that are refused, without the `x-amz-` that they all begin with.
    static let names: [StaticString] = [
        "server-side-encryption",
        "server-side-encryption-aws-kms-key-id",
        "server-side-encryption-bucket-key-enabled",
        "server-side-encryption-context",
        "server-side-encryption-customer-algorithm",
        "server-side-encryption-customer-key",
        "server-side-encryption-customer-key-md5",
        "copy-source-server-side-encryption-customer-algorithm",
        "copy-source-server-side-encryption-customer-key",
        "copy-source-server-side-encryption-customer-key-md5",
        "object-lock-mode",
        "object-lock-retain-until-date",
        "object-lock-legal-hold",
        "write-offset-bytes",
        "checksum-md5",
        "checksum-xxhash3",
        "checksum-xxhash64",
        "checksum-xxhash128",
    ]

    /// Names of which one value asks for nothing; every other value is refused.
    static let namesWithHarmlessValue: [(name: StaticString, harmless: StaticString)] = [
        ("bucket-object-lock-enabled", "false"),
        ("object-ownership", "BucketOwnerEnforced"),
        ("bucket-namespace", "global"),
    ]

    /// Headers that grant. Buckets are in the state BucketOwnerEnforced, where AWS refuses these as it does ACLs.
    static let grants: [StaticString] = [
        "grant-full-control", "grant-read", "grant-read-acp", "grant-write", "grant-write-acp",
    ]

    private static let prefix: StaticString = "x-amz-"
    private static let byLength: [[StaticString]] = {
        var table: [[StaticString]] = []
        for name in names + namesWithHarmlessValue.map(\.name) + grants {
            let length = name.utf8CodeUnitCount
            while table.count <= length { table.append([]) }
            table[length].append(name)
        }
        return table
    }()

    /// Refuses the request when it has a header that is not served.
    static func check(_ head: RequestHead) throws(S3Error) {
        let prefixLength = prefix.utf8CodeUnitCount
        for field in head.fields where field.name.count > prefixLength {
            let name = head.bytes[field.name.range]
            // `x-a`, cheaply, before anything is compared.
            guard name[name.startIndex] == UInt8(ascii: "x"), name[name.startIndex + 2] == UInt8(ascii: "a"),
                ASCII.hasPrefix(name, prefix)
            else { continue }
            let rest = name.dropFirst(prefixLength)
            guard rest.count < byLength.count else { continue }
            for candidate in byLength[rest.count] where ASCII.equal(rest, candidate) {
                try refuse(candidate, value: head.slice(field.value))
            }
        }
    }

    private static func refuse(_ name: StaticString, value: ArraySlice<UInt8>) throws(S3Error) {
        for entry in namesWithHarmlessValue
        where ASCII.equal(Array(name.description.utf8)[...], entry.name) {
            if value.map(ASCII.lowercased).elementsEqual(entry.harmless.description.lowercased().utf8) { return }
        }
        for grant in grants where ASCII.equal(Array(name.description.utf8)[...], grant) {
            throw S3Error(.accessControlListNotSupported)
        }
        throw .unserved(header: prefix.description + name.description)
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
