// Why this file exists: the digests that commits left open are computed here, in the background: on one thread of low
// priority, at a bounded rate, a few in one commit; or at once for a question that needs them.
// Invariants: what was not recorded is still in the queue, so an end at any point loses nothing but time; what cannot be
// read is told, passed over and tried again, never dropped.
private import Synchronization

/// How digests are computed in the background.
public struct DigestOptions: Sendable {
    /// Bytes that are read in a second.
    public static let bytesPerSecondDefault: Int64 = 64 << 20

    public var bytesPerSecond = bytesPerSecondDefault
    /// How often the queue is looked at, in milliseconds.
    public var turnMilliseconds: Int64 = 1000
    /// How often versions are tried again that could not be read, in seconds. The first turn tries them too.
    public var retrySeconds: Int64 = 6 * 3600

    public init() {}
}

/// Computes the SHA-256 of versions that have none. Close it before the store.
public final class ContentDigester: Sendable {
    /// Versions of one commit, and bytes after which it is made whatever their number.
    private static let groupMaximum = 64
    private static let groupBytesMaximum: Int64 = 256 << 20
    /// How long the thread waits after a commit that failed, in milliseconds.
    private static let troubleMilliseconds: Int64 = 10_000
    /// A version may be packed under the reader; it is then read again from its new place.
    private static let attemptsMaximum = 3
    /// States whose versions a full turn tries: those that failed before first, so that none is tried twice in a turn.
    private static let tried: [DigestState] = [.keyMissing, .unreadable, .pending]

    private let store: ObjectStore
    private let keyring: Keyring
    private let options: DigestOptions
    private let report: @Sendable (String) -> Void
    private let wake = Semaphore()
    private let ended = Semaphore()
    private let isStarted = Atomic<Bool>(false)
    private let isClosed = Atomic<Bool>(false)
    private let computed = Atomic<Int64>(0)
    private let failed = Atomic<Int64>(0)

    /// - Parameters:
    ///   - store: whose versions.
    ///   - keyring: opens those that are sealed.
    ///   - options: how fast.
    ///   - report: told of each version that cannot be read, and of commits that fail, in one sentence.
    public init(
        _ store: ObjectStore, keyring: Keyring = .empty, options: DigestOptions = DigestOptions(),
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.store = store
        self.keyring = keyring
        self.options = options
        self.report = report
    }

    /// Digests that were recorded since the process began.
    public var computedCount: Int64 { computed.load(ordering: .relaxed) }
    /// Attempts that failed since the process began.
    public var failedCount: Int64 { failed.load(ordering: .relaxed) }

    /// Versions that have none, by the reason. Blocks on the database.
    public func waiting() throws(StoreError) -> [DigestState: Int64] { try store.pendingDigestCounts() }

    /// Begins to work on a thread of its own.
    public func start() {
        guard !isStarted.exchange(true, ordering: .acquiringAndReleasing) else { return }
        DedicatedThread.start(name: "cairn-digest", isBackground: true) { [self] in serve() }
    }

