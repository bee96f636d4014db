// Why this file exists: what identities refuse has kinds of its own, which the wire tells apart; the words come from
// where the rule is.

/// Why a change of identities was refused. Each case carries words for the one who asked.
public enum IdentityFailure: Error, Sendable, Equatable {
    case noSuchEntity(String)
    case alreadyExists(String)
    /// Something still belongs to what was to be deleted.
    case deleteConflict(String)
    case limitExceeded(String)
    /// It is built in.
    case unmodifiable(String)
    /// A name, path or value is not of the right form.
    case invalid(String)
    /// The policies and tags of a session are larger than ``SessionGrant/packedBytesMax``.
    case packedPolicyTooLarge(String)

    /// The words.
    public var message: String {
        switch self {
        case .noSuchEntity(let text), .alreadyExists(let text), .deleteConflict(let text), .limitExceeded(let text),
            .unmodifiable(let text), .invalid(let text), .packedPolicyTooLarge(let text):
            text
        }
    }
}
