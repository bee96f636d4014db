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
    /// Issuers that are asked at the same time, and of these such of accounts that do not own the server.
    static let concurrentMax = 8
    static let concurrentMaxForOthers = 6
    /// Issuers that are remembered.
    static let issuersMax = 1024

    /// Asks an issuer.
    typealias Fetch = @Sendable (_ issuer: String, _ reach: ClientReach) async throws(ProviderFault) -> [JSONWebKey]

    /// What is asked: one account's slow issuer is not another's.
    private struct Question: Hashable {
        let issuer: String
        let reach: ClientReach
    }

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
    private var entries: [Question: Entry] = [:]
    private var running = 0
    /// Of questions that were asked for accounts that do not own the server.
    private var runningForOthers = 0

    init(
        clock: @escaping @Sendable () -> Int64 = { MonotonicClock.now() / 1_000_000_000 },
        log: @escaping @Sendable (String) -> Void = { _ in }, authorities: String? = nil, fetch: Fetch? = nil
    ) {
        self.clock = clock
        self.log = log
        self.fetch = fetch ?? ProviderDocuments(authorities: authorities).keys
    }

    /// The keys of an issuer; perhaps not the one that is asked for, when the issuer was asked a moment ago.
    /// - Throws: IDPCommunicationError, Throttling.
    func keys(of issuer: String, keyID: String?, reach: ClientReach) async throws(IdentityError) -> [JSONWebKey] {
        let place = Question(issuer: issuer, reach: reach)
        if let keys = known(place, keyID) { return keys }
        let isAsked = mayAsk(place) ? await ask(place) : true
        if let entry = entries[place], let keys = entry.keys, clock() - entry.told <= ProviderKeys.usableSeconds {
            return keys
        }
        guard isAsked else { throw IdentityError(.throttling, "Rate exceeded") }
        throw IdentityError(.idpCommunicationError, "Couldn't retrieve verification key from your identity provider")
    }

    private func known(_ place: Question, _ keyID: String?) -> [JSONWebKey]? {
        guard let entry = entries[place], let keys = entry.keys, clock() - entry.told <= ProviderKeys.freshSeconds
        else { return nil }
        return keyID == nil || keys.contains { $0.keyID == keyID } ? keys : nil
    }

    private func mayAsk(_ place: Question) -> Bool {
        guard let entry = entries[place], entry.question == nil else { return true }
        return clock() - entry.asked >= ProviderKeys.intervalSeconds
    }

    /// - Returns: false when too many are asked already.
    private func ask(_ place: Question) async -> Bool {
        if let question = entries[place]?.question {
            await question.value
            return true
        }
        let isOthers = place.reach == .publicOnly
        guard running < ProviderKeys.concurrentMax,
            !isOthers || runningForOthers < ProviderKeys.concurrentMaxForOthers
        else { return false }
        if entries.count >= ProviderKeys.issuersMax { entries = entries.filter { $0.value.question != nil } }
        running += 1
        if isOthers { runningForOthers += 1 }
        let question = Task { await take(place) }
        entries[place, default: Entry()].question = question
        entries[place]?.asked = clock()
        await question.value
        return true
    }

    private func take(_ place: Question) async {
        var keys: [JSONWebKey]?
        do throws(ProviderFault) {
            keys = try await fetch(place.issuer, place.reach)
        } catch {
            log("the identity provider \(place.issuer) gives no keys: \(error.message)")
        }
        running -= 1
        if place.reach == .publicOnly { runningForOthers -= 1 }
        entries[place]?.question = nil
        if let keys {
            entries[place]?.keys = keys
            entries[place]?.told = clock()
        }
    }
}
