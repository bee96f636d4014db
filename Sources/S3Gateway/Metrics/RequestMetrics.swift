// Why this file exists: counts and times every request by operation and by class of status, without a lock.
// Invariant: the set of label values is fixed when the program starts (the operations of the table, the error codes,
// and `other`), so that no client can make the number of time series grow.

/// Counters and latency histograms of requests.
public final class RequestMetrics: MetricsSink {
    /// The label of what is in none of the lists.
    public static let otherName = "other"
    static let statusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx"]

    /// Where each counter of one operation lies in its row.
    private enum Slot {
        static let status = 0
        static let bytesReceived = 5
        static let bytesSent = 6
        static let totalSum = 7
        static let turnaroundSum = 8
        static let incomplete = 9
        static let totalBuckets = 10
        static let turnaroundBuckets = totalBuckets + LatencyBuckets.labels.count
        static let count = turnaroundBuckets + LatencyBuckets.labels.count
    }

    private let operations: NameIndex
    private let errorCodes: NameIndex
    private let counters: CounterBlock
    private let errors: CounterBlock

    /// - Parameters:
    ///   - operations: the names of all operations that can be reached.
    ///   - errorCodes: the S3 error codes that can be answered.
    public init(operations: [String], errorCodes: [String]) {
        func index(_ names: [String]) -> NameIndex {
            NameIndex(Set(names).subtracting([RequestMetrics.otherName]).sorted() + [RequestMetrics.otherName])
        }
        self.operations = index(operations)
        self.errorCodes = index(errorCodes)
        counters = CounterBlock(count: self.operations.names.count * Slot.count)
        errors = CounterBlock(count: self.errorCodes.names.count)
    }

    /// Counts one finished exchange. Never blocks.
    public func count(operation: StaticString, errorCode: String?, summary: ExchangeSummary) {
        count(operations.number(of: operation), errorCode: errorCode, summary: summary)
    }

    /// The same of an action of IAM or STS.
    public func count(action: String, errorCode: String?, summary: ExchangeSummary) {
        count(operations.number(of: action), errorCode: errorCode, summary: summary)
    }

    private func count(_ row: Int?, errorCode: String?, summary: ExchangeSummary) {
        let row = row ?? operations.names.count - 1
        let base = row * Slot.count
        let shard = CounterBlock.currentShard()
        let statusClass = min(max(summary.status / 100, 1), 5) - 1
        counters.add(1, to: base + Slot.status + statusClass, shard: shard)
        counters.add(UInt64(max(0, summary.bytesReceived)), to: base + Slot.bytesReceived, shard: shard)
        counters.add(UInt64(max(0, summary.bytesSent)), to: base + Slot.bytesSent, shard: shard)
        counters.add(UInt64(max(0, summary.totalNanoseconds)), to: base + Slot.totalSum, shard: shard)
        counters.add(UInt64(max(0, summary.turnaroundNanoseconds)), to: base + Slot.turnaroundSum, shard: shard)
        if !summary.isComplete { counters.add(1, to: base + Slot.incomplete, shard: shard) }
        let total = LatencyBuckets.index(of: summary.totalNanoseconds)
        counters.add(1, to: base + Slot.totalBuckets + total, shard: shard)
        let turnaround = LatencyBuckets.index(of: summary.turnaroundNanoseconds)
        counters.add(1, to: base + Slot.turnaroundBuckets + turnaround, shard: shard)
        if let errorCode {
            errors.add(1, to: errorCodes.number(of: errorCode) ?? errorCodes.names.count - 1, shard: shard)
        }
    }

    /// Writes all families. Operations that were never called and errors that never happened have no samples.
    func expose(to text: inout PrometheusText) {
        let called = operations.names.indices.filter { row in requests(row: row).contains { $0 > 0 } }
        text.family("cairn_requests_total", .counter, "Finished requests by operation and class of status.")
        for row in called {
            for (name, count) in zip(RequestMetrics.statusClasses, requests(row: row)) where count > 0 {
                text.sample(labels: [("operation", operations.names[row]), ("status", name)], count)
            }
        }
        text.family("cairn_errors_total", .counter, "Refused requests by S3 error code.")
        for (number, name) in errorCodes.names.enumerated() where errors.value(number) > 0 {
            text.sample(labels: [("code", name)], errors.value(number))
        }
        counter("cairn_request_body_bytes_total", "Body bytes received.", Slot.bytesReceived, called, to: &text)
        counter("cairn_response_body_bytes_total", "Body bytes sent.", Slot.bytesSent, called, to: &text)
        counter(
            "cairn_incomplete_responses_total", "Responses that the peer did not take to their end.",
            Slot.incomplete, called, to: &text)
        text.family(
            "cairn_request_duration_seconds", .histogram,
            "Time from the first byte of a request to the last byte of its response.")
        for row in called { histogram(row, Slot.totalBuckets, Slot.totalSum, to: &text) }
        text.family(
            "cairn_request_turnaround_seconds", .histogram,
            "Time from the complete head of a request to the first byte of its response.")
        for row in called { histogram(row, Slot.turnaroundBuckets, Slot.turnaroundSum, to: &text) }
    }

    private func requests(row: Int) -> [UInt64] {
        (0..<RequestMetrics.statusClasses.count).map { counters.value(row * Slot.count + Slot.status + $0) }
    }

    private func counter(
        _ name: String, _ help: String, _ slot: Int, _ rows: [Int], to text: inout PrometheusText
    ) {
        text.family(name, .counter, help)
        for row in rows {
            text.sample(labels: [("operation", operations.names[row])], counters.value(row * Slot.count + slot))
        }
    }

    private func histogram(_ row: Int, _ buckets: Int, _ sum: Int, to text: inout PrometheusText) {
        var counts: [UInt64] = []
        for index in LatencyBuckets.labels.indices {
            counts.append(counters.value(row * Slot.count + buckets + index))
        }
        text.histogram(
            labels: [("operation", operations.names[row])], counts: counts,
            sumNanoseconds: counters.value(row * Slot.count + sum))
    }
}

extension RequestMetrics {
    /// Metrics over every operation that can be reached and every error code that can be answered.
    public static func ofGateway() -> RequestMetrics {
        RequestMetrics(
            operations: OperationTable.served.map { "\($0.name)" } + UnservedOperation.all.map { "\($0.name)" }
                + IdentityAPI.allCases.flatMap { api in
                    IdentityActionTable.names(of: api).map { "\(api.name):\($0)" }
                },
            errorCodes: S3Error.Code.allCases.map(\.wireName) + IdentityError.Code.allCases.map(\.rawValue))
    }
}
