// Why this file exists: the rows of `identities` (docs/FORMAT.md, "Records"): a kind's fields stand behind the header that
// all kinds share, and both directions of each kind stand side by side.

/// A row that is to be written, or to be removed when it has no record.
struct IdentityRow: Sendable {
    var kind: IdentityKind
    var id: String
    var name: String
    var record: [UInt8]?
}

/// An identity as a row and as a member of a directory.
protocol StoredIdentity: IdentityEntity {
    /// Where directories keep its kind.
    static var place: WritableKeyPath<IdentityDirectory, IdentitySet<Self>> { get }
    /// Reads what stands behind the header.
    init(_ header: IdentityHeader, from reader: inout RecordReader) throws(StoreError)
    /// Writes the same.
    func write(to writer: inout RecordWriter)
}

/// One that holds policies.
typealias StoredHolder = StoredIdentity & PolicyHolder

extension StoredIdentity {
    func row(account: Int64) -> IdentityRow {
        var writer = RecordWriter(reserving: 512)
        writer.text(header.name)
        writer.text(header.path)
        writer.signed(header.created.milliseconds)
        writer.pairs(header.tags)
        write(to: &writer)
        return IdentityRow(
            kind: Self.kind, id: id, name: name,
            record: writer.sealed(with: IdentityCoding.columns(id, account: account, kind: Self.kind)))
    }

    fileprivate static func read(
        _ header: IdentityHeader, _ reader: inout RecordReader, into directory: inout IdentityDirectory
    ) throws(StoreError) {
        directory[keyPath: place].enter(try Self(header, from: &reader))
    }
}

enum IdentityCoding {
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
        case .user: try IdentityUser.read(header, &reader, into: &directory)
        case .group: try IdentityGroup.read(header, &reader, into: &directory)
        case .role: try IdentityRole.read(header, &reader, into: &directory)
        case .policy: try ManagedPolicy.read(header, &reader, into: &directory)
        case .provider: try OpenIDProvider.read(header, &reader, into: &directory)
        }
    }

    fileprivate static func columns(_ id: String, account: Int64, kind: IdentityKind) -> [UInt8] {
        withUnsafeBytes(of: account.littleEndian) { Array($0) } + [kind.rawValue] + Array(id.utf8)
    }
}

// MARK: The kinds

extension IdentityUser: StoredIdentity {
    static var place: WritableKeyPath<IdentityDirectory, IdentitySet<Self>> { \.users }

    init(_ header: IdentityHeader, from reader: inout RecordReader) throws(StoreError) {
        self.init(header: header, policies: try reader.policies(), groups: try reader.texts())
    }

    func write(to writer: inout RecordWriter) {
        writer.policies(policies)
        writer.texts(groups)
    }
}

extension IdentityGroup: StoredIdentity {
    static var place: WritableKeyPath<IdentityDirectory, IdentitySet<Self>> { \.groups }

    init(_ header: IdentityHeader, from reader: inout RecordReader) throws(StoreError) {
        self.init(header: header, policies: try reader.policies())
    }

    func write(to writer: inout RecordWriter) { writer.policies(policies) }
}

extension IdentityRole: StoredIdentity {
    static var place: WritableKeyPath<IdentityDirectory, IdentitySet<Self>> { \.roles }

    init(_ header: IdentityHeader, from reader: inout RecordReader) throws(StoreError) {
        self.init(
            header: header, policies: try reader.policies(), trust: try reader.text(), description: try reader.text(),
            sessionSecondsMax: try reader.signed())
    }

    func write(to writer: inout RecordWriter) {
        writer.policies(policies)
        writer.text(trust)
        writer.text(description)
        writer.signed(sessionSecondsMax)
    }
}

extension ManagedPolicy: StoredIdentity {
    static var place: WritableKeyPath<IdentityDirectory, IdentitySet<Self>> { \.policies }

    init(_ header: IdentityHeader, from reader: inout RecordReader) throws(StoreError) {
        self.init(
            header: header, description: try reader.text(), versions: [], defaultNumber: try reader.signed(),
            highestNumber: try reader.signed())
        for _ in 0..<(try reader.count()) {
            versions.append(
                Version(
                    number: try reader.signed(), created: Timestamp(milliseconds: try reader.signed()),
                    document: try reader.text()))
        }
    }

    func write(to writer: inout RecordWriter) {
        writer.text(description)
        writer.signed(defaultNumber)
        writer.signed(highestNumber)
        writer.count(versions.count)
        for version in versions {
            writer.signed(version.number)
            writer.signed(version.created.milliseconds)
            writer.text(version.document)
        }
    }
}

extension OpenIDProvider: StoredIdentity {
    static var place: WritableKeyPath<IdentityDirectory, IdentitySet<Self>> { \.providers }

    init(_ header: IdentityHeader, from reader: inout RecordReader) throws(StoreError) {
        self.init(
            header: header, isSecure: try reader.byte() == 1, clientIDs: try reader.texts(),
            thumbprints: try reader.texts())
    }

    func write(to writer: inout RecordWriter) {
        writer.byte(isSecure ? 1 : 0)
        writer.texts(clientIDs)
        writer.texts(thumbprints)
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
