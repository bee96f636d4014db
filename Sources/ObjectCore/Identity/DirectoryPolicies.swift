// Why this file exists: changes of policies: inside users, groups and roles, standing by themselves, and attached.

/// A user, group or role, by name.
public struct HolderName: Sendable, Hashable {
    public var kind: IdentityKind
    public var name: String

    public init(_ kind: IdentityKind, _ name: String) {
        self.kind = kind
        self.name = name
    }
}

extension IdentityDirectory {
    // MARK: Holders

    /// What a user, group or role holds.
    /// - Throws: noSuchEntity.
    public func policies(of holder: HolderName) throws(StoreError) -> HeldPolicies { try entity(holder).policies }

    private func entity(_ holder: HolderName) throws(StoreError) -> any StoredHolder {
        switch holder.kind {
        case .user: try user(holder.name)
        case .group: try group(holder.name)
        case .role: try role(holder.name)
        case .policy, .provider: throw missing(holder.kind, holder.name)
        }
    }

    private func changeable(_ holder: HolderName) throws(StoreError) -> any StoredHolder {
        if holder.kind == .role { return try changeableRole(holder.name) }
        return try entity(holder)
    }

    private mutating func changePolicies(
        of holder: HolderName, _ change: (inout HeldPolicies) throws(StoreError) -> Void
    ) throws(StoreError) {
        var entity = try changeable(holder)
        try change(&entity.policies)
        put(entity)
    }

    /// Sets an inline policy.
    /// - Throws: noSuchEntity, unmodifiable, invalid, limitExceeded.
    public mutating func putPolicy(
        _ document: String, named name: String, of holder: HolderName
    ) throws(StoreError) {
        try IdentityLimits.checkName(name, .policy)
        try changePolicies(of: holder) { policies throws(StoreError) in
            policies[name] = document
            let characters = policies.inline.reduce(0) { $0 + IdentityLimits.characters($1.value) }
            let maximum = IdentityLimits.policyCharactersMax(holder.kind)
            guard characters <= maximum else {
                throw .identity(
                    .limitExceeded(
                        "Maximum policy size of \(maximum) bytes exceeded for \(holder.kind.word) \(holder.name)"))
            }
        }
    }

    /// Removes an inline policy.
    /// - Throws: noSuchEntity, unmodifiable.
    public mutating func deletePolicy(named name: String, of holder: HolderName) throws(StoreError) {
        try changePolicies(of: holder) { policies throws(StoreError) in
            guard policies[name] != nil else { throw IdentityDirectory.missingPolicy(name, of: holder) }
            policies[name] = nil
        }
    }

    /// Attaches a managed policy; one that is attached stays.
    /// - Throws: noSuchEntity, unmodifiable, limitExceeded.
    public mutating func attach(_ arn: String, to holder: HolderName) throws(StoreError) {
        let attached = try changeable(holder).policies.attached
        if BuiltInIdentities.policy(arn: arn) == nil { _ = try managedPolicy(arn) }
        guard !attached.contains(arn) else { return }
        try changePolicies(of: holder) { policies throws(StoreError) in
            guard policies.attached.count < IdentityLimits.attachedPoliciesMax else {
                throw .identity(
                    .limitExceeded(
                        "Cannot exceed quota for policies attached to a \(holder.kind.word): "
                            + "\(IdentityLimits.attachedPoliciesMax)"))
            }
            policies.attached.append(arn)
        }
    }

    /// Detaches a managed policy.
    /// - Throws: noSuchEntity, also when it is not attached.
    public mutating func detach(_ arn: String, from holder: HolderName) throws(StoreError) {
        try changePolicies(of: holder) { policies throws(StoreError) in
            guard let place = policies.attached.firstIndex(of: arn) else {
                throw .identity(.noSuchEntity("Policy \(arn) was not found."))
            }
            policies.attached.remove(at: place)
        }
    }

    /// The refusal for an inline policy that is not there.
    public static func missingPolicy(_ name: String, of holder: HolderName) -> StoreError {
        .identity(
            .noSuchEntity("The \(holder.kind.word) policy with name \(name) cannot be found."))
    }

    /// Who has a managed policy attached, in order of names.
    public func holders(of arn: String) -> (users: [IdentityUser], groups: [IdentityGroup], roles: [IdentityRole]) {
        (
            users.sorted.filter { $0.policies.attached.contains(arn) },
            groups.sorted.filter { $0.policies.attached.contains(arn) },
            roles.sorted.filter { $0.policies.attached.contains(arn) }
        )
    }

