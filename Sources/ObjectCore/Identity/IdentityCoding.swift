// Why this file exists: the rows of `identities` (docs/FORMAT.md, "Records").

/// A row that is to be written, or to be removed when it has no record.
struct IdentityRow: Sendable {
    var kind: IdentityKind
    var id: String
    var name: String
    var record: [UInt8]?
}

extension IdentityEntity {
    /// Calls `body` with a writer that has the header, and seals what it wrote.
    fileprivate func sealed(account: Int64, _ body: (inout RecordWriter) -> Void) -> IdentityRow {
        var writer = RecordWriter(reserving: 512)
        writer.text(header.name)
        writer.text(header.path)
        writer.signed(header.created.milliseconds)
        writer.pairs(header.tags)
        body(&writer)
        return IdentityRow(
            kind: Self.kind, id: id, name: name,
            record: writer.sealed(with: IdentityCoding.columns(id, account: account, kind: Self.kind)))
    }
}

/// Coding of the four kinds.
enum IdentityCoding {
    static func row(_ user: IdentityUser, account: Int64) -> IdentityRow {
        user.sealed(account: account) { writer in
            writer.policies(user.policies)
            writer.texts(user.groups)
        }
    }

    static func row(_ group: IdentityGroup, account: Int64) -> IdentityRow {
        group.sealed(account: account) { $0.policies(group.policies) }
    }

    static func row(_ role: IdentityRole, account: Int64) -> IdentityRow {
        role.sealed(account: account) { writer in
            writer.policies(role.policies)
            writer.text(role.trust)
            writer.text(role.description)
            writer.signed(role.sessionSecondsMax)
        }
    }

    static func row(_ policy: ManagedPolicy, account: Int64) -> IdentityRow {
        policy.sealed(account: account) { writer in
            writer.text(policy.description)
            writer.signed(policy.defaultNumber)
            writer.signed(policy.highestNumber)
            writer.count(policy.versions.count)
            for version in policy.versions {
                writer.signed(version.number)
                writer.signed(version.created.milliseconds)
                writer.text(version.document)
            }
        }
    }

    /// Reads a row into its directory.
    static func read(
        _ id: String, account: Int64, kind number: Int64, record: UnsafeRawBufferPointer,
        into directory: inout IdentityDirectory
    ) throws(StoreError) {
        guard let kind = UInt8(exactly: number).flatMap(IdentityKind.init) else {
            throw .corrupt("the identity \(id) is of an unknown kind")
        }
        var reader = try RecordReader(
            sealed: record, columns: columns(id, account: account, kind: kind), row: "\(kind.word) \(id)")
        let header = IdentityHeader(
            id: id, name: try reader.text(), path: try reader.text(),
            created: Timestamp(milliseconds: try reader.signed()), tags: try reader.pairs())
        switch kind {
        case .user:
            directory.users.enter(
                IdentityUser(header: header, policies: try reader.policies(), groups: try reader.texts()))
        case .group:
            directory.groups.enter(IdentityGroup(header: header, policies: try reader.policies()))
        case .role:
            directory.roles.enter(
                IdentityRole(
                    header: header, policies: try reader.policies(), trust: try reader.text(),
                    description: try reader.text(), sessionSecondsMax: try reader.signed()))
        case .policy:
            var policy = ManagedPolicy(
                header: header, description: try reader.text(), versions: [], defaultNumber: try reader.signed(),
                highestNumber: try reader.signed())
            for _ in 0..<(try reader.count()) {
                policy.versions.append(
                    ManagedPolicy.Version(
                        number: try reader.signed(), created: Timestamp(milliseconds: try reader.signed()),
                        document: try reader.text()))
            }
            directory.policies.enter(policy)
        }
    }

    fileprivate static func columns(_ id: String, account: Int64, kind: IdentityKind) -> [UInt8] {
        withUnsafeBytes(of: account.littleEndian) { Array($0) } + [kind.rawValue] + Array(id.utf8)
    }
}

extension RecordWriter {
    fileprivate mutating func policies(_ policies: HeldPolicies) {
        pairs(policies.inline)
        texts(policies.attached)
    }
}

extension RecordReader {
    fileprivate mutating func policies() throws(StoreError) -> HeldPolicies {
        var policies = HeldPolicies()
        policies.inline = try pairs()
        policies.attached = try texts()
        return policies
    }
}
