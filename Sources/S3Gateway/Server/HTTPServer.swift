// Why this file exists: the server as the rest of the program sees it: listen, start, shut down, count. What happens
// to a connection is told in Connection, who runs it in EventLoop.
// Invariants: listeners live on the first loop; a listener added before or after the start behaves the same; after
// ``HTTPServer/shutdown(grace:)`` has returned, no connection is served.
private import CSystem
private import Glibc
public import ObjectCore
private import Synchronization

/// An HTTP/1.1 server: one event loop per core, any number of listeners.
///
/// Requests are answered by each listener's ``HTTPHandler``, on the event loop of their connection.
/// See: RFC 9110, RFC 9112.
public final class HTTPServer: Sendable {
    private enum Phase { case created, running, stopping, stopped }

    private struct State {
        var phase = Phase.created
        var loops: [EventLoop] = []
        var listeners: [Listener] = []
    }

    /// After the grace period connections are cut; handlers that do not even return then are left behind.
    private static let cutAllowance = Duration.seconds(2)

    private let configuration: ServerConfiguration
    private let census = ConnectionCensus()
    private let service: ConnectionService
    private let blockingPool: BlockingPool
    private let state = Mutex(State())

    public init(configuration: ServerConfiguration = ServerConfiguration()) {
        self.configuration = configuration
        service = ConnectionService(configuration: configuration, census: census)
        blockingPool = BlockingPool(
            threads: configuration.blockingThreads, maximumQueued: configuration.maximumBlockingQueue)
    }

    /// Takes an address. Before ``start()`` connections to it are refused, so that a program can do what must be done
    /// first and still know that the address is its own; afterwards they are accepted at once.
    /// - Parameters:
    ///   - address: where to listen; port 0 takes a free one.
    ///   - tls: nil for plain HTTP.
    ///   - handler: answers the requests of this listener.
    /// - Returns: the address with the port that was taken.
    /// - Throws: the system call that failed, `bind` with EADDRINUSE for instance.
    @discardableResult
    public func listen(
        on address: ListenAddress, tls: TLSContext? = nil, handler: any HTTPHandler
    ) throws(SystemCallError) -> BoundAddress {
        let (descriptor, bound) = try ListeningSocket.open(address)
        let result = state.withLock { state -> Result<Void, SystemCallError> in
            do throws(SystemCallError) {
                guard state.phase == .created || state.phase == .running else {
                    throw SystemCallError("listen", code: ECANCELED, object: "\(address)")
                }
                let loops = try Self.loops(&state, configuration: configuration, pool: blockingPool)
                let listener = Listener(
                    descriptor: descriptor, bound: bound, loops: loops, acceptingLoop: loops[0], handler: handler,
                    tls: tls, service: service, maximumConnections: configuration.maximumConnections)
                state.listeners.append(listener)
                if state.phase == .running { try accept(on: listener, loops[0]) }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        if case .failure(let error) = result {
            close(descriptor)
            throw error
        }
        return bound
    }

    /// Starts the event loops and accepts connections. Calling it again does nothing.
    /// - Throws: the system call that failed when there are no threads or descriptors.
    public func start() throws(SystemCallError) {
        let result = state.withLock { state -> Result<Void, SystemCallError> in
            guard state.phase == .created else { return .success(()) }
            do throws(SystemCallError) {
                let loops = try Self.loops(&state, configuration: configuration, pool: blockingPool)
                for loop in loops { try loop.start() }
                for listener in state.listeners { try accept(on: listener, loops[0]) }
                state.phase = .running
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Stops: no connection is accepted any more, idle ones are closed at once, those with a request under way
    /// finish their response and close. What is left after `grace` is cut. A second call returns at once.
    public func shutdown(grace: Duration) async {
        let (loops, wasRunning) = state.withLock { state -> ([EventLoop], Bool) in
            let wasRunning = state.phase == .running
            if state.phase == .created {
                for listener in state.listeners { close(listener.descriptor) }
            }
            if wasRunning || state.phase == .created { state.phase = .stopping }
            state.listeners = []
            return (state.loops, wasRunning)
        }
        guard wasRunning else { return }
        for loop in loops { loop.post { loop.beginDraining() } }
        var isEmpty = await waitUntilEmpty(within: grace, timekeeper: loops[0])
        if !isEmpty {
            for loop in loops { loop.post { loop.cutAll() } }
            isEmpty = await waitUntilEmpty(within: Self.cutAllowance, timekeeper: loops[0])
        }
        blockingPool.stop()
        // A handler that is still busy will come back to its loop; then the loop must be there.
        if isEmpty {
            for loop in loops { await loop.stop() }
        }
        state.withLock { state in
            state.phase = .stopped
            state.loops = []
        }
    }

    /// What the server has done so far; all zero before the start and after the shutdown.
    public var counts: ServerCounts {
        state.withLock { state in ServerCounts(loops: state.loops.map { $0.counters.counts }) }
    }

    private func waitUntilEmpty(within time: Duration, timekeeper loop: EventLoop) async -> Bool {
        let deadline = MonotonicClock.now() &+ time.nanoseconds
        let census = census
        return await census.waitUntilEmpty {
            // Behind the draining of the same loop, so the listeners are closed and nothing enters any more.
            loop.post { loop.schedule(at: deadline) { census.deadlinePassed() } }
        }
    }

    private static func loops(
        _ state: inout State, configuration: ServerConfiguration, pool: BlockingPool
    ) throws(SystemCallError) -> [EventLoop] {
        if !state.loops.isEmpty { return state.loops }
        let online = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let count = configuration.loops > 0 ? configuration.loops : max(1, online)
        var loops: [EventLoop] = []
        for index in 0..<count {
            loops.append(
                try EventLoop(index: index, timerResolution: configuration.timerResolution, blockingPool: pool))
        }
        state.loops = loops
        return loops
    }

    private func accept(on listener: Listener, _ loop: EventLoop) throws(SystemCallError) {
        try ListeningSocket.listen(
            on: listener.descriptor, backlog: configuration.backlog, object: "\(listener.bound)")
        loop.post {
            do {
                try loop.register(listener, for: CAIRN_EPOLLIN)
            } catch {
                // epoll has no memory for one more descriptor; the socket is closed so that clients see it.
                listener.drain()
            }
        }
    }
}
