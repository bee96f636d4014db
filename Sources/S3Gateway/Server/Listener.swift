// Why this file exists: takes connections from a listening socket and hands each to the loop that has fewest, so
// that two heavy clients land on two cores. When there is no room (descriptors, or the limit on connections), it
// rests for a moment: an edge-triggered socket that is not emptied would never report again, and one that is asked
// again and again would spin.
import CSystem
import Glibc
import ObjectCore
import Synchronization

/// One listening socket with what serves its connections.
// @unchecked: `isResting` and `isClosed` are used on the accepting loop's thread only.
final class Listener: EventSource, @unchecked Sendable {
    /// How long accepting rests when there is no room, in nanoseconds.
    private static let rest: Int64 = 50_000_000

    let bound: BoundAddress
    private let acceptingLoop: EventLoop
    private let loops: [EventLoop]
    private let handler: any HTTPHandler
    private let tls: TLSContext?
    private let service: ConnectionService
    private let maximumConnections: Int
    private var isResting = false
    private var isClosed = false

    init(
        descriptor: Int32, bound: BoundAddress, loops: [EventLoop], acceptingLoop: EventLoop,
        handler: any HTTPHandler, tls: TLSContext?, service: ConnectionService, maximumConnections: Int
    ) {
        self.bound = bound
        self.loops = loops
        self.acceptingLoop = acceptingLoop
        self.handler = handler
        self.tls = tls
        self.service = service
        self.maximumConnections = maximumConnections
        super.init(descriptor: descriptor)
    }

    override func handle(_ events: UInt32) { acceptAll() }

    /// Shutdown: no more connections.
    override func drain() {
        guard !isClosed else { return }
        isClosed = true
        acceptingLoop.unregister(self)
        close(descriptor)
        if case .unix(let path) = bound { unlink(path) }
    }

    private func acceptAll() {
        while !isClosed && !isResting {
            if service.census.count >= maximumConnections { return pause() }
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    accept4(descriptor, $0, &length, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
                }
            }
            if accepted >= 0 {
                handOver(accepted, remoteAddress: SocketAddressText.text(of: &storage).host)
                continue
            }
            switch errno {
            case EAGAIN: return
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return pause()
            // The connection died in the queue, or the network says so; the next one may be well.
            // See: 'man 2 accept', error handling.
            default: continue
            }
        }
    }

    private func pause() {
        isResting = true
        acceptingLoop.schedule(at: acceptingLoop.now + Self.rest) { [self] in
            isResting = false
            acceptAll()
        }
    }

    private func handOver(_ accepted: Int32, remoteAddress: String) {
        if case .tcp = bound {
            // Two peers that wait for each other's segments stall 40 ms without it.
            var one: Int32 = 1
            setsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        service.census.entered()
        var chosen = acceptingLoop
        var fewest = Int.max
        for loop in loops {
            let open = loop.counters.connectionsOpen.load(ordering: .relaxed)
            if open < fewest {
                fewest = open
                chosen = loop
            }
        }
        chosen.counters.connectionsOpen.wrappingAdd(1, ordering: .relaxed)
        chosen.counters.connectionsAccepted.addAsOnlyWriter(1)
        if chosen === acceptingLoop {
            adopt(accepted, remoteAddress: remoteAddress, on: chosen)
        } else {
            chosen.post { [self, chosen] in adopt(accepted, remoteAddress: remoteAddress, on: chosen) }
        }
    }

    /// Begins the connection's life, on its own loop.
    private func adopt(_ descriptor: Int32, remoteAddress: String, on loop: EventLoop) {
        let channel = SocketChannel(descriptor: descriptor, loop: loop)
        do {
            try loop.register(channel, for: CAIRN_EPOLLIN | CAIRN_EPOLLOUT | CAIRN_EPOLLRDHUP)
        } catch {
            close(descriptor)
            return service.connectionEnded(on: loop)
        }
        let session = tls?.makeSession(descriptor: descriptor)
        if tls != nil && session == nil {
            channel.close()
            return service.connectionEnded(on: loop)
        }
        let connection = Connection(
            channel: channel, remoteAddress: remoteAddress, handler: handler, tls: session, service: service)
        channel.task = Task(executorPreference: loop) { await connection.run() }
    }
}
