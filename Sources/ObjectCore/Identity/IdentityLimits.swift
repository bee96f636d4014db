// Why this file exists: what names, paths and counts of identities may be. AWS's default quotas, so that what works here
// works there.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

/// Quotas of one account.
public enum IdentityLimits {
    public static let usersMax = 5000
    public static let groupsMax = 300
    public static let rolesMax = 1000
    public static let policiesMax = 1500
    public static let providersMax = 100
    public static let clientIDsMax = 100
    public static let clientIDLengthMax = 255
    public static let thumbprintsMax = 5
    /// Hexadecimal digits of a SHA-1.
    public static let thumbprintLength = 40
    public static let groupsPerUserMax = 10
    public static let attachedPoliciesMax = 10
    public static let policyVersionsMax = 5
    public static let keysPerUserMax = 2
    public static let tagsMax = 50
    public static let pathLengthMax = 512
    public static let descriptionLengthMax = 1000
    /// The longest session of a role, in seconds.
    public static let sessionSeconds: ClosedRange<Int64> = 3600...43_200

    /// Identities of a kind in an account.
    public static func countMax(_ kind: IdentityKind) -> Int {
        switch kind {
        case .user: usersMax
        case .group: groupsMax
        case .role: rolesMax
        case .policy: policiesMax
        case .provider: providersMax
        }
    }

    /// Characters of a name.
    public static func nameLengthMax(_ kind: IdentityKind) -> Int {
        switch kind {
        case .user, .role: 64
        case .group, .policy: 128
        case .provider: 255
        }
    }

    /// Characters of all inline policies of an identity together, or of a managed policy; white space does not count.
    public static func policyCharactersMax(_ kind: IdentityKind) -> Int {
        switch kind {
        case .user: 2048
        case .group: 5120
        case .role: 10_240
        case .policy: 6144
        case .provider: 0
        }
    }

    /// Characters of a trust policy; white space does not count.
    public static let trustCharactersMax = 2048

    /// Characters of a document, white space left out.
    public static func characters(_ document: String) -> Int {
        document.unicodeScalars.reduce(0) { $0 + ($1.properties.isWhitespace ? 0 : 1) }
    }

    static func checkName(_ name: String, _ kind: IdentityKind) throws(StoreError) {
        if kind == .provider { return try checkProviderName(name) }
        guard (1...nameLengthMax(kind)).contains(name.utf8.count), name.utf8.allSatisfy(isNameByte) else {
            throw .identity(
                .invalid(
                    "The specified value for \(kind.word)Name is invalid. It must contain only alphanumeric characters "
                        + "and/or the following: +=,.@_- and have at most \(nameLengthMax(kind)) of them"))
        }
    }

    // An address without its scheme. Wildcards and variables of policies have no place in it.
    private static func checkProviderName(_ name: String) throws(StoreError) {
        guard (1...nameLengthMax(.provider)).contains(name.utf8.count),
            name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"*?#$\"<>\\".utf8.contains($0) })
        else { throw .identity(.invalid("The URL of an identity provider must be one without query and fragment.")) }
    }

    /// `[\w+=,.@-]`
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "_+=,.@-".utf8.contains(byte)
        }
    }

    static func checkPath(_ path: String) throws(StoreError) {
        guard (1...pathLengthMax).contains(path.utf8.count), path.utf8.first == 0x2F, path.utf8.last == 0x2F,
            path == "/" || path.utf8.count > 2, path.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw .identity(
                .invalid(
                    "The specified value for path is invalid. It must begin and end with / and contain only "
                        + "alphanumeric characters and/or / characters."))
        }
    }
}
