// Why this file exists: changes of users, groups and roles.

extension IdentityDirectory {
    // MARK: Users

    /// Makes a user.
    /// - Throws: invalid, alreadyExists, limitExceeded.
    public mutating func createUser(
        _ name: String, path: String, tags: [NameValue]
    ) throws(StoreError) -> IdentityUser {
        let user = IdentityUser(header: try newHeader(IdentityUser.self, name, path: path, tags: tags))
        put(user)
        return user
    }

    /// Removes a user who has nothing any more.
    /// - Parameters:
    ///   - hasKeys: whether access keys belong to it.
    ///   - name: its name.
    /// - Throws: noSuchEntity, deleteConflict.
    public mutating func deleteUser(_ name: String, hasKeys: Bool) throws(StoreError) {
        let user = try user(name)
        guard !hasKeys else {
            throw .identity(.deleteConflict("Cannot delete entity, must delete access keys first."))
        }
        guard user.groups.isEmpty else {
            throw .identity(.deleteConflict("Cannot delete entity, must remove users from group first."))
        }
        try checkHoldsNothing(user)
        remove(user)
    }

    // MARK: Groups

    /// Makes a group.
    /// - Throws: invalid, alreadyExists, limitExceeded.
    public mutating func createGroup(_ name: String, path: String) throws(StoreError) -> IdentityGroup {
        let group = IdentityGroup(header: try newHeader(IdentityGroup.self, name, path: path, tags: []))
        put(group)
        return group
    }

    /// The users in a group, in order of their names.
    public func members(of group: IdentityGroup) -> [IdentityUser] {
        users.sorted.filter { $0.groups.contains(group.id) }
    }

    /// Removes an empty group without policies.
    /// - Throws: noSuchEntity, deleteConflict.
    public mutating func deleteGroup(_ name: String) throws(StoreError) {
        let group = try group(name)
        guard members(of: group).isEmpty else {
            throw .identity(.deleteConflict("Cannot delete entity, must remove users from group first."))
        }
        try checkHoldsNothing(group)
        remove(group)
    }

    /// Puts a user into a group; one who is in it stays.
    /// - Throws: noSuchEntity, limitExceeded.
    public mutating func add(user name: String, toGroup groupName: String) throws(StoreError) {
        let group = try group(groupName)
        var user = try user(name)
        guard !user.groups.contains(group.id) else { return }
        guard user.groups.count < IdentityLimits.groupsPerUserMax else {
            throw .identity(
                .limitExceeded("Cannot exceed quota for GroupsPerUser: \(IdentityLimits.groupsPerUserMax)"))
        }
        user.groups.append(group.id)
        put(user)
    }

    /// Takes a user out of a group.
    /// - Throws: noSuchEntity, also when the user is not in it.
    public mutating func remove(user name: String, fromGroup groupName: String) throws(StoreError) {
        let group = try group(groupName)
        var user = try user(name)
        guard let place = user.groups.firstIndex(of: group.id) else {
            throw .identity(.noSuchEntity("The user with name \(name) is not in group \(groupName)."))
        }
        user.groups.remove(at: place)
        put(user)
    }

    // MARK: Roles

    /// Makes a role.
    /// - Throws: invalid, alreadyExists, limitExceeded.
    public mutating func createRole(
        _ name: String, path: String, trust: String, description: String, sessionSecondsMax: Int64, tags: [NameValue]
    ) throws(StoreError) -> IdentityRole {
        try IdentityDirectory.checkTrust(trust)
        try IdentityDirectory.check(description: description)
        let role = IdentityRole(
            header: try newHeader(IdentityRole.self, name, path: path, tags: tags), trust: trust,
            description: description,
            sessionSecondsMax: sessionSecondsMax)
        put(role)
        return role
    }

    /// Changes a role; nil leaves what is there.
    /// - Throws: noSuchEntity, unmodifiable, invalid, limitExceeded.
    public mutating func updateRole(
        _ name: String, trust: String? = nil, description: String? = nil, sessionSecondsMax: Int64? = nil
    ) throws(StoreError) {
        var role = try changeableRole(name)
        if let trust {
            try IdentityDirectory.checkTrust(trust)
            role.trust = trust
        }
        if let description {
            try IdentityDirectory.check(description: description)
            role.description = description
        }
        if let sessionSecondsMax { role.sessionSecondsMax = sessionSecondsMax }
        put(role)
    }

