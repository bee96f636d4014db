// Why this file exists: changes of identity providers: whose tokens the account believes, and for which clients.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html

extension IdentityDirectory {
    /// The provider of that ARN.
    /// - Throws: noSuchEntity.
    public func provider(_ arn: String) throws(StoreError) -> OpenIDProvider {
        guard let provider = findProvider(arn) else {
            throw .identity(.noSuchEntity("OpenIDConnect Provider not found for arn \(arn)"))
        }
        return provider
    }

    private func findProvider(_ arn: String) -> OpenIDProvider? {
        let start = "arn:aws:iam::\(accountNumber):\(IdentityKind.provider.word)/"
        guard arn.hasPrefix(start), let provider = providers[String(arn.dropFirst(start.count))],
            self.arn(provider) == arn
        else { return nil }
        return provider
    }

    /// The provider whose tokens name `issuer`.
    public func provider(issuer: String) -> OpenIDProvider? {
        for scheme in ["https://", "http://"] where issuer.hasPrefix(scheme) {
            guard let provider = providers[String(issuer.dropFirst(scheme.count))] else { return nil }
            return provider.issuer == issuer ? provider : nil
        }
        return nil
    }

    /// Makes a provider.
    /// - Parameters:
    ///   - name: its address without the scheme.
    ///   - isSecure: whether the scheme is `https`.
    ///   - clientIDs: to whom its tokens may be issued.
    ///   - thumbprints: of certificates; kept and told.
    ///   - tags: its tags.
    /// - Throws: invalid, alreadyExists, limitExceeded.
    public mutating func createProvider(
        _ name: String, isSecure: Bool, clientIDs: [String], thumbprints: [String], tags: [NameValue]
    ) throws(StoreError) -> OpenIDProvider {
        var provider = OpenIDProvider(
            header: try newHeader(OpenIDProvider.self, name, path: "/", tags: tags), isSecure: isSecure, clientIDs: [],
            thumbprints: thumbprints)
        try IdentityDirectory.check(thumbprints: thumbprints)
        for id in clientIDs { try IdentityDirectory.add(id, to: &provider) }
        put(provider)
        return provider
    }

    /// Removes a provider, and with it the sessions that it vouched for. One that is not there is removed already.
    public mutating func deleteProvider(_ arn: String) {
        if let provider = findProvider(arn) { remove(provider) }
    }

    /// Replaces the thumbprints.
    /// - Throws: noSuchEntity, invalid, limitExceeded.
    public mutating func setThumbprints(_ thumbprints: [String], of arn: String) throws(StoreError) {
        var provider = try provider(arn)
        try IdentityDirectory.check(thumbprints: thumbprints)
        provider.thumbprints = thumbprints
        put(provider)
    }

    /// Adds a client; one that is there stays.
    /// - Throws: noSuchEntity, invalid, limitExceeded.
    public mutating func addClient(_ id: String, to arn: String) throws(StoreError) {
        var provider = try provider(arn)
        try IdentityDirectory.add(id, to: &provider)
        put(provider)
    }

    /// Removes a client; one that is not there is removed already.
    /// - Throws: noSuchEntity.
    public mutating func removeClient(_ id: String, from arn: String) throws(StoreError) {
        var provider = try provider(arn)
        provider.clientIDs.removeAll { $0 == id }
        put(provider)
    }

    private static func add(_ id: String, to provider: inout OpenIDProvider) throws(StoreError) {
        guard (1...IdentityLimits.clientIDLengthMax).contains(id.unicodeScalars.count) else {
            throw .identity(.invalid("A client id has 1 to \(IdentityLimits.clientIDLengthMax) characters."))
        }
        guard !provider.clientIDs.contains(id) else { return }
        guard provider.clientIDs.count < IdentityLimits.clientIDsMax else {
            throw .identity(
                .limitExceeded(
                    "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: \(IdentityLimits.clientIDsMax)"))
        }
        provider.clientIDs.append(id)
    }

    private static func check(thumbprints: [String]) throws(StoreError) {
        guard thumbprints.count <= IdentityLimits.thumbprintsMax else {
            throw .identity(
                .limitExceeded("Thumbprint list must contain fewer than \(IdentityLimits.thumbprintsMax + 1) entries."))
        }
        for thumbprint in thumbprints {
            guard thumbprint.unicodeScalars.count == IdentityLimits.thumbprintLength else {
                throw .identity(.invalid("A thumbprint has \(IdentityLimits.thumbprintLength) hexadecimal digits."))
            }
        }
    }
}
