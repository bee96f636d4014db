// Why this file exists: bytes in and out of one connection, plain or TLS, with waiting, deadlines and fairness, so
// that the rooms above it read and write straight on. Each operation first makes its system call and suspends only
// when the kernel has nothing.
// Invariants: used by the connection's task only; after `ConnectionLost` nothing more is sent.
import CSystem
import Glibc
import ObjectCore

/// The connection cannot carry on: the peer is gone, takes nothing, or was cut off.
struct ConnectionLost: Error {}

/// What came of waiting for input.
enum FillOutcome: Equatable {
    case filled
    /// The peer has closed its side.
    case ended
    case failed
    case timedOut
    case draining
    case cut
}

/// The two directions of one connection. Not Sendable: it belongs to the connection's actor.
final class ConnectionStream {
    /// Bytes that one connection may move before the others have their turn.
    static let bytesPerTurn = 1_048_576

    let channel: SocketChannel
    let loop: EventLoop
    let timeouts: NanosecondTimeouts
    let limits: RequestLimits
    let input: InputBuffer
    /// Nil for plain HTTP.
    private(set) var tls: TLSSession?
    private var movedThisTurn = 0

    init(channel: SocketChannel, tls: TLSSession?, timeouts: NanosecondTimeouts, limits: RequestLimits) {
        self.channel = channel
        self.tls = tls
        self.timeouts = timeouts
        self.limits = limits
        loop = channel.loop
        input = InputBuffer(pool: channel.loop.readBuffers)
    }

    // MARK: In

