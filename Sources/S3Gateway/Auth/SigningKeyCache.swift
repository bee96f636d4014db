// Why this file exists: deriving a signing key takes four HMACs, more than all the rest of a verification, and the
// same key serves a client for a whole day.
// Invariant: an entry is used only for the very secret it was derived from, so a changed secret takes effect at
// once; the number of entries is bounded.
import ObjectCore
import Synchronization

/// Signing keys by access key and scope.
final class SigningKeyCache: Sendable {
    /// The most entries; past them the cache starts afresh, which costs each client one derivation.
    static let countMax = 1024

    private struct Key: Hashable {
        let accessKey: String
        let scope: ArraySlice<UInt8>

        // The compiler's own way hashes an array byte by byte.
        func hash(into hasher: inout Hasher) {
            hasher.combine(accessKey)
            scope.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
    }

    private struct Entry {
        let secret: Secret
        let signingKey: Secret
    }

    private let entries = Mutex<[Key: Entry]>([:])

    var count: Int { entries.withLock { $0.count } }

    func signingKey(for record: AccessKeyRecord, claim: SignatureV4Claim) -> Secret {
        let known = entries.withLock { $0[Key(accessKey: record.accessKey, scope: claim.scope)] }
        if let known, known.secret == record.secret { return known.signingKey }
        let signingKey = SignatureV4.signingKey(
            secret: record.secret, date: claim.scopeDate, region: claim.region, service: claim.service)
        // A copy of the scope, so that an entry does not keep a whole request head alive.
        let key = Key(accessKey: record.accessKey, scope: Array(claim.scope)[...])
        entries.withLock { entries in
            if entries.count >= SigningKeyCache.countMax { entries.removeAll(keepingCapacity: true) }
            entries[key] = Entry(secret: record.secret, signingKey: signingKey)
        }
        return signingKey
    }
}
