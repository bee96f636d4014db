// Why this file exists: what the metrics page says about the server. Each number has one writer, the loop's own
// thread, so counting costs a load and a store; readers see a value that is at most a moment old.
import Synchronization

/// What one event loop has done since the server started.
public struct LoopCounts: Sendable, Equatable {
    /// Connections that are open now.
    public var connectionsOpen = 0
    /// Connections that were given to this loop.
    public var connectionsAccepted = 0
    /// Requests whose head was complete and well-formed.
    public var requests = 0
    /// Heads that the server refused itself.
    public var refusals = 0
    /// Bytes received, framing and heads included; before decryption not counted.
    public var bytesReceived = 0
    /// Bytes sent, framing and heads included.
    public var bytesSent = 0
    /// Jobs and actions that other threads handed to the loop: each may have cost a wake-up.
    public var remoteJobs = 0
}

/// What the server has done since it started.
public struct ServerCounts: Sendable, Equatable {
    /// One entry for each event loop.
    public var loops: [LoopCounts]

    /// The sum over all loops.
    public var total: LoopCounts {
        loops.reduce(into: LoopCounts()) { sum, loop in
            sum.connectionsOpen += loop.connectionsOpen
            sum.connectionsAccepted += loop.connectionsAccepted
            sum.requests += loop.requests
            sum.refusals += loop.refusals
            sum.bytesReceived += loop.bytesReceived
            sum.bytesSent += loop.bytesSent
            sum.remoteJobs += loop.remoteJobs
        }
    }
}

/// The live counters of one loop.
final class LoopCounters: Sendable {
    /// Written by the accepting loop (up) and by the loop itself (down).
    let connectionsOpen = Atomic<Int>(0)
    /// Written by the accepting loop.
    let connectionsAccepted = Atomic<Int>(0)
    // Written by the loop itself.
    let requests = Atomic<Int>(0)
    let refusals = Atomic<Int>(0)
    let bytesReceived = Atomic<Int>(0)
    let bytesSent = Atomic<Int>(0)
    let remoteJobs = Atomic<Int>(0)

    var counts: LoopCounts {
        LoopCounts(
            connectionsOpen: connectionsOpen.load(ordering: .relaxed),
            connectionsAccepted: connectionsAccepted.load(ordering: .relaxed),
            requests: requests.load(ordering: .relaxed), refusals: refusals.load(ordering: .relaxed),
            bytesReceived: bytesReceived.load(ordering: .relaxed), bytesSent: bytesSent.load(ordering: .relaxed),
            remoteJobs: remoteJobs.load(ordering: .relaxed))
    }
}

extension Atomic where Value == Int {
    /// Adds where only one thread ever writes: no locked instruction.
    @inline(__always)
    borrowing func addAsOnlyWriter(_ amount: Int) {
        store(load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
}