    /// Removes a role without policies. Its sessions have no rights from then on.
    /// - Throws: noSuchEntity, unmodifiable, deleteConflict.
    public mutating func deleteRole(_ name: String) throws(StoreError) {
        let role = try changeableRole(name)
        try checkHoldsNothing(role)
        remove(role)
    }

    /// - Throws: noSuchEntity, unmodifiable.
    func changeableRole(_ name: String) throws(StoreError) -> IdentityRole {
        guard !BuiltInIdentities.isRole(name) else {
            throw .identity(.unmodifiable("The role \(name) is built in and cannot be changed."))
        }
        return try role(name)
    }

    // MARK: Tags

    /// Sets tags, those of the same key (without regard to case) being replaced, and removes others.
    /// - Parameters:
    ///   - kind: of what.
    ///   - name: its name; the ARN of a policy or a provider.
    ///   - tags: what it is to have.
    ///   - keys: what it is not to have any more.
    /// - Throws: noSuchEntity, unmodifiable, limitExceeded.
    public mutating func tag(
        _ kind: IdentityKind, _ name: String, adding tags: [NameValue] = [], removing keys: [String] = []
    ) throws(StoreError) {
        switch kind {
        case .user: try tag(user(name), tags, keys)
        case .group: try tag(group(name), tags, keys)
        case .role: try tag(changeableRole(name), tags, keys)
        case .policy: try tag(managedPolicy(name), tags, keys)
        case .provider: try tag(provider(name), tags, keys)
        }
    }

    private mutating func tag<Entity: StoredIdentity>(
        _ entity: Entity, _ adding: [NameValue], _ removing: [String]
    ) throws(StoreError) {
        var entity = entity
        let replaced = Set((adding.map(\.name) + removing).map { $0.lowercased() })
        entity.header.tags.removeAll { replaced.contains($0.name.lowercased()) }
        entity.header.tags += adding
        try IdentityDirectory.checkTagCount(entity.header.tags.count)
        put(entity)
    }

    // MARK: Shared rules

    /// Gives a user or a group another name or path; nil leaves it.
    /// - Throws: noSuchEntity, invalid, alreadyExists; unmodifiable for other kinds, which keep their names.
    public mutating func rename(
        _ kind: IdentityKind, _ name: String, to newName: String?, path: String?
    ) throws(StoreError) {
        switch kind {
        case .user: try rename(user(name), to: newName, path: path)
        case .group: try rename(group(name), to: newName, path: path)
        case .role, .policy, .provider: throw .identity(.unmodifiable("A \(kind.word) keeps its name and path."))
        }
    }

    private mutating func rename<Entity: StoredIdentity>(
        _ entity: Entity, to newName: String?, path: String?
    ) throws(StoreError) {
        var entity = entity
        if let newName {
            try IdentityLimits.checkName(newName, Entity.kind)
            if let taken = self[keyPath: Entity.place][newName], taken.id != entity.id {
                throw .identity(.alreadyExists("The \(Entity.kind.word) with name \(newName) already exists."))
            }
            entity.header.name = newName
        }
        if let path {
            try IdentityLimits.checkPath(path)
            entity.header.path = path
        }
        put(entity)
    }

    private func checkHoldsNothing(_ holder: some PolicyHolder) throws(StoreError) {
        guard holder.policies.inline.isEmpty else {
            throw .identity(.deleteConflict("Cannot delete entity, must delete policies first."))
        }
        guard holder.policies.attached.isEmpty else {
            throw .identity(.deleteConflict("Cannot delete entity, must detach all policies first."))
        }
    }

    private static func checkTrust(_ trust: String) throws(StoreError) {
        guard IdentityLimits.characters(trust) <= IdentityLimits.trustCharactersMax else {
            throw .identity(
                .limitExceeded("Cannot exceed quota for ACLSizePerRole: \(IdentityLimits.trustCharactersMax)"))
        }
    }

    static func check(description: String) throws(StoreError) {
        guard description.unicodeScalars.count <= IdentityLimits.descriptionLengthMax else {
            throw .identity(
                .invalid("A description has at most \(IdentityLimits.descriptionLengthMax) characters."))
        }
    }
}
