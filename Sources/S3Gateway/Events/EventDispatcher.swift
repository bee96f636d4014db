// Why this file exists: all destinations of events together, as the program starts, stops and measures them.
public import ObjectCore
private import Synchronization

/// Delivers the events of a store to the webhooks, and copies of its objects to the endpoints, that its operator configured.
public final class EventDispatcher: Sendable {
    /// Destinations that can be configured.
    public static let destinationsMaximum = 32

    private let store: ObjectStore
    private let retention: Int64
    private let log: @Sendable (String) -> Void
    private let destinations: [DestinationDispatcher]

    /// - Parameters:
    ///   - store: whose outbox is emptied.
    ///   - webhooks: where to; names must differ.
    ///   - replicationTargets: where copies of objects go; names must differ.
    ///   - keyring: opens objects that are to be copied.
    ///   - authorities: a PEM file of certificates to believe beside the system's; nil for none.
    ///   - retentionSeconds: how long an event may wait before it is given up.
    ///   - log: told rare things, one line each.
    /// - Throws: when TLS cannot be used and a webhook needs it.
    public init(
        store: ObjectStore, webhooks: [WebhookDestination], replicationTargets: [ReplicationTarget] = [],
        keyring: Keyring = .empty, authorities: String? = nil, retentionSeconds: Int64,
        log: @escaping @Sendable (String) -> Void
    ) throws(TLSError) {
        self.store = store
        self.log = log
        let retention = retentionSeconds * 1000
        self.retention = retention
        let isSecure = webhooks.contains { $0.url.isSecure } || replicationTargets.contains { $0.url.isSecure }
        let tls = isSecure || authorities != nil ? try TLSClientContext(authorities: authorities) : nil
        let hostID = Hex.encode(store.uuid)
        let hooks = webhooks.map { webhook in
            DestinationDispatcher(name: webhook.name, store: store, retention: retention, log: log) { isCancelled in
                WebhookSender(webhook, hostID: hostID, tls: tls, isCancelled: isCancelled)
            }
        }
        let copies = replicationTargets.map { target in
            DestinationDispatcher(
                name: ObjectStore.replicationPrefix + target.name, store: store, retention: retention, log: log
            ) { isCancelled in
                ReplicationSender(target, store: store, keyring: keyring, tls: tls, isCancelled: isCancelled)
            }
        }
        destinations = hooks + copies
    }

    /// Starts to deliver what waits and what comes.
    public func start() throws(SystemCallError) {
        for destination in destinations { try destination.start() }
    }

    /// Ends all deliveries; what was not delivered waits for the next start. Call it before the store is closed.
    public func stop() async {
        let destinations = destinations
        // All at once, so that the slowest decides.
        for destination in destinations { destination.beginToStop() }
        do {
            try await BlockingCall.run { for destination in destinations { destination.finishStopping() } }
        } catch {
            for destination in destinations { destination.finishStopping() }
        }
    }

    /// Gives up what has waited too long, for destinations too that are not configured any more.
    public func expire() async {
        let store = store
        let limit = Timestamp(milliseconds: store.clockReading.trusted.milliseconds - retention)
        do {
            let count = try await BlockingCall.run { try store.expireOutbox(before: limit) }
            if count > 0 { log("\(count) events are given up: they waited for more than \(retention / 1000) s") }
        } catch {
            log("events that are too old cannot be removed: \(error)")
        }
    }

    func expose(to text: inout PrometheusText) {
        let figures = store.outboxFigures
        text.family("cairn_events_waiting", .gauge, "Events in the outbox.")
        for figure in figures { text.sample(labels: [("destination", figure.destination)], figure.waiting) }
        text.family("cairn_events_dropped_total", .counter, "Events given up since the start; the journal names them.")
        for figure in figures { text.sample(labels: [("destination", figure.destination)], figure.dropped) }
        text.family("cairn_events_delivered_total", .counter, "Events delivered since the start.")
        for destination in destinations {
            text.sample(labels: [("destination", destination.name)], destination.delivered)
        }
        text.family("cairn_events_failures_total", .counter, "Deliveries without success since the start.")
        for destination in destinations {
            text.sample(labels: [("destination", destination.name)], destination.failed)
        }
    }
}