    /// Ends the thread; what it was reading is begun again another time. Blocks.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        guard isStarted.load(ordering: .acquiring) else { return }
        wake.signal()
        ended.wait()
    }

    // MARK: In the background

    private func serve() {
        let clock = ContinuousClock()
        var nextRetry = clock.now
        while !isClosed.load(ordering: .acquiring) {
            // It has told so itself, and will take digests when it is opened again.
            guard store.readOnlyReason == nil else {
                wake.wait(milliseconds: ContentDigester.troubleMilliseconds)
                continue
            }
            do throws(StoreError) {
                let isFull = clock.now >= nextRetry
                if isFull { nextRetry = clock.now.advanced(by: .seconds(options.retrySeconds)) }
                try turn(isFull ? ContentDigester.tried : [.pending])
                wake.wait(milliseconds: options.turnMilliseconds)
            } catch {
                if case .closed = error { break }
                report("digests are not recorded: \(error)")
                wake.wait(milliseconds: ContentDigester.troubleMilliseconds)
            }
        }
        ended.signal()
    }

    /// Works through what waits, once. Blocks.
    /// - Throws: ``StoreError/closed`` when it was closed meanwhile; why a commit failed.
    public func turn() throws(StoreError) { try turn(ContentDigester.tried) }

    private func turn(_ states: [DigestState]) throws(StoreError) {
        let pace = Pace(options.bytesPerSecond, wake: wake)
        for state in states {
            var after: Int64 = 0
            while true {
                let page = try store.pendingDigests(state, after: after, limit: ContentDigester.groupMaximum)
                guard let last = page.last else { break }
                after = last.index
                try work(page, pace)
            }
        }
    }

    private func work(_ page: [PendingDigest], _ pace: Pace) throws(StoreError) {
        var results: [Result] = []
        var bytes: Int64 = 0
        for pending in page {
            let outcome = try attempt(pending) { count throws(StoreError) in
                bytes += Int64(count)
                if isClosed.load(ordering: .acquiring) { throw .closed }
                pace.wait(after: count)
            }
            results.append(Result(pending: pending, outcome: outcome))
            guard bytes >= ContentDigester.groupBytesMaximum else { continue }
            try record(results)
            results = []
            bytes = 0
        }
        try record(results)
    }

    // MARK: At once

    /// Computes digests for a question, as many as fit into so many bytes, in the order of the list. Blocks.
    /// - Parameters:
    ///   - list: which versions.
    ///   - bytesMaximum: a version that would go beyond it is left, and so are those behind it that are no shorter.
    ///   - isCancelled: asked after each piece.
    /// - Returns: digests by the versions' journal positions; they are recorded.
    public func compute(
        _ list: [PendingDigest], bytesMaximum: Int64, isCancelled: () -> Bool
    ) throws(StoreError) -> [Int64: [UInt8]] {
        var left = bytesMaximum
        var known: [Int64: [UInt8]] = [:]
        var results: [Result] = []
        for pending in list where !isCancelled() {
            guard let version = try store.carrier(of: pending) else { continue }
            if let sha256 = version.sha256 {
                known[pending.index] = sha256
                continue
            }
            guard version.encryption?.scheme != .customer, version.size <= left else { continue }
            left -= version.size
            let outcome: Outcome
            do throws(StoreError) {
                outcome = try attempt(pending) { _ throws(StoreError) in
                    if isCancelled() || isClosed.load(ordering: .acquiring) { throw .closed }
                }
            } catch {
                guard case .closed = error else { throw error }
                break
            }
            if case .digest(let sha256) = outcome { known[pending.index] = sha256 }
            results.append(Result(pending: pending, outcome: outcome))
        }
        try record(results)
        return known
    }

    // MARK: One version

    private enum Outcome {
        case digest([UInt8])
        case gone
        case failed(DigestState, String)
    }

    private struct Result {
        var pending: PendingDigest
        var outcome: Outcome
    }

    /// - Throws: ``StoreError/closed``; what keeps all versions from being read.
    private func attempt(
        _ pending: PendingDigest, pace: ObjectStore.DigestPace
    ) throws(StoreError) -> Outcome {
        var problem: (DigestState, String) = (.unreadable, "")
        var manifest: Manifest?
        for _ in 0..<ContentDigester.attemptsMaximum {
            let found: ObjectVersion?
            do throws(StoreError) { found = try store.carrier(of: pending) } catch .corrupt(let reason) {
                // One row that does not decode does not keep those behind it waiting.
                return .failed(.unreadable, reason)
            }
            guard let version = found, version.sha256 == nil else { return .gone }
            // Nothing moved since it failed: it fails again.
            if let manifest, manifest == version.manifest { break }
            manifest = version.manifest
            do throws(StoreError) {
                let key = try version.encryption.map { encryption throws(StoreError) in
                    try keyring.dataKey(of: encryption)
                }
                return .digest(try store.contentDigest(of: version, key: key, pace: pace))
            } catch .closed {
                throw .closed
            } catch .encryption(.customerKeyMissing) {
                return .failed(.customerKey, "")
            } catch .encryption(let failure) {
                return .failed(.keyMissing, "\(failure)")
            } catch {
                problem = (.unreadable, "\(error)")
            }
        }
        return .failed(problem.0, problem.1)
    }

    private func record(_ results: [Result]) throws(StoreError) {
        let changed = results.filter { result in
            if case .failed(let state, let reason) = result.outcome {
                return state != result.pending.state || reason != result.pending.reason
            }
            return true
        }
        if !changed.isEmpty { try commit(changed) }
        for result in results {
            guard case .failed(let state, let reason) = result.outcome, state != .customerKey else { continue }
            failed.add(1, ordering: .relaxed)
            report(
                "the SHA-256 of \(result.pending.key) (journal index \(result.pending.index)) is not known: "
                    + "\(state.name), \(reason)")
        }
    }

    private func commit(_ results: [Result]) throws(StoreError) {
        let catalog = store.catalog
        let recorded = try store.committer.commitBlocking { change throws(StoreError) in
            var recorded: Int64 = 0
            for result in results {
                switch result.outcome {
                case .digest(let sha256):
                    if try change.settleDigest(sha256, of: result.pending, accounts: catalog) { recorded += 1 }
                case .gone: continue
                case .failed(let state, let reason):
                    try change.setDigestState(state, of: result.pending.index, reason: reason)
                }
            }
            return recorded
        }
        computed.add(recorded, ordering: .relaxed)
    }
}

/// Holds a reader to a rate.
private final class Pace {
    private let bytesPerSecond: Int64
    private let wake: Semaphore
    private let clock = ContinuousClock()
    private var start: ContinuousClock.Instant
    private var bytes: Int64 = 0

    init(_ bytesPerSecond: Int64, wake: Semaphore) {
        self.bytesPerSecond = max(bytesPerSecond, 1)
        self.wake = wake
        start = clock.now
    }

    /// Waits until so many more bytes are due; a signal ends the wait.
    func wait(after count: Int) {
        bytes += Int64(count)
        let due = Duration.seconds(Double(bytes) / Double(bytesPerSecond))
        let ahead = due - start.duration(to: clock.now)
        guard ahead > .milliseconds(1) else {
            // Time in which nothing was read is not made up for.
            if ahead < .seconds(-1) {
                start = clock.now
                bytes = 0
            }
            return
        }
        wake.wait(milliseconds: Int64(ahead / .milliseconds(1)))
    }
}
