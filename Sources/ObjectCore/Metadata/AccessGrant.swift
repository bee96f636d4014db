// Why this file exists: an access control list is a list of grants, kept with the object or the bucket that it is
// about. What a grant lets somebody do is the gateway's business; the store keeps it unchanged.
// Invariant: the raw values are on disk (docs/FORMAT.md): never renumber.

/// One line of an access control list.
public struct AccessGrant: Sendable, Hashable {
    /// Who is given something.
    public enum Grantee: Sendable, Hashable {
        /// An account, by its canonical id.
        case account(String)
        /// Everybody, signed or not.
        case allUsers
        /// Everybody who has an account.
        case authenticatedUsers
        /// The service that writes access logs.
        case logDelivery
    }

    /// What is given.
    public enum Permission: UInt8, Sendable, CaseIterable {
        case fullControl = 1
        case read = 2
        case write = 3
        case readACP = 4
        case writeACP = 5
    }

    /// The most grants of one list.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
    public static let countMaximum = 100

    public var grantee: Grantee
    public var permission: Permission

    public init(_ grantee: Grantee, _ permission: Permission) {
        self.grantee = grantee
        self.permission = permission
    }
}

extension AccessGrant {
    /// The bytes of docs/FORMAT.md, "Access control lists".
    public static func encode(_ grants: [AccessGrant]) -> [UInt8] {
        var writer = RecordWriter(reserving: 16 + 70 * grants.count)
        writer.count(grants.count)
        for grant in grants {
            writer.byte(grant.permission.rawValue)
            switch grant.grantee {
            case .account(let id):
                writer.byte(1)
                writer.text(id)
            case .allUsers: writer.byte(2)
            case .authenticatedUsers: writer.byte(3)
            case .logDelivery: writer.byte(4)
            }
        }
        return writer.bytes
    }

    /// Reads what ``encode(_:)`` wrote.
    /// - Throws: ``StoreError/corrupt(_:)``.
    public static func decode(_ bytes: [UInt8]) throws(StoreError) -> [AccessGrant] {
        try bytes.reading { buffer throws(StoreError) in
            var reader = RecordReader(buffer)
            let count = try reader.count()
            guard count <= countMaximum else { throw .corrupt("an access control list has \(count) grants") }
            var grants: [AccessGrant] = []
            for _ in 0..<count {
                guard let permission = Permission(rawValue: try reader.byte()) else {
                    throw .corrupt("an access control list names an unknown permission")
                }
                let grantee: Grantee
                switch try reader.byte() {
                case 1: grantee = .account(try reader.text())
                case 2: grantee = .allUsers
                case 3: grantee = .authenticatedUsers
                case 4: grantee = .logDelivery
                default: throw .corrupt("an access control list names an unknown grantee")
                }
                grants.append(AccessGrant(grantee, permission))
            }
            return grants
        }
    }
}
