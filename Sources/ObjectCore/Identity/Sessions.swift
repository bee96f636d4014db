// Why this file exists: issuing, finding and clearing away sessions.

/// What sessions are held to. See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
public enum SessionLimits {
    /// Sessions of an account that have not ended.
    public static let countMax = 20_000
    /// Of these, sessions that users and roles may have together: the rest is for the account itself, which so can always
    /// look after them.
    public static let sharedMax = 16_000
    /// Of these, sessions that one user, one subject of an identity provider, or one role may have.
    public static let shareMax = 4_000
    /// Sessions that are kept for an account, ended ones included. Beyond that those that ended are forgotten at once.
    static let keptMax = 100_000
    /// How long a session is remembered after its end, in milliseconds, so that its holder is told that it has expired
    /// rather than that it never was.
    static let afterlifeMilliseconds: Int64 = 3_600_000
    /// Sessions that one commit clears away.
    static let clearedMax = 500
}

extension ObjectStore {
    /// The session of that access key, ended or not, from memory; nil when there is none or what stands at its
    /// beginning has been taken away.
    public func session(_ accessKey: String) -> IdentitySession? {
        guard let session = sessions[accessKey], isInUse(session.grant.issuerKey) else { return nil }
        return session
    }

    /// Whether what stands at the beginning of a session is there still: a key, or an identity provider.
    private func isInUse(_ issuer: String) -> Bool {
        accessKey(issuer) != nil || issuer.hasPrefix(IdentityKind.providerPrefix) && identityCatalog.hasProvider(issuer)
    }

    /// Issues a session, durably.
    /// - Parameters:
    ///   - grant: what it is to be. That whoever asks may have it is the caller's to check.
    ///   - durationSeconds: how long it lives.
    ///   - origin: who asks, for the journal.
    /// - Throws: ``StoreError/identity(_:)`` for too many sessions, too large a grant, or an issuer's key that is gone.
    public func issueSession(
        _ grant: SessionGrant, durationSeconds: Int64, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> IdentitySession {
        guard grant.packedBytes <= SessionGrant.packedBytesMax else {
            throw .identity(
                .packedPolicyTooLarge(
                    "policies and tags of a session have more than \(SessionGrant.packedBytesMax) bytes"))
        }
        guard durationSeconds > 0, durationSeconds <= 366 * 86_400 else {
            throw .identity(.invalid("a session of \(durationSeconds) seconds is not possible"))
        }
        try await ensureAccount(grant.account)
        let charge = SessionCharge(grant, keys: catalog)
        try await clearEndedSessions(
            afterlife: sessions.kept(of: grant.account) < SessionLimits.keptMax
                ? SessionLimits.afterlifeMilliseconds : 0, origin: origin)
        if let reason = sessions.refusal(of: charge, at: clock.now()) { throw .identity(.limitExceeded(reason)) }
        let accessKey = "ASIA" + RandomText.make(16, of: RandomText.keyAlphabet)
        let secret = RandomText.make(40, of: RandomText.secretAlphabet)
        // 62^86 is more than 2^512: nobody guesses it, and its length is that of a Base64 text of 64 bytes.
        let token = RandomText.make(86, of: RandomText.tokenAlphabet)
        let number = catalog.number(of: grant.account)
        let store = self
        return try await committer.commit { change throws(StoreError) in
            guard store.isInUse(grant.issuerKey) else {
                throw .identity(.noSuchEntity("\(grant.issuerKey) is not in use"))
            }
            let session = IdentitySession(
                accessKey: accessKey, secret: secret, token: token, grant: grant, issued: change.now,
                expires: Timestamp(milliseconds: change.now.milliseconds + durationSeconds * 1000))
            let record = session.record(account: number)
            try change.execute(
                "INSERT INTO sessions (id, account, expires, record) VALUES ($1, $2, $3, $4)",
                [
                    .text(accessKey), .integer(number), .integer(session.expires.milliseconds), .bytes(record),
                ])
            // The record holds 240 random bits, so its digest tells nothing of them.
            let digest = ("record", CanonicalJSON.text(Hex.encode(Digest.sha256(record))))
            try change.journal(.sessionIssued, origin, session.journalMembers + [digest])
            change.afterCommit { store.sessions.enter(session, charge) }
            return session
        }
    }

    /// Forgets sessions that ended a while ago, a batch at a time.
    /// - Returns: how many.
    @discardableResult
    public func clearEndedSessions(origin: ChangeOrigin = .embedded) async throws(StoreError) -> Int {
        try await clearEndedSessions(afterlife: SessionLimits.afterlifeMilliseconds, origin: origin)
    }

    @discardableResult
    private func clearEndedSessions(afterlife: Int64, origin: ChangeOrigin) async throws(StoreError) -> Int {
        let moment = Timestamp(milliseconds: clock.now().milliseconds - afterlife)
        let ended = sessions.ended(before: moment, limit: SessionLimits.clearedMax)
        guard !ended.isEmpty else { return 0 }
        let sessions = sessions
        return try await committer.commit { change throws(StoreError) in
            var removed = 0
            for id in ended { removed += try change.execute("DELETE FROM sessions WHERE id = $1", [.text(id)]) }
            // Another call may have taken the same ones.
            if removed > 0 {
                try change.journal(.sessionsCleared, origin, [("count", .integer(Int64(removed)))])
            }
            change.afterCommit { sessions.remove(ended) }
            return removed
        }
    }
}

extension IdentitySession {
    /// What the journal says of it: who it is and what it says of itself, never a secret.
    fileprivate var journalMembers: [(String, CanonicalJSON)] {
        var members: [(String, CanonicalJSON)] = [
            ("session", .text(accessKey)), ("for", .text(grant.account)), ("issuer", .text(grant.issuerKey)),
            ("name", .text(grant.name)), ("expires", .integer(expires.milliseconds)),
        ]
        switch grant.rights {
        case .account: members.append(("rights", .text("account")))
        case .user(let id), .role(let id): members.append(("rights", .text(id)))
        }
        if !grant.roleName.isEmpty { members.append(("role", .text(grant.roleName))) }
        if let vouched = grant.vouched {
            members += [
                ("provider", .text(vouched.provider)), ("subject", .text(vouched.subject)),
                ("audience", .text(vouched.audience)),
            ]
        }
        if let sourceIdentity = grant.sourceIdentity { members.append(("sourceIdentity", .text(sourceIdentity))) }
        if !grant.tags.isEmpty { members.append(("tags", .object(grant.tags.map { ($0.name, .text($0.value)) }))) }
        if !grant.restrictions.isEmpty {
            let texts = grant.restrictions.joined().map { policy in
                switch policy {
                case .document(let text), .managed(let text):
                    CanonicalJSON.text(Hex.encode(Digest.sha256(Array(text.utf8))))
                }
            }
            members.append(("policies", .array(texts)))
        }
        return members
    }
}
