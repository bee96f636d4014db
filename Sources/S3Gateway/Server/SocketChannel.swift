// Why this file exists: joins a non-blocking socket to the task that uses it. The socket is registered once,
// edge-triggered; so what epoll said is remembered here, a system call that would answer EAGAIN is mostly not made,
// and a task suspends only when there is really nothing to do.
// Invariants: at most one task waits; a continuation that was stored is resumed exactly once, by readiness, by its
// deadline, by draining or by the cut. Readiness flags may be true too often, never false too often.
import CSystem
import Glibc

/// Why a wait for a socket ended.
enum Wakeup: Sendable, Equatable {
    /// The system call is worth trying again.
    case ready
    /// The deadline is over.
    case timedOut
    /// The server is shutting down and the connection was idle.
    case draining
    /// The server's grace period is over.
    case cut
}

/// One connected socket on one event loop.
// @unchecked: every field is used on the loop's thread only, by the connection's actor (isolated to the loop) and
// by the loop itself.
final class SocketChannel: EventSource, @unchecked Sendable {
    enum Direction { case read, write }

    let loop: EventLoop
    /// Whether a read may succeed; cleared by whoever saw EAGAIN or a short read.
    var isReadable = false
    /// Whether a write may succeed; cleared by whoever saw EAGAIN.
    var isWritable = true
    /// The peer will send nothing more. No further edge tells of it, so a short read proves nothing from here on.
    private(set) var isHalfClosed = false
    private(set) var isCut = false
    /// The connection's task, cancelled by the cut.
    var task: Task<Void, Never>?

    private var waiter: UnsafeContinuation<Wakeup, Never>?
    private var direction = Direction.read
    private var deadline = MonotonicClock.never
    private var isIdle = false

    init(descriptor: Int32, loop: EventLoop) {
        self.loop = loop
        super.init(descriptor: descriptor)
    }

    /// Suspends until the socket may be read or written.
    /// - Parameter isIdle: nothing is under way; draining ends the wait.
    nonisolated(nonsending) func wait(
        for direction: Direction, until deadline: Int64, isIdle: Bool = false
    ) async -> Wakeup {
        loop.assertIsCurrent()
        if isCut { return .cut }
        if direction == .read ? isReadable : isWritable { return .ready }
        if isIdle && loop.isDraining { return .draining }
        return await withUnsafeContinuation { continuation in
            precondition(waiter == nil, "two tasks wait for one socket")
            self.direction = direction
            self.deadline = deadline
            self.isIdle = isIdle
            waiter = continuation
        }
    }

    override func handle(_ events: UInt32) {
        let failed = CAIRN_EPOLLHUP | CAIRN_EPOLLERR
        if events & (CAIRN_EPOLLIN | CAIRN_EPOLLRDHUP | failed) != 0 { isReadable = true }
        if events & (CAIRN_EPOLLOUT | failed) != 0 { isWritable = true }
        if events & (CAIRN_EPOLLRDHUP | failed) != 0 { isHalfClosed = true }
        if direction == .read ? isReadable : isWritable { resume(.ready) }
    }

    override func expire(at now: Int64) {
        if deadline <= now { resume(.timedOut) }
    }

    override func drain() {
        if isIdle { resume(.draining) }
    }

    override func cut() {
        isCut = true
        shutdown(descriptor, Int32(SHUT_RDWR))
        task?.cancel()
        resume(.cut)
    }

    private func resume(_ wakeup: Wakeup) {
        guard let waiter else { return }
        self.waiter = nil
        isIdle = false
        deadline = MonotonicClock.never
        waiter.resume(returning: wakeup)
    }

    /// Closes the socket. Nobody may wait for it.
    func close() {
        loop.unregister(self)
        _ = Glibc.close(descriptor)
        task = nil
    }
}
