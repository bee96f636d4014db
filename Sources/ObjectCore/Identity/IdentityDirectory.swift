// Why this file exists: the identities of one account as one value, and the rules that hold between them. Every change
// is worked out here, on a copy and without any input or output; what has to be written afterwards stands in `rows`.
// Invariants: names are unique within their kind; groups and policies that somebody refers to exist; quotas hold.

/// Entities of one kind, found by id and by name.
public struct IdentitySet<Entity: IdentityEntity>: Sendable {
    private var entities: [String: Entity] = [:]
    private var identifiers: [String: String] = [:]

    public var count: Int { entities.count }

    /// By unique id.
    public subscript(id id: String) -> Entity? { entities[id] }

    /// By name, without regard to case.
    public subscript(name: String) -> Entity? { identifiers[name.lowercased()].flatMap { entities[$0] } }

    /// All, in order of their names.
    public var sorted: [Entity] {
        identifiers.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.compactMap { entities[$0.value] }
    }

    /// All, in no order.
    public var all: some Sequence<Entity> { entities.values }

    mutating func enter(_ entity: Entity) {
        if let known = entities[entity.id] { identifiers[known.name.lowercased()] = nil }
        entities[entity.id] = entity
        identifiers[entity.name.lowercased()] = entity.id
    }

    mutating func remove(_ entity: Entity) {
        entities[entity.id] = nil
        identifiers[entity.name.lowercased()] = nil
    }
}

/// The identities of one account.
public struct IdentityDirectory: Sendable {
    public internal(set) var users = IdentitySet<IdentityUser>()
    public internal(set) var groups = IdentitySet<IdentityGroup>()
    public internal(set) var roles = IdentitySet<IdentityRole>()
    public internal(set) var policies = IdentitySet<ManagedPolicy>()
    public internal(set) var providers = IdentitySet<OpenIDProvider>()
    /// The account's number.
    public let account: Int64
    /// Raised by every change, so that what was worked out from an older one is told apart.
    public internal(set) var revision: Int64 = 0
    /// The time of a change.
    var now = Timestamp(milliseconds: 0)
    /// What a change has to write.
    var rows: [IdentityRow] = []

    init(account: Int64) { self.account = account }

    /// 12 digits.
    public var accountNumber: String {
        let digits = String(account)
        return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }

    /// `arn:aws:iam::ACCOUNT:…`
    public func arn(_ entity: some IdentityEntity) -> String { "arn:aws:iam::\(accountNumber):\(entity.resourceName)" }

    /// The customer's policy of that ARN.
    public func policy(arn: String) -> ManagedPolicy? {
        // Names of policies are unique whatever their paths, so the name finds it and the ARN must then be its.
        guard let name = arn.split(separator: "/").last.map({ String($0) }), let policy = policies[name],
            self.arn(policy) == arn
        else { return nil }
        return policy
    }

    func missing(_ kind: IdentityKind, _ name: String) -> StoreError {
        .identity(.noSuchEntity("The \(kind.word) with name \(name) cannot be found."))
    }

    private func named<Entity: StoredIdentity>(_ name: String) throws(StoreError) -> Entity {
        guard let entity = self[keyPath: Entity.place][name] else { throw missing(Entity.kind, name) }
        return entity
    }

    /// - Throws: noSuchEntity.
    public func user(_ name: String) throws(StoreError) -> IdentityUser { try named(name) }

    /// - Throws: noSuchEntity.
    public func group(_ name: String) throws(StoreError) -> IdentityGroup { try named(name) }

    /// - Throws: noSuchEntity.
    public func role(_ name: String) throws(StoreError) -> IdentityRole { try named(name) }

    /// - Throws: noSuchEntity.
    public func managedPolicy(_ arn: String) throws(StoreError) -> ManagedPolicy {
        guard let policy = policy(arn: arn) else {
            throw .identity(.noSuchEntity("Policy \(arn) does not exist or is not attachable."))
        }
        return policy
    }

    // MARK: Writing

    mutating func put<Entity: StoredIdentity>(_ entity: Entity) {
        self[keyPath: Entity.place].enter(entity)
        rows.append(entity.row(account: account))
    }

    mutating func remove<Entity: StoredIdentity>(_ entity: Entity) {
        self[keyPath: Entity.place].remove(entity)
        rows.append(IdentityRow(kind: Entity.kind, id: entity.id, name: entity.name, record: nil))
    }

    /// The header of a new entity.
    /// - Throws: invalid, alreadyExists, limitExceeded.
    func newHeader<Entity: StoredIdentity>(
        _ type: Entity.Type, _ name: String, path: String, tags: [NameValue]
    ) throws(StoreError) -> IdentityHeader {
        let kind = Entity.kind
        let set = self[keyPath: Entity.place]
        try IdentityLimits.checkName(name, kind)
        try IdentityLimits.checkPath(path)
        guard set[name] == nil, !(kind == .role && BuiltInIdentities.isRole(name)) else {
            let what = kind == .provider ? "Provider with url" : "\(kind.word.capitalizedFirst) with name"
            throw .identity(.alreadyExists("\(what) \(name) already exists."))
        }
        guard set.count < IdentityLimits.countMax(kind) else {
            throw .identity(
                .limitExceeded("Cannot exceed quota for \(kind.word)s per account: \(IdentityLimits.countMax(kind))"))
        }
        try IdentityDirectory.checkTagCount(tags.count)
        return IdentityHeader(
            id: kind.idPrefix + RandomText.make(17, of: RandomText.keyAlphabet), name: name, path: path, created: now,
            tags: tags)
    }

    static func checkTagCount(_ count: Int) throws(StoreError) {
        guard count <= IdentityLimits.tagsMax else {
            throw .identity(.limitExceeded("Cannot exceed quota for tags per resource: \(IdentityLimits.tagsMax)"))
        }
    }
}

extension String {
    /// With its first letter large.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
