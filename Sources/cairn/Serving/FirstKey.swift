// Why this file exists: there is no default password. A folder without keys gets one with a random secret, or the
// one that the operator chose in the environment, and only the start that made it prints it.
import ObjectCore
import S3Gateway

/// Makes the first key of a store.
enum FirstKey {
    /// - Parameter chosen: the operator's id and secret, or nil for random ones.
    /// - Returns: the key if this call made it; nil when the store has keys.
    static func make(
        in store: ObjectStore, chosen: (id: String, secret: String)?
    ) async throws(CommandFailure) -> AccessKey? {
        let keys = store.accessKeys()
        // A chosen key is wanted on every start, so a store that lacks it gets it; its account is the first one.
        if let chosen {
            if let known = keys.first(where: { $0.id == chosen.id }) {
                if known.isRevoked {
                    throw CommandFailure(
                        .configuration, "the key \(chosen.id) of CAIRN_ACCESS_KEY_ID was revoked",
                        advice: "choose another, or unset it")
                }
                if known.secret != chosen.secret {
                    throw CommandFailure(
                        .configuration, "the key \(chosen.id) exists with another secret",
                        advice: "set the secret that it was made with, or choose another id")
                }
                return nil
            }
        } else if !keys.isEmpty {
            return nil
        }
        do throws(StoreError) {
            return try await store.createAccessKey(
                account: StoreCredentials.ownerAccount(of: keys), displayName: "owner", id: chosen?.id,
                secret: chosen?.secret)
        } catch {
            throw CommandFailure(OperatorError(error))
        }
    }
}
