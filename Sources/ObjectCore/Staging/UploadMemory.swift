// Why this file exists: a chunk cannot be written before its end is known, so every upload holds the beginning of one.
// However many uploads run at once, all of them hold no more than one budget; what goes beyond it lies in files.
// Invariant: nobody ever waits for memory that another upload holds. Who is refused writes its unfinished chunk to a
// file and goes on, so no upload can stop another, and one whose client dawdles is the first to let go.
private import Synchronization

/// An upload that may be asked to let go of its memory.
protocol UploadMemoryHolder: AnyObject, Sendable {
    /// Lets go of what it holds, unless it works or has worked since `moment`.
    /// - Returns: whether it did.
    func letGo(idleSince moment: ContinuousClock.Instant) -> Bool
}

/// The memory of all uploads of a store. All calls may come from any thread.
final class UploadMemory: Sendable {
    /// An upload that waits for its client so long gives way to one that has bytes.
    static let idleMaximum = Duration.milliseconds(500)
    /// How often it is looked for such uploads, at most.
    static let searchInterval = Duration.milliseconds(50)
    /// How much is received at once, in bytes: while half of the budget is free, while it is not used up, after that.
    static let pieceLengths = (256 << 10, 64 << 10, 16 << 10)

    private struct Weak {
        weak let holder: (any UploadMemoryHolder)?
    }
    private struct State {
        var used = 0 {
            didSet { highest = max(highest, used) }
        }
        var highest = 0
        var holders: [ObjectIdentifier: Weak] = [:]
        var nextSearch = ContinuousClock.now
    }

    /// In bytes.
    let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    /// What is held now, in bytes.
    var used: Int { state.withLock { $0.used } }

    /// Whether half of the budget is free, so that buffers are better kept than given back.
    var isPlentiful: Bool { used <= capacity / 2 }

    /// How much of a body is best received at once, in bytes.
    var pieceLength: Int {
        let used = used
        if used <= capacity / 2 { return UploadMemory.pieceLengths.0 }
        return used <= capacity ? UploadMemory.pieceLengths.1 : UploadMemory.pieceLengths.2
    }

    /// Takes `count` bytes of the budget.
    /// - Returns: false when they are not there.
    func take(_ count: Int) -> Bool {
        state.withLock { state in
            guard state.used <= capacity - count else { return false }
            state.used += count
            return true
        }
    }

    /// Counts bytes that were received already and go as soon as they are worked through.
    func count(_ count: Int) { state.withLock { $0.used += count } }

    func giveBack(_ count: Int) {
        guard count > 0 else { return }
        state.withLock { $0.used -= count }
    }

    /// The most that was held since the last burst of uploads, once the present one is over; else 0.
    func endBurst() -> Int {
        state.withLock { state in
            guard state.used == 0 else { return 0 }
            return (state.highest, state.highest = 0).0
        }
    }

    func enter(_ holder: any UploadMemoryHolder) {
        state.withLock { $0.holders[ObjectIdentifier(holder)] = Weak(holder: holder) }
    }

    func leave(_ holder: ObjectIdentifier) {
        state.withLock { $0.holders[holder] = nil }
    }

    /// Has the uploads let go that wait for their clients. May block.
    /// - Returns: whether there were any.
    func reclaim() -> Bool {
        let now = ContinuousClock.now
        let holders = state.withLock { state -> [Weak] in
            guard now >= state.nextSearch else { return [] }
            state.nextSearch = now.advanced(by: UploadMemory.searchInterval)
            return Array(state.holders.values)
        }
        let moment = now.advanced(by: .zero - UploadMemory.idleMaximum)
        var hasReclaimed = false
        for weak in holders {
            if let holder = weak.holder, holder.letGo(idleSince: moment) { hasReclaimed = true }
        }
        return hasReclaimed
    }
}
