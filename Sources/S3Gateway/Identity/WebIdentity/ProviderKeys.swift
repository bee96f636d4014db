// Why this file exists: keys of identity providers are fetched when a token needs them, and kept, so that a provider is
// asked rarely, however many tokens come and whoever sends them: nobody has to sign a call that brings a token.
// Invariants: one question at a time to each issuer, and never two within the intervals below; keys that are too old
// verify nothing.
import ObjectCore

/// Why a provider gave no keys, in words for the operator.
struct ProviderFault: Error, Sendable, Equatable {
    let message: String
    init(_ message: String) { self.message = message }
}

/// The keys of providers, as they were told last.
actor ProviderKeys {
    /// After this time keys are asked for again, in seconds.
    static let freshSeconds: Int64 = 600
    /// After this time keys that could not be renewed verify nothing any more, in seconds.
    static let usableSeconds: Int64 = 3600
    /// The least time between two questions to an issuer, in seconds: for keys that are not known, and after a fault.
    static let intervalSeconds: Int64 = 10
    /// Issuers that are asked at the same time.
    static let concurrentMax = 8
    /// Issuers that are remembered.
    static let issuersMax = 1024

    /// Asks an issuer.
    typealias Fetch = @Sendable (_ issuer: String) async throws(ProviderFault) -> [JSONWebKey]

    private struct Entry {
        var keys: [JSONWebKey]?
        var told: Int64 = 0
        var asked: Int64 = 0
        var question: Task<Void, Never>?
    }

    private let fetch: Fetch
    private let log: @Sendable (String) -> Void
    /// In seconds, from an arbitrary start.
    private let clock: @Sendable () -> Int64
    private var entries: [String: Entry] = [:]
    private var running = 0

    init(
        clock: @escaping @Sendable () -> Int64 = { MonotonicClock.now() / 1_000_000_000 },
        log: @escaping @Sendable (String) -> Void = { _ in }, fetch: @escaping Fetch = ProviderDocuments.keys
    ) {
        self.clock = clock
        self.log = log
        self.fetch = fetch
    }

    /// The keys of an issuer; perhaps not the one that is asked for, when the issuer was asked a moment ago.
    /// - Throws: IDPCommunicationError, Throttling.
    func keys(of issuer: String, keyID: String?) async throws(IdentityError) -> [JSONWebKey] {
        if let keys = known(issuer, keyID) { return keys }
        if mayAsk(issuer) {
            try await ask(issuer)
        }
        guard let entry = entries[issuer], let keys = entry.keys, clock() - entry.told <= ProviderKeys.usableSeconds
        else {
            throw IdentityError(
                .idpCommunicationError, "Couldn't retrieve verification key from your identity provider")
        }
        return keys
    }

    private func known(_ issuer: String, _ keyID: String?) -> [JSONWebKey]? {
        guard let entry = entries[issuer], let keys = entry.keys, clock() - entry.told <= ProviderKeys.freshSeconds
        else { return nil }
        return keyID == nil || keys.contains { $0.keyID == keyID } ? keys : nil
    }

    private func mayAsk(_ issuer: String) -> Bool {
        guard let entry = entries[issuer], entry.question == nil else { return true }
        return clock() - entry.asked >= ProviderKeys.intervalSeconds
    }

    private func ask(_ issuer: String) async throws(IdentityError) {
        if let question = entries[issuer]?.question {
            await question.value
            return
        }
        guard running < ProviderKeys.concurrentMax else { throw IdentityError(.throttling, "Rate exceeded") }
        if entries.count >= ProviderKeys.issuersMax { entries = entries.filter { $0.value.question != nil } }
        running += 1
        let question = Task { await take(issuer) }
        entries[issuer, default: Entry()].question = question
        entries[issuer]?.asked = clock()
        await question.value
    }

    private func take(_ issuer: String) async {
        var keys: [JSONWebKey]?
        do throws(ProviderFault) {
            keys = try await fetch(issuer)
        } catch {
            log("the identity provider \(issuer) gives no keys: \(error.message)")
        }
        running -= 1
        entries[issuer]?.question = nil
        if let keys {
            entries[issuer]?.keys = keys
            entries[issuer]?.told = clock()
        }
    }
}
