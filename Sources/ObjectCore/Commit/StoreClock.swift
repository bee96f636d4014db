// Why this file exists: the store's time never runs backwards, whatever the machine's clock does, because
// retention and the order of versions rest on it; and locks do not expire because somebody set the clock forward.
//
// Two times are told:
//   - `now`, the wall clock with a high-water mark: what is written into rows and the journal;
//   - `trusted`, against which locks are judged: equal to `now` until the wall clock runs ahead of what can have
//     passed by more than a day. From then on it stands still, so nothing that is locked expires, until an operator
//     confirms the time.
// While the store is open, what can have passed is told by a clock that nobody sets (CLOCK_BOOTTIME, which counts the
// sleep of the machine). It is compared with the moment of opening, so many small steps count like a large one.
// Across a restart a jump can't be told from the time that the store was closed. There the choice is to keep data: a
// gap of more than a day since the latest time on record holds expiry as a jump does. An open store records the time
// now and then (``ObjectStore/recordTime()``), so that idling is no gap.
private import Synchronization

/// Where time comes from, in milliseconds. Tests bring their own.
struct TimeSource: Sendable {
    /// The machine's clock, since 1970. It may be set.
    var wall: @Sendable () -> Int64
    /// Since any moment; nobody sets it.
    var elapsed: @Sendable () -> Int64
}

/// Why locks do not expire, and since when.
public enum ClockHold: String, Sendable, Codable {
    /// The wall clock jumped while the store was open.
    case jump
    /// The store was closed for longer than the limit, or the clock was set while it was.
    case gap
}

/// What the clock says.
public struct ClockReading: Sendable, Equatable {
    /// Never earlier than any reading before.
    public var now: Timestamp
    /// The time at which locks are judged; earlier than `now` while expiry is held.
    public var trusted: Timestamp
    /// Why expiry is held, or nil.
    public var hold: ClockHold?

    public init(now: Timestamp, trusted: Timestamp, hold: ClockHold?) {
        self.now = now
        self.trusted = trusted
        self.hold = hold
    }
}

/// Wall-clock time with a high-water mark.
final class StoreClock: Sendable {
    /// How far the wall clock may run ahead of what has passed, in milliseconds: a day. See: design rule 12.
    static let jumpMaximum: Int64 = 86_400_000

    private struct State {
        var highest: Int64
        /// The wall clock, and the other, at the moment that was trusted last.
        var anchorWall: Int64
        var anchorElapsed: Int64
        var trusted: Int64
        var hold: ClockHold?
        /// Whether the hold is on record, so that it outlives the process.
        var isRecorded: Bool
    }

    private let state: Mutex<State>
    private let source: TimeSource

    /// - Parameters:
    ///   - highest: the latest time that the store has recorded, in milliseconds since 1970; 0 for a new store.
    ///   - held: the trusted time and the reason of a hold that is on record.
    init(highest: Int64, held: (trusted: Int64, hold: ClockHold)? = nil, source: TimeSource) {
        self.source = source
        let wall = source.wall()
        var state = State(
            highest: highest, anchorWall: max(highest, wall), anchorElapsed: source.elapsed(),
            trusted: max(highest, wall), hold: nil, isRecorded: true)
        if let held {
            state.trusted = held.trusted
            state.hold = held.hold
        } else if highest > 0, wall - highest > StoreClock.jumpMaximum {
            state.trusted = highest
            state.hold = .gap
            state.isRecorded = false
        }
        self.state = Mutex(state)
    }

    /// The machine's time, or the latest time given out when that is later.
    func now() -> Timestamp { read().now }

    func read() -> ClockReading {
        let wall = source.wall()
        let elapsed = source.elapsed()
        return state.withLock { state in
            let passed = state.anchorWall &+ (elapsed &- state.anchorElapsed)
            if state.hold == nil, wall - passed > StoreClock.jumpMaximum {
                state.hold = .jump
                state.isRecorded = false
            }
            state.highest = max(state.highest, wall)
            if state.hold == nil { state.trusted = state.highest }
            return StoreClock.reading(state)
        }
    }

    /// A hold that is to be recorded with the next commit, or nil.
    var unrecordedHold: ClockReading? {
        state.withLock { $0.hold != nil && !$0.isRecorded ? StoreClock.reading($0) : nil }
    }

    /// The hold is on record.
    func holdWasRecorded() { state.withLock { $0.isRecorded = true } }

    /// From now on the time is trusted again.
    func confirm() {
        let wall = source.wall()
        let elapsed = source.elapsed()
        state.withLock { state in
            state.highest = max(state.highest, wall)
            state.anchorWall = state.highest
            state.anchorElapsed = elapsed
            state.trusted = state.highest
            state.hold = nil
            state.isRecorded = true
        }
    }

    private static func reading(_ state: State) -> ClockReading {
        ClockReading(
            now: Timestamp(milliseconds: state.highest), trusted: Timestamp(milliseconds: state.trusted),
            hold: state.hold)
    }
}
