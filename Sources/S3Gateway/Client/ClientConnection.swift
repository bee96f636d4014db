// Why this file exists: one connection to a server, for a thread that may wait. Everything waits in poll(2) with a
// deadline and looks now and then whether it is to end, so that neither a silent peer nor a stop takes long.
private import Glibc

/// A connected socket, perhaps under TLS. Belongs to one thread.
final class ClientConnection {
    /// How long one wait is at most before it is looked whether to end, in milliseconds.
    private static let sliceMilliseconds: Int64 = 100

    private let descriptor: Int32
    private let tls: TLSSession?
    private let isCancelled: () -> Bool

    /// Connects, and shakes hands when the address says `https`.
    /// - Parameters:
    ///   - deadline: of ``MonotonicClock``. Looking the name up is the resolver's own time (resolv.conf(5)).
    ///   - reach: which addresses of the endpoint's are tried.
    ///   - isCancelled: asked while waiting.
    init(
        to endpoint: EndpointURL, tls context: TLSClientContext?, deadline: Int64,
        reach: ClientReach = .anywhere, isCancelled: @escaping () -> Bool
    ) throws(ClientError) {
        self.isCancelled = isCancelled
        descriptor = try ClientConnection.connect(
            to: endpoint, reach: reach, deadline: deadline, isCancelled: isCancelled)
        guard let context else {
            tls = nil
            return
        }
        guard
            let session = context.makeSession(
                descriptor: descriptor, host: endpoint.host, isAddress: endpoint.isAddress)
        else {
            tls = nil
            throw .insecure("no session")
        }
        tls = session
        while true {
            switch session.handshake() {
            case .moved: return
            case .blocked(let direction): try wait(for: direction, deadline: deadline)
            case .ended, .failed: throw .insecure("the handshake with \(endpoint.authority) failed")
            }
        }
    }

    deinit {
        tls?.sayGoodbye()
        close(descriptor)
    }

    /// Sends all bytes.
    func send(_ bytes: [UInt8], deadline: Int64) throws(ClientError) {
        var start = 0
        while start < bytes.count {
            let step = bytes.withUnsafeBytes { write(UnsafeRawBufferPointer(rebasing: $0[start...])) }
            switch step {
            case .moved(let count): start += count
            case .blocked(let direction): try wait(for: direction, deadline: deadline)
            case .ended, .failed: throw .closed
            }
        }
    }

    /// Some bytes, or nil when the peer sends nothing more.
    func receive(_ buffer: inout [UInt8], deadline: Int64) throws(ClientError) -> Int? {
        while true {
            let step = buffer.withUnsafeMutableBytes { read(into: $0) }
            switch step {
            case .moved(let count): return count
            case .blocked(let direction): try wait(for: direction, deadline: deadline)
            case .ended: return nil
            case .failed: throw .closed
            }
        }
    }

    /// Whether the peer has ended an idle connection, or sent what nobody asked for.
    var isStale: Bool {
        var probe = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&probe, 1, 0) != 0
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> TransferStep {
        if let tls { return tls.write(bytes) }
        // A peer that goes away is an error here, not a signal.
        let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        if count > 0 { return .moved(count) }
        return errno == EAGAIN || errno == EINTR ? .blocked(.write) : .failed
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> TransferStep {
        if let tls { return tls.read(into: buffer) }
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return .moved(count) }
        if count == 0 { return .ended }
        return errno == EAGAIN || errno == EINTR ? .blocked(.read) : .failed
    }

    private func wait(for direction: SocketChannel.Direction, deadline: Int64) throws(ClientError) {
        try ClientConnection.wait(
            descriptor, for: direction == .read ? POLLIN : POLLOUT, deadline: deadline, isCancelled: isCancelled)
    }

    private static func wait(
        _ descriptor: Int32, for events: Int32, deadline: Int64, isCancelled: () -> Bool
    ) throws(ClientError) {
        while true {
            guard !isCancelled() else { throw .cancelled }
            let left = (deadline - MonotonicClock.now()) / 1_000_000
            guard left > 0 else { throw .timedOut }
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            if poll(&entry, 1, Int32(min(left, sliceMilliseconds))) > 0 { return }
        }
    }

    private static func connect(
        to endpoint: EndpointURL, reach: ClientReach, deadline: Int64, isCancelled: () -> Bool
    ) throws(ClientError) -> Int32 {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICSERV
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(endpoint.host, String(endpoint.port), &hints, &found)
        guard status == 0, let found else {
            throw .unreachable("\(endpoint.host): \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(found) }
        var reason = ""
        var next: UnsafeMutablePointer<addrinfo>? = found
        while let info = next {
            next = info.pointee.ai_next
            guard reach.permits(info.pointee) else {
                reason = "its address is not a public one"
                continue
            }
            do throws(ClientError) {
                return try connect(to: info.pointee, deadline: deadline, isCancelled: isCancelled)
            } catch {
                guard case .unreachable(let why) = error else { throw error }
                reason = why
            }
        }
        throw .unreachable("\(endpoint.authority): \(reason)")
    }

    private static func connect(
        to info: addrinfo, deadline: Int64, isCancelled: () -> Bool
    ) throws(ClientError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(info.ai_family, type, 0)
        guard descriptor >= 0 else { throw .unreachable(String(cString: strerror(errno))) }
        var code: Int32 = 0
        do throws(ClientError) {
            if Glibc.connect(descriptor, info.ai_addr, info.ai_addrlen) != 0 {
                code = errno
                if code == EINPROGRESS || code == EINTR {
                    // See: 'man 2 connect', EINPROGRESS.
                    try wait(descriptor, for: POLLOUT, deadline: deadline, isCancelled: isCancelled)
                    var length = socklen_t(MemoryLayout<Int32>.size)
                    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
                }
            }
            guard code == 0 else { throw .unreachable(String(cString: strerror(code))) }
        } catch {
            close(descriptor)
            throw error
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }
}