    /// How many have it attached.
    public func attachmentCount(of arn: String) -> Int {
        func count(_ set: IdentitySet<some PolicyHolder>) -> Int {
            set.all.reduce(0) { $0 + ($1.policies.attached.contains(arn) ? 1 : 0) }
        }
        return count(users) + count(groups) + count(roles)
    }

    // MARK: Managed policies

    /// Makes a managed policy.
    /// - Throws: invalid, alreadyExists, limitExceeded.
    public mutating func createPolicy(
        _ name: String, path: String, document: String, description: String, tags: [NameValue]
    ) throws(StoreError) -> ManagedPolicy {
        try IdentityDirectory.check(description: description)
        try IdentityDirectory.checkManaged(document)
        let policy = ManagedPolicy(
            header: try newHeader(ManagedPolicy.self, name, path: path, tags: tags), description: description,
            versions: [ManagedPolicy.Version(number: 1, created: now, document: document)], defaultNumber: 1,
            highestNumber: 1)
        put(policy)
        return policy
    }

    /// Removes a managed policy that is attached to nobody and has no version but the one that counts.
    /// - Throws: noSuchEntity, deleteConflict, unmodifiable.
    public mutating func deletePolicy(_ arn: String) throws(StoreError) {
        let policy = try changeablePolicy(arn)
        guard attachmentCount(of: arn) == 0 else {
            throw .identity(.deleteConflict("Cannot delete a policy attached to entities."))
        }
        guard policy.versions.count == 1 else {
            throw .identity(
                .deleteConflict(
                    "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                        + "versions. The default version is deleted with the policy."))
        }
        remove(policy)
    }

    /// Adds a version.
    /// - Throws: noSuchEntity, limitExceeded, unmodifiable.
    public mutating func addVersion(
        _ document: String, to arn: String, isDefault: Bool
    ) throws(StoreError) -> ManagedPolicy.Version {
        var policy = try changeablePolicy(arn)
        try IdentityDirectory.checkManaged(document)
        guard policy.versions.count < IdentityLimits.policyVersionsMax else {
            throw .identity(
                .limitExceeded(
                    "A managed policy can have up to \(IdentityLimits.policyVersionsMax) versions. Before you create a "
                        + "new version, you must delete an existing version."))
        }
        policy.highestNumber += 1
        let version = ManagedPolicy.Version(number: policy.highestNumber, created: now, document: document)
        policy.versions.append(version)
        if isDefault { policy.defaultNumber = version.number }
        put(policy)
        return version
    }

    /// Removes a version that does not count.
    /// - Throws: noSuchEntity, deleteConflict, unmodifiable.
    public mutating func deleteVersion(_ number: Int64, of arn: String) throws(StoreError) {
        var policy = try changeablePolicy(arn)
        guard policy.version(number) != nil else { throw IdentityDirectory.missingVersion(number, of: arn) }
        guard number != policy.defaultNumber else {
            throw .identity(.deleteConflict("Cannot delete the default version of a policy."))
        }
        policy.versions.removeAll { $0.number == number }
        put(policy)
    }

    /// Says which version counts.
    /// - Throws: noSuchEntity, unmodifiable.
    public mutating func setDefaultVersion(_ number: Int64, of arn: String) throws(StoreError) {
        var policy = try changeablePolicy(arn)
        guard policy.version(number) != nil else { throw IdentityDirectory.missingVersion(number, of: arn) }
        policy.defaultNumber = number
        put(policy)
    }

    /// The refusal for a version that is not there.
    public static func missingVersion(_ number: Int64, of arn: String) -> StoreError {
        .identity(.noSuchEntity("Policy \(arn) version v\(number) does not exist or is not attachable."))
    }

    private func changeablePolicy(_ arn: String) throws(StoreError) -> ManagedPolicy {
        guard BuiltInIdentities.policy(arn: arn) == nil else {
            throw .identity(.unmodifiable("The policy \(arn) is built in and cannot be changed."))
        }
        return try managedPolicy(arn)
    }

    private static func checkManaged(_ document: String) throws(StoreError) {
        let maximum = IdentityLimits.policyCharactersMax(.policy)
        guard IdentityLimits.characters(document) <= maximum else {
            throw .identity(.limitExceeded("Cannot exceed quota for PolicySize: \(maximum)"))
        }
    }
}
