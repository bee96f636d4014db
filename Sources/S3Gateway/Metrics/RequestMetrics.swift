// Why this file exists: counts and times every request by operation and by class of status, without a lock.
// Invariant: the set of label values is fixed when the program starts (the operations of the table and `other`), so
// that no client can make the number of time series grow.

/// Counters and latency histograms of requests.
public final class RequestMetrics: Sendable {
    /// What is counted for one request.
    public struct Observation: Sendable {
        /// HTTP status; its first digit is the class.
        public var status: Int
        public var bytesReceived: Int64
        public var bytesSent: Int64
        /// From the first byte of the head to the last byte of the response, in nanoseconds.
        public var totalNanoseconds: Int64
        /// From the complete head to the first byte of the response, in nanoseconds.
        public var turnaroundNanoseconds: Int64

        public init(
            status: Int, bytesReceived: Int64 = 0, bytesSent: Int64 = 0, totalNanoseconds: Int64 = 0,
            turnaroundNanoseconds: Int64 = 0
        ) {
            self.status = status
            self.bytesReceived = bytesReceived
            self.bytesSent = bytesSent
            self.totalNanoseconds = totalNanoseconds
            self.turnaroundNanoseconds = turnaroundNanoseconds
        }
    }

    /// The label of requests that reached no operation.
    public static let otherOperation = "other"
    static let statusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx"]

    /// Where each counter of one operation lies in its row.
    private enum Slot {
        static let status = 0
        static let bytesReceived = 5
        static let bytesSent = 6
        static let totalSum = 7
        static let turnaroundSum = 8
        static let totalBuckets = 9
        static let turnaroundBuckets = totalBuckets + LatencyBuckets.labels.count
        static let count = turnaroundBuckets + LatencyBuckets.labels.count
    }

    /// The operations in the order of the exposition.
    let operations: [String]
    private let rows: [String: Int]
    private let counters: CounterBlock

    /// - Parameter operations: the names of all operations that can be reached.
    public init(operations: [String]) {
        self.operations = Array(Set(operations)).sorted() + [RequestMetrics.otherOperation]
        var rows: [String: Int] = [:]
        for (row, name) in self.operations.enumerated() { rows[name] = row }
        self.rows = rows
        counters = CounterBlock(count: self.operations.count * Slot.count)
    }

    /// Counts one finished request. An unknown or nil operation counts as `other`.
    public func record(_ observation: Observation, operation: String?) {
        let row = operation.flatMap { rows[$0] } ?? operations.count - 1
        let base = row * Slot.count
        let shard = CounterBlock.currentShard()
        let statusClass = min(max(observation.status / 100, 1), 5) - 1
        counters.add(1, to: base + Slot.status + statusClass, shard: shard)
        counters.add(UInt64(max(0, observation.bytesReceived)), to: base + Slot.bytesReceived, shard: shard)
        counters.add(UInt64(max(0, observation.bytesSent)), to: base + Slot.bytesSent, shard: shard)
        counters.add(UInt64(max(0, observation.totalNanoseconds)), to: base + Slot.totalSum, shard: shard)
        counters.add(UInt64(max(0, observation.turnaroundNanoseconds)), to: base + Slot.turnaroundSum, shard: shard)
        let total = LatencyBuckets.index(of: observation.totalNanoseconds)
        counters.add(1, to: base + Slot.totalBuckets + total, shard: shard)
        let turnaround = LatencyBuckets.index(of: observation.turnaroundNanoseconds)
        counters.add(1, to: base + Slot.turnaroundBuckets + turnaround, shard: shard)
    }

    /// Requests of one operation by class of status, `1xx` to `5xx`.
    func requests(row: Int) -> [UInt64] {
        (0..<RequestMetrics.statusClasses.count).map { counters.value(row * Slot.count + Slot.status + $0) }
    }

    /// Writes all series. Operations that were never called have none.
    func expose(to text: inout PrometheusText) {
        let called = operations.indices.filter { row in requests(row: row).contains { $0 > 0 } }
        text.family("cairn_requests_total", .counter, "Finished requests by operation and class of status.")
        for row in called {
            for (name, count) in zip(RequestMetrics.statusClasses, requests(row: row)) where count > 0 {
                text.sample(labels: [("operation", operations[row]), ("status", name)], count)
            }
        }
        text.family("cairn_request_body_bytes_total", .counter, "Body bytes received.")
        for row in called { sample(row, Slot.bytesReceived, to: &text) }
        text.family("cairn_response_body_bytes_total", .counter, "Body bytes sent.")
        for row in called { sample(row, Slot.bytesSent, to: &text) }
        text.family(
            "cairn_request_duration_seconds", .histogram,
            "Time from the first byte of a request to the last byte of its response.")
        for row in called { histogram(row, Slot.totalBuckets, Slot.totalSum, to: &text) }
        text.family(
            "cairn_request_turnaround_seconds", .histogram,
            "Time from the complete head of a request to the first byte of its response.")
        for row in called { histogram(row, Slot.turnaroundBuckets, Slot.turnaroundSum, to: &text) }
    }

    private func sample(_ row: Int, _ slot: Int, to text: inout PrometheusText) {
        text.sample(labels: [("operation", operations[row])], counters.value(row * Slot.count + slot))
    }

    private func histogram(_ row: Int, _ buckets: Int, _ sum: Int, to text: inout PrometheusText) {
        var counts: [UInt64] = []
        for index in LatencyBuckets.labels.indices {
            counts.append(counters.value(row * Slot.count + buckets + index))
        }
        text.histogram(
            labels: [("operation", operations[row])], counts: counts,
            sumNanoseconds: counters.value(row * Slot.count + sum))
    }
}
