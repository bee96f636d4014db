// Why this file exists: the life of one connection, told straight on: handshake, then request after request, each
// read, answered and settled before the next. The actor lives on its event loop's executor, so none of this hops
// between threads.
// Invariants: responses leave in the order of their requests; `whenSent` is called exactly once for each response
// of a handler; the descriptor is closed exactly once, at the end of ``run()``.
// See: RFC 9112 section 9.
private import Synchronization

/// One accepted connection.
actor Connection {
    private enum Limit {
        /// Requests answered from one read before other connections have their turn.
        static let pipelinedRequestsPerTurn = 32
    }

    /// What becomes of the connection after an exchange.
    private enum Next {
        case request
        /// Close at once: everything is said, or the peer is gone.
        case close
        /// Close after the peer had time to read the answer.
        case linger
    }

    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let stream: ConnectionStream
    private let service: ConnectionService
    private let handler: any HTTPHandler
    private let remoteAddress: String
    private var scanner = RequestHeadScanner()
    private var pipelined = 0

    /// - Parameter tlsContext: nil for a plain connection.
    init(
        channel: SocketChannel, remoteAddress: String, handler: any HTTPHandler, tls: TLSSession?,
        service: ConnectionService
    ) {
        loop = channel.loop
        self.handler = handler
        self.remoteAddress = remoteAddress
        self.service = service
        stream = ConnectionStream(
            channel: channel, tls: tls, timeouts: service.timeouts, limits: service.limits)
    }

    /// Serves the connection to its end.
    func run() async {
        var next =
            switch await stream.handshake() {
            case .complete: Next.request
            case .failed: Next.close
            case .metPlainHTTP: await refuse(.plainHTTP)
            }
        while case .request = next { next = await serveOne() }
        switch next {
        case .linger: await stream.linger()
        default: stream.tls?.sayGoodbye()
        }
        stream.channel.close()
        service.connectionEnded(on: loop)
    }

    // MARK: One exchange

    private func serveOne() async -> Next {
        if stream.input.isEmpty {
            pipelined = 0
            let outcome = await stream.fill(until: loop.now &+ stream.timeouts.idle, isIdle: true)
            guard outcome == .filled else { return .close }
        } else {
            pipelined += 1
            if pipelined.isMultiple(of: Limit.pipelinedRequestsPerTurn) { await loop.nextTurn() }
        }
        let began = MonotonicClock.now()
        let request: ParsedRequest
        switch await readHead(until: began &+ stream.timeouts.head) {
        case .request(let parsed): request = parsed
        case .refused(let refusal): return await refuse(refusal)
        case .lost: return .close
        }
        loop.counters.requests.addAsOnlyWriter(1)
        let headRead = MonotonicClock.now()
        let body = RequestBodyReader(request.head, stream: stream)
        let handled = await handler.respond(to: request.head, body: body)
        return await answer(request, body: body, with: handled, began: began, headRead: headRead)
    }

    private enum HeadOutcome {
        case request(ParsedRequest)
        case refused(RequestRefusal)
        case lost
    }

    private func readHead(until deadline: Int64) async -> HeadOutcome {
        scanner.reset()
        while true {
            switch scanner.scan(stream.input.bytes, limits: service.limits) {
            case .complete(let start, let end):
                do {
                    let parsed = try RequestHeadParser.parse(
                        stream.input.bytes, start: start, end: end, lineEnds: scanner.lineEnds,
                        limits: service.limits, remoteAddress: remoteAddress, isSecure: stream.tls != nil)
                    stream.input.consume(end)
                    return .request(parsed)
                } catch {
                    return .refused(error)
                }
            case .refused(let refusal): return .refused(refusal)
            case .incomplete:
                switch await stream.fill(until: deadline) {
                case .filled: continue
                case .timedOut: return .refused(.headTimedOut)
                case .ended, .failed, .draining, .cut: return .lost
                }
            }
        }
    }

    private func refuse(_ refusal: RequestRefusal) async -> Next {
        loop.counters.refusals.addAsOnlyWriter(1)
        let response = handler.refusal(status: refusal.status, reason: refusal.reason)
        let head = ResponseHeadEncoder(response, isHead: false, isHTTP10: false, closes: true)
        var sender = ResponseSender(stream)
        await sender.send(response, framed: head, precededByContinue: false)
        return sender.outcome.isComplete ? .linger : .close
    }

    private func answer(
        _ request: ParsedRequest, body: RequestBodyReader, with handled: HandledResponse, began: Int64,
        headRead: Int64
    ) async -> Next {
        let response = handled.response
        let isUnread = !body.isFinished
        // A body that was asked to wait for `100 Continue` may never come: the next bytes could be it or the next
        // request, so nothing more is read. See: RFC 9110 section 10.1.1.
        let cannotContinue =
            body.hasFailed || (isUnread && (body.isContinueOwed || body.exceeds(service.limits.maximumDrainedBytes)))
        let head = ResponseHeadEncoder(
            response, isHead: request.head.method == .head, isHTTP10: request.isHTTP10,
            closes: !request.head.keepsAlive || response.closesConnection || cannotContinue || loop.isDraining)
        // A client that announced an empty body with Expect waits for its 100 all the same (aws-cli v1: 60 s).
        let owesContinue = body.isContinueOwed && !isUnread && (200...299).contains(head.status)

        var sender = ResponseSender(stream)
        await sender.send(response, framed: head, precededByContinue: owesContinue)
        let outcome = sender.outcome
        if let whenSent = handled.whenSent {
            whenSent(
                ExchangeSummary(
                    status: head.status, bytesSent: outcome.bodyBytes, bytesReceived: body.bytesReceived,
                    totalNanoseconds: MonotonicClock.now() &- began,
                    turnaroundNanoseconds: outcome.firstByteAt &- headRead, isComplete: outcome.isComplete))
        }
        if !outcome.isComplete { return .close }
        if head.closes { return isUnread || body.hasFailed ? .linger : .close }
        if isUnread { return await body.drain() ? .request : .linger }
        return .request
    }
}

/// What all connections of a server share.
final class ConnectionService: Sendable {
    let timeouts: NanosecondTimeouts
    let limits: RequestLimits
    let census: ConnectionCensus

    init(configuration: ServerConfiguration, census: ConnectionCensus) {
        timeouts = NanosecondTimeouts(configuration.timeouts)
        limits = configuration.limits
        self.census = census
    }

    func connectionEnded(on loop: EventLoop) {
        loop.counters.connectionsOpen.wrappingSubtract(1, ordering: .relaxed)
        census.left()
    }
}