    /// Receives what is there, without waiting.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransferStep {
        let step: TransferStep
        if let tls {
            step = tls.read(into: buffer)
        } else {
            let count = uninterrupted { recv(channel.descriptor, buffer.baseAddress, buffer.count, 0) }
            if count > 0 {
                // The socket is empty: asking again would only answer EAGAIN. See: 'man 7 epoll', question 9.
                if count < buffer.count && !channel.isHalfClosed { channel.isReadable = false }
                step = .moved(count)
            } else if count == 0 {
                step = buffer.count > 0 ? .ended : .failed
            } else {
                step = errno == EAGAIN ? .blocked(.read) : .failed
            }
        }
        switch step {
        case .moved(let count):
            loop.counters.bytesReceived.addAsOnlyWriter(count)
            movedThisTurn += count
        case .blocked(let direction): noteBlocked(direction)
        case .ended, .failed: break
        }
        return step
    }

    /// Waits for input and appends it to ``input``.
    /// - Parameters:
    ///   - deadline: in nanoseconds of ``MonotonicClock``.
    ///   - isIdle: no request is under way: draining ends the wait.
    nonisolated(nonsending) func fill(until deadline: Int64, isIdle: Bool = false) async -> FillOutcome {
        var direction = SocketChannel.Direction.read
        while true {
            switch await pause(for: direction, until: deadline, isIdle: isIdle) {
            case .ready: break
            case .timedOut: return .timedOut
            case .draining: return .draining
            case .cut: return .cut
            }
            switch receive(into: input.freeSpace()) {
            case .moved(let count):
                input.commit(count)
                return .filled
            case .blocked(let needed):
                if input.isEmpty { input.release() }
                direction = needed
            case .ended:
                if input.isEmpty { input.release() }
                return .ended
            case .failed: return .failed
            }
        }
    }

    /// Waits until a direction may be tried, and lets other connections go first after ``bytesPerTurn``.
    nonisolated(nonsending) func pause(
        for direction: SocketChannel.Direction, until deadline: Int64, isIdle: Bool = false
    ) async -> Wakeup {
        if direction == .read ? channel.isReadable : channel.isWritable {
            if movedThisTurn >= Self.bytesPerTurn {
                movedThisTurn = 0
                await loop.nextTurn()
            }
        } else {
            movedThisTurn = 0
        }
        return await channel.wait(for: direction, until: deadline, isIdle: isIdle)
    }

    private func noteBlocked(_ direction: SocketChannel.Direction) {
        switch direction {
        case .read: channel.isReadable = false
        case .write: channel.isWritable = false
        }
    }

    // MARK: Out

    /// Sends what the socket takes, without waiting.
    /// - Parameter more: further bytes follow at once, so a short segment may wait for them.
    func transmit(_ bytes: UnsafeRawBufferPointer, more: Bool) -> TransferStep {
        let step: TransferStep
        if channel.isCut {
            step = .failed
        } else if let tls {
            step = tls.write(bytes)
        } else {
            let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
            let count = uninterrupted { Glibc.send(channel.descriptor, bytes.baseAddress, bytes.count, flags) }
            step = count >= 0 ? .moved(count) : errno == EAGAIN ? .blocked(.write) : .failed
        }
        noteSent(step)
        return step
    }

    /// Sends bytes of a file without copying them, as many as the socket takes. Only for a plain connection.
    /// - Returns: nil when the file cannot be sent this way; `.ended` when the file ends too early.
    func transmit(_ file: OpenFile, offset: inout Int64, count: Int) -> TransferStep? {
        var position = off_t(offset)
        let sent = uninterrupted { sendfile(channel.descriptor, file.descriptor, &position, count) }
        offset = Int64(position)
        let step: TransferStep
        if sent > 0 {
            step = .moved(sent)
        } else if sent == 0 {
            step = .ended
        } else {
            switch errno {
            case EAGAIN: step = .blocked(.write)
            case EINVAL, ENOSYS: return nil
            default: step = .failed
            }
        }
        noteSent(step)
        return step
    }

    private func noteSent(_ step: TransferStep) {
        switch step {
        case .moved(let count):
            loop.counters.bytesSent.addAsOnlyWriter(count)
            movedThisTurn += count
        case .blocked(let direction): noteBlocked(direction)
        case .ended, .failed: break
        }
    }

    /// Waits until sending is worth another try.
    nonisolated(nonsending) func awaitProgress(_ direction: SocketChannel.Direction) async throws(ConnectionLost) {
        guard await pause(for: direction, until: loop.now &+ timeouts.write) == .ready else { throw ConnectionLost() }
    }

    /// Sends all of what lies in the loop's output buffer.
    nonisolated(nonsending) func flush(_ output: OutputBuffer, more: Bool = false) async throws(ConnectionLost) {
        switch transmit(output.bytes, more: more) {
        case .moved(let count) where count == output.count: return
        case .moved(let count): try await send([UInt8](output.bytes[count...]), more: more)
        case .blocked(let direction):
            // The buffer is the loop's; others will use it while this connection waits.
            let rest = [UInt8](output.bytes)
            try await awaitProgress(direction)
            try await send(rest, more: more)
        case .ended, .failed: throw ConnectionLost()
        }
    }

    /// Sends all of an array.
    nonisolated(nonsending) func send(_ bytes: [UInt8], more: Bool = false) async throws(ConnectionLost) {
        var offset = 0
        while offset < bytes.count {
            let end = min(bytes.count, offset + Self.bytesPerTurn)
            let step = bytes.withUnsafeBytes {
                transmit(UnsafeRawBufferPointer(rebasing: $0[offset..<end]), more: more || end < bytes.count)
            }
            switch step {
            case .moved(let count):
                offset += count
                if offset < bytes.count { try await awaitProgress(.write) }
            case .blocked(let direction): try await awaitProgress(direction)
            case .ended, .failed: throw ConnectionLost()
            }
        }
    }

    // MARK: Life

    /// Completes the TLS handshake. A peer that speaks plain HTTP is from here on answered in plain HTTP: it would only
    /// see a broken connection otherwise, and could not tell that its address has to begin with `https`.
    nonisolated(nonsending) func handshake() async -> HandshakeOutcome {
        guard let tls else { return .complete }
        let deadline = loop.now &+ timeouts.handshake
        while true {
            switch tls.handshake() {
            case .moved: return .complete
            case .blocked(let direction):
                noteBlocked(direction)
                guard await pause(for: direction, until: deadline) == .ready else { return .failed }
            case .ended, .failed:
                guard tls.metPlainHTTP else { return .failed }
                self.tls = nil
                return .metPlainHTTP
            }
        }
    }

    /// Ends the sending side, and reads and drops what the peer still sends, within the limits: closing a socket that
    /// holds unread bytes resets the connection, and a reset destroys an answer that the peer has not read yet.
    /// See: RFC 9112 section 9.6.
    nonisolated(nonsending) func linger() async {
        if let tls {
            tls.sayGoodbye()
        }
        guard shutdown(channel.descriptor, Int32(SHUT_WR)) == 0 else { return }
        let began = loop.now
        var dropped = input.count
        input.release()
        while dropped <= limits.maximumLingerBytes {
            // A server that shuts down does not wait so long for those who talk on.
            let end = began &+ (loop.isDraining ? timeouts.drain : timeouts.linger)
            guard loop.now < end else { return }
            let deadline = min(end, loop.now &+ timeouts.lingerSilence)
            guard await pause(for: .read, until: deadline) == .ready else { return }
            let space = input.freeSpace()
            let count = uninterrupted { recv(channel.descriptor, space.baseAddress, space.count, 0) }
            input.release()
            if count > 0 {
                dropped += count
                movedThisTurn += count
                loop.counters.bytesReceived.addAsOnlyWriter(count)
            } else if count < 0 && errno == EAGAIN {
                noteBlocked(.read)
            } else {
                return
            }
        }
    }
}

/// Makes a system call again for as long as a signal interrupts it. See: 'man 7 signal'.
@inline(__always)
private func uninterrupted(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}

/// What a handshake came to.
enum HandshakeOutcome {
    /// Requests may be read; also when the connection has no TLS.
    case complete
    case failed
    /// The peer sent a plain request. Nothing of it may be believed or served.
    case metPlainHTTP
}

/// ``ServerTimeouts`` in the unit of the clock.
struct NanosecondTimeouts: Sendable {
    let head: Int64
    let idle: Int64
    let body: Int64
    let write: Int64
    let handshake: Int64
    let drain: Int64
    let lingerSilence: Int64
    let linger: Int64

    init(_ timeouts: ServerTimeouts) {
        head = timeouts.head.nanoseconds
        idle = timeouts.idle.nanoseconds
        body = timeouts.body.nanoseconds
        write = timeouts.write.nanoseconds
        handshake = timeouts.handshake.nanoseconds
        drain = timeouts.drain.nanoseconds
        lingerSilence = timeouts.lingerSilence.nanoseconds
        linger = timeouts.linger.nanoseconds
    }
}
