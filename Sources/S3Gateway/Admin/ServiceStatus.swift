// Why this file exists: one answer to "can I send requests here", from what the process is doing and from the state
// of the store, the same for health checks, metrics and the log.
private import Synchronization

/// Whether the process takes requests.
public final class ServiceStatus: Sendable {
    /// What the process is doing.
    public enum Phase: Sendable, Equatable {
        case starting
        case running
        /// In-flight requests are finished, new ones are refused.
        case closing
    }

    private let current = Mutex(Phase.starting)
    private let store: any AdministeredStore

    public init(store: any AdministeredStore) {
        self.store = store
    }

    /// What the process is doing now.
    public var phase: Phase {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// Nil when requests of every kind are taken, else one sentence that says why not.
    public var unreadyReason: String? {
        switch phase {
        case .starting: return "starting"
        case .closing: return "closing: requests in flight are being finished"
        case .running: return store.readOnlyReason.map { "read-only: \($0)" }
        }
    }
}
