// Why this file exists: epoll gives back a 64-bit tag; the table turns it into the object that waits. A tag names
// a slot and the slot's generation, so that an event which epoll still holds for a closed descriptor never reaches
// the next user of its slot.
import Glibc

/// Something that owns a descriptor watched by an event loop. Every method is called on the loop's thread.
class EventSource {
    let descriptor: Int32
    /// Set by the loop at registration.
    var tag: UInt64 = EventSourceTable.wakeUpTag

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// The descriptor's state changed (EPOLLIN and so on).
    func handle(_ events: UInt32) {}
    /// Gives up a wait whose deadline is over.
    func expire(at now: Int64) {}
    /// Ends what is idle.
    func drain() {}
    /// Ends whatever is under way.
    func cut() {}
}

/// Who waits for which descriptor.
struct EventSourceTable {
    /// The tag of the loop's own eventfd, which is in no table.
    static let wakeUpTag = UInt64.max

    private var slots: [(generation: UInt32, source: EventSource?)] = []
    private var free: [Int] = []

    var isEmpty: Bool { free.count == slots.count }

    mutating func insert(_ source: EventSource) -> UInt64 {
        let index: Int
        if let reused = free.popLast() {
            index = reused
            slots[index].source = source
        } else {
            index = slots.count
            slots.append((0, source))
        }
        return UInt64(slots[index].generation) << 32 | UInt64(UInt32(truncatingIfNeeded: index))
    }

    mutating func remove(_ tag: UInt64) {
        let index = Int(UInt32(truncatingIfNeeded: tag))
        guard source(tag) != nil else { return }
        slots[index].source = nil
        slots[index].generation &+= 1
        free.append(index)
    }

    func source(_ tag: UInt64) -> EventSource? {
        let index = Int(UInt32(truncatingIfNeeded: tag))
        guard index < slots.count, slots[index].generation == UInt32(truncatingIfNeeded: tag >> 32) else { return nil }
        return slots[index].source
    }

    /// Calls `body` with each source; it may remove sources meanwhile.
    func forEach(_ body: (EventSource) -> Void) {
        for slot in slots { slot.source.map(body) }
    }
}
