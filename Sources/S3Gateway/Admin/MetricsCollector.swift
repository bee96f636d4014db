// Why this file exists: one exposition from all the rooms that count something, in one order.
public import ObjectCore
private import Synchronization

/// Collects every metric of the process.
public final class MetricsCollector: Sendable {
    private let version: String
    private let store: any AdministeredStore
    private let status: ServiceStatus
    private let requests: RequestMetrics
    private let maintenance: MaintenanceRunner
    private let accessLog: AccessLogWriter?
    private let events: EventDispatcher?
    private let bucketLogs: BucketLogDelivery?
    private let inventories: InventoryDelivery?
    private let digester: ContentDigester?
    private let connections: @Sendable () -> LoopCounts

    /// - Parameters:
    ///   - version: of the program, for `cairn_build_info`.
    ///   - store: whose figures are told.
    ///   - status: whether requests are taken.
    ///   - requests: the counts of exchanges.
    ///   - maintenance: what was last examined and collected.
    ///   - accessLog: whose lost lines are told; nil for none.
    ///   - events: whose deliveries are told; nil for none.
    ///   - bucketLogs: whose lines are told; nil for none.
    ///   - inventories: whose reports are told; nil for none.
    ///   - digester: whose digests are told; nil for none.
    ///   - connections: reads the HTTP server's counters, summed over its loops.
    public init(
        version: String, store: any AdministeredStore, status: ServiceStatus, requests: RequestMetrics,
        maintenance: MaintenanceRunner, accessLog: AccessLogWriter?, events: EventDispatcher? = nil,
        bucketLogs: BucketLogDelivery? = nil, inventories: InventoryDelivery? = nil,
        digester: ContentDigester? = nil,
        connections: @escaping @Sendable () -> LoopCounts
    ) {
        self.version = version
        self.store = store
        self.status = status
        self.requests = requests
        self.maintenance = maintenance
        self.accessLog = accessLog
        self.events = events
        self.bucketLogs = bucketLogs
        self.inventories = inventories
        self.digester = digester
        self.connections = connections
    }

    /// The exposition in Prometheus's text format. Blocks on the database; call it off the event loops.
    func exposition() -> [UInt8] {
        var text = PrometheusText()
        text.family("cairn_build_info", .gauge, "Always 1; the label tells the version.")
        text.sample(labels: [("version", version)], 1)
        text.single(
            "cairn_ready", .gauge, "1 when requests of every kind are taken.", status.unreadyReason == nil ? 1 : 0)
        text.single(
            "cairn_store_read_only", .gauge, "1 when the store refuses writes.", store.readOnlyReason == nil ? 0 : 1)
        requests.expose(to: &text)
        exposeConnections(to: &text)
        exposeStore(to: &text)
        maintenance.expose(to: &text)
        if let accessLog {
            text.single("cairn_access_log_written_total", .counter, "Access log entries written.", accessLog.written)
            text.single(
                "cairn_access_log_dropped_total", .counter, "Access log entries that did not fit into the queue.",
                accessLog.dropped)
            text.single(
                "cairn_access_log_failed_total", .counter, "Access log entries that could not be written.",
                accessLog.failed)
        }
        events?.expose(to: &text)
        if let bucketLogs {
            text.single(
                "cairn_bucket_log_delivered_total", .counter, "Access log lines delivered into buckets.",
                bucketLogs.delivered)
            text.single(
                "cairn_bucket_log_dropped_total", .counter, "Access log lines that found no room or no target bucket.",
                bucketLogs.dropped)
        }
        if let inventories {
            text.single(
                "cairn_inventory_delivered_total", .counter, "Reports of inventories that were delivered.",
                inventories.delivered)
            text.single(
                "cairn_inventory_failures_total", .counter, "Reports of inventories that failed, and are tried again.",
                inventories.failed)
        }
        exposeDigests(to: &text)
        ProcessMetrics.expose(to: &text)
        return text.bytes
    }

    private func exposeDigests(to text: inout PrometheusText) {
        guard let digester else { return }
        text.single(
            "cairn_digests_computed_total", .counter, "SHA-256 of objects that were computed after their commit.",
            digester.computedCount)
        text.single(
            "cairn_digests_failed_total", .counter, "Attempts to compute one that failed.", digester.failedCount)
        guard let waiting = try? digester.waiting() else { return }
        text.family("cairn_digests_missing", .gauge, "Versions whose SHA-256 is not known, by the reason.")
        for state in DigestState.allCases {
            text.sample(labels: [("state", state.name)], Int(waiting[state] ?? 0))
        }
    }

    private func exposeConnections(to text: inout PrometheusText) {
        let counts = connections()
        text.single(
            "cairn_connections_accepted_total", .counter, "Accepted connections.", counts.connectionsAccepted)
        text.single("cairn_connections_open", .gauge, "Open connections.", counts.connectionsOpen)
        text.single("cairn_http_requests_total", .counter, "Well-formed request heads.", counts.requests)
        text.single("cairn_http_refusals_total", .counter, "Requests refused by the HTTP server.", counts.refusals)
        text.single(
            "cairn_http_received_bytes_total", .counter, "Bytes received, heads and framing included.",
            counts.bytesReceived)
        text.single(
            "cairn_http_sent_bytes_total", .counter, "Bytes sent, heads and framing included.", counts.bytesSent)
        text.single(
            "cairn_loop_remote_jobs_total", .counter, "Jobs handed to event loops by other threads.",
            counts.remoteJobs)
    }

    private func exposeStore(to text: inout PrometheusText) {
        // Counting rows takes time on a large store, so a scrape shows the last count, at most some minutes old.
        guard let statistics = store.recentStatistics() else { return }
        text.single("cairn_store_buckets", .gauge, "Buckets.", statistics.buckets)
        text.single("cairn_store_chunks", .gauge, "Live chunks.", statistics.chunks)
        text.single(
            "cairn_store_chunk_bytes", .gauge, "Bytes of live chunks, after deduplication.", statistics.chunkBytes)
        text.single("cairn_store_segments", .gauge, "Segment files.", statistics.segments)
        text.single("cairn_store_segment_bytes", .gauge, "Bytes that segment files take.", statistics.segmentBytes)
        text.single(
            "cairn_store_cold_segments", .gauge, "Segment files of what is archived.", statistics.coldSegments)
        text.single(
            "cairn_store_cold_segment_bytes", .gauge, "Bytes that segment files of what is archived take.",
            statistics.coldSegmentBytes)
        text.single("cairn_store_journal_entries", .gauge, "Journal entries.", statistics.journalEntries)
    }
}
