// Why this file exists: requests name grantees in three ways, in headers and in XML. Each is turned into an account or a
// group that exists; a grant to nobody would be kept for ever and mean something only once such an account is made.
import ObjectCore

/// A grant as a request asks for it.
struct RequestedGrant: Sendable, Equatable {
    enum Grantee: Sendable, Equatable {
        case id(String)
        case uri(String)
        case emailAddress(String)
    }

    var grantee: Grantee
    var permission: AccessGrant.Permission
}

/// The groups of S3, by their addresses.
enum GranteeGroup {
    private static let addresses: [(uri: String, grantee: AccessGrant.Grantee)] = [
        ("http://acs.amazonaws.com/groups/global/AllUsers", .allUsers),
        ("http://acs.amazonaws.com/groups/global/AuthenticatedUsers", .authenticatedUsers),
        ("http://acs.amazonaws.com/groups/s3/LogDelivery", .logDelivery),
    ]

    static func grantee(_ uri: String) -> AccessGrant.Grantee? { addresses.first { $0.uri == uri }?.grantee }

    /// Nil for an account.
    static func uri(of grantee: AccessGrant.Grantee) -> String? { addresses.first { $0.grantee == grantee }?.uri }
}

extension AccessGrant.Grantee {
    var isGroup: Bool { GranteeGroup.uri(of: self) != nil }
}

extension AccessGrant.Permission {
    /// As XML writes it.
    var wireName: String {
        switch self {
        case .fullControl: "FULL_CONTROL"
        case .read: "READ"
        case .write: "WRITE"
        case .readACP: "READ_ACP"
        case .writeACP: "WRITE_ACP"
        }
    }

    init?(wireName: String) {
        guard let value = AccessGrant.Permission.allCases.first(where: { $0.wireName == wireName }) else { return nil }
        self = value
    }
}

extension OperationContext {
    /// The grants that were asked for, to those who exist.
    /// - Throws: InvalidArgument, UnresolvableGrantByEmailAddress, AmbiguousGrantByEmailAddress.
    func resolved(_ requested: [RequestedGrant]) throws(S3Error) -> [AccessGrant] {
        guard requested.count <= AccessGrant.countMaximum else {
            throw S3Error(
                .malformedACL, "An access control list has at most \(AccessGrant.countMaximum) grants.")
        }
        var grants: [AccessGrant] = []
        for grant in requested { grants.append(AccessGrant(try resolved(grant.grantee), grant.permission)) }
        return grants
    }

    private func resolved(_ grantee: RequestedGrant.Grantee) throws(S3Error) -> AccessGrant.Grantee {
        switch grantee {
        case .id(let id):
            guard !id.isEmpty, store.accountName(id) != nil else {
                throw .invalidArgument("Invalid id", name: "CanonicalUser/ID", value: id)
            }
            return .account(id)
        case .uri(let uri):
            guard let group = GranteeGroup.grantee(uri) else {
                throw .invalidArgument("Invalid group uri", name: "uri", value: uri)
            }
            return group
        case .emailAddress(let address):
            // Accounts have no addresses here; one whose name is the address is meant by it.
            let accounts = store.accounts(named: address)
            guard let account = accounts.first else {
                throw S3Error(.unresolvableGrantByEmailAddress, fields: ["EmailAddress": address])
            }
            guard accounts.count == 1 else {
                throw S3Error(.ambiguousGrantByEmailAddress, fields: ["EmailAddress": address])
            }
            return .account(account)
        }
    }
}
