// Why this file exists: protocols that are spoken on the address of S3 and are not S3: identity (IAM and STS), lineage.
// Each tells its requests by their head, before anything is understood as a bucket or a key.
public import ObjectCore

/// Answers requests of another protocol on the same address.
public protocol CompanionService: Sendable {
    /// Whether the request is for it. Told from the head alone, on the event loop: it must be quick and certain, as
    /// what it claims is never looked at as S3.
    func claims(_ head: RequestHead) -> Bool
    /// Answers, errors in the form of its own protocol.
    /// - Parameter notes: takes what access log and metrics are to know; an exchange without an action is in neither. Nil
    ///   when nobody listens.
    func respond(
        to head: RequestHead, body: any RequestBody, ids: RequestIDs, now: Timestamp, notes: ExchangeNotes?
    ) async -> HTTPResponse
}

extension CompanionService {
    func respond(
        to head: RequestHead, body: any RequestBody, ids: RequestIDs, now: Timestamp
    ) async -> HTTPResponse {
        await respond(to: head, body: body, ids: ids, now: now, notes: nil)
    }
}
