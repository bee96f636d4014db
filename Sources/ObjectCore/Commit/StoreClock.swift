// Why this file exists: the store's time never runs backwards, whatever the machine's clock does, because
// retention and the order of versions rest on it.
private import Synchronization

/// Wall-clock time with a high-water mark.
final class StoreClock: Sendable {
    private let highest: Mutex<Int64>
    private let wall: @Sendable () -> Int64

    /// - Parameters:
    ///   - highest: the latest time that the store has recorded, in milliseconds since 1970.
    ///   - wall: the machine's clock, in milliseconds since 1970.
    init(highest: Int64, wall: @escaping @Sendable () -> Int64) {
        self.highest = Mutex(highest)
        self.wall = wall
    }

    /// The machine's time, or the latest time given out when that is later.
    func now() -> Timestamp {
        let time = wall()
        return highest.withLock { highest in
            highest = max(highest, time)
            return Timestamp(milliseconds: highest)
        }
    }
}
