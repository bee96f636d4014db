// Why this file exists: the exposition is parsed by others, and counters must add up whoever counts.
import Testing

@testable import S3Gateway

@Suite struct PrometheusTextTests {
    @Test("families have HELP and TYPE, labels are escaped")
    func text() {
        var text = PrometheusText()
        text.family("a_total", .counter, "Help with \\ and\nline.")
        text.sample(labels: [("l", "a\"b\\c\nd"), ("m", "é")], 3)
        text.sample(2.5)
        #expect(
            String(decoding: text.bytes, as: UTF8.self)
                == "# HELP a_total Help with \\\\ and\\nline.\n# TYPE a_total counter\n"
                + "a_total{l=\"a\\\"b\\\\c\\nd\",m=\"é\"} 3\na_total 2.5\n")
    }

    @Test("a histogram is cumulative and ends with its count")
    func histogram() {
        var text = PrometheusText()
        text.family("h_seconds", .histogram, "h")
        var counts = [UInt64](repeating: 0, count: LatencyBuckets.labels.count)
        counts[0] = 2
        counts[3] = 1
        counts[counts.count - 1] = 4
        text.histogram(labels: [("o", "x")], counts: counts, sumNanoseconds: 1_500_000_000)
        let lines = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").map { String($0) }
        #expect(lines[2] == "h_seconds_bucket{o=\"x\",le=\"0.0001\"} 2")
        #expect(lines.contains("h_seconds_bucket{o=\"x\",le=\"0.001\"} 3"))
        #expect(lines.contains("h_seconds_bucket{o=\"x\",le=\"30\"} 3"))
        #expect(
            lines.suffix(3) == [
                "h_seconds_bucket{o=\"x\",le=\"+Inf\"} 7", "h_seconds_sum{o=\"x\"} 1.5", "h_seconds_count{o=\"x\"} 7",
            ])
    }
}

@Suite struct LatencyBucketsTests {
    @Test("a duration lies in the first bucket whose border is not less")
    func index() {
        #expect(LatencyBuckets.labels.count == LatencyBuckets.borders.count + 1)
        #expect(LatencyBuckets.borders == LatencyBuckets.borders.sorted())
        #expect(LatencyBuckets.index(of: -5) == 0)
        #expect(LatencyBuckets.index(of: Int64.max) == LatencyBuckets.borders.count)
        for (bucket, border) in LatencyBuckets.borders.enumerated() {
            #expect(LatencyBuckets.index(of: border) == bucket)
            #expect(LatencyBuckets.index(of: border + 1) == bucket + 1)
        }
    }

    @Test("labels are the borders in seconds")
    func labels() {
        for (label, border) in zip(LatencyBuckets.labels, LatencyBuckets.borders) {
            #expect(Double(label) == Double(border) / 1e9)
        }
    }
}

@Suite struct NameIndexTests {
    @Test("every name is found by its number, and nothing else")
    func names() {
        let names = (0..<300).map { "Operation\($0)" }
        let index = NameIndex(names)
        for (number, name) in names.enumerated() { #expect(index.number(of: name) == number) }
        #expect(index.number(of: "Operation300") == nil)
        #expect(index.number(of: "") == nil)
        #expect(NameIndex(["PutObject"]).number(of: "PutObject" as StaticString) == 0)
        #expect(NameIndex(["PutObject"]).number(of: "PutObjec" as StaticString) == nil)
    }
}

@Suite struct RequestMetricsTests {
    private func summary(_ status: Int, sent: Int64 = 0, isComplete: Bool = true) -> ExchangeSummary {
        ExchangeSummary(
            status: status, bytesSent: sent, bytesReceived: 5, totalNanoseconds: 300_000,
            turnaroundNanoseconds: 90_000, isComplete: isComplete)
    }

    private func exposition(_ metrics: RequestMetrics) -> [String] {
        var text = PrometheusText()
        metrics.expose(to: &text)
        return String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").map { String($0) }
    }

    @Test("requests are counted by operation, class of status and error code")
    func counting() {
        let metrics = RequestMetrics(operations: ["GetObject", "PutObject"], errorCodes: ["NoSuchKey"])
        metrics.count(operation: "GetObject", errorCode: nil, summary: summary(200, sent: 100))
        metrics.count(operation: "GetObject", errorCode: nil, summary: summary(206, sent: 50, isComplete: false))
        metrics.count(operation: "GetObject", errorCode: "NoSuchKey", summary: summary(404))
        metrics.count(operation: "Invented", errorCode: "Invented", summary: summary(999))
        let lines = exposition(metrics)
        for line in [
            "cairn_requests_total{operation=\"GetObject\",status=\"2xx\"} 2",
            "cairn_requests_total{operation=\"GetObject\",status=\"4xx\"} 1",
            "cairn_requests_total{operation=\"other\",status=\"5xx\"} 1",
            "cairn_errors_total{code=\"NoSuchKey\"} 1", "cairn_errors_total{code=\"other\"} 1",
            "cairn_response_body_bytes_total{operation=\"GetObject\"} 150",
            "cairn_request_body_bytes_total{operation=\"GetObject\"} 15",
            "cairn_incomplete_responses_total{operation=\"GetObject\"} 1",
            "cairn_request_duration_seconds_bucket{operation=\"GetObject\",le=\"0.00025\"} 0",
            "cairn_request_duration_seconds_bucket{operation=\"GetObject\",le=\"0.0005\"} 3",
            "cairn_request_turnaround_seconds_bucket{operation=\"GetObject\",le=\"0.0001\"} 3",
            "cairn_request_duration_seconds_count{operation=\"GetObject\"} 3",
        ] { #expect(lines.contains(line), "\(line)") }
        #expect(!lines.contains { $0.contains("Invented") || $0.contains("PutObject") })
    }

    @Test("each sample belongs to a family that was declared before it, once")
    func families() {
        let metrics = RequestMetrics(operations: ["GetObject"], errorCodes: ["NoSuchKey"])
        metrics.count(operation: "GetObject", errorCode: "NoSuchKey", summary: summary(404))
        var declared: [String] = []
        for line in exposition(metrics) {
            if line.hasPrefix("# TYPE ") {
                let name = String(line.split(separator: " ")[2])
                #expect(!declared.contains(name))
                declared.append(name)
            } else if !line.hasPrefix("#") {
                #expect(declared.last.map { line.hasPrefix($0) } == true, "\(line)")
            }
        }
    }

    @Test("no increment is lost when many threads count")
    func threads() async {
        let metrics = RequestMetrics(operations: ["GetObject"], errorCodes: [])
        let summary = summary(200)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5000 { metrics.count(operation: "GetObject", errorCode: nil, summary: summary) }
                }
            }
        }
        #expect(exposition(metrics).contains("cairn_requests_total{operation=\"GetObject\",status=\"2xx\"} 40000"))
    }
}

@Suite struct ProcessMetricsTests {
    @Test("a stat line is read whatever the command is called")
    func stat() throws {
        let line =
            "42 (a ) b (c) S 1 2 3 4 5 6 7 8 9 10 700 30 0 0 20 0 9 0 123456 1048576 250 18446744073709551615 1 1"
        let metrics = try #require(ProcessMetrics(stat: line))
        #expect(metrics.cpuTicks == 730)
        #expect(metrics.threads == 9)
        #expect(metrics.startTicks == 123_456)
        #expect(metrics.virtualBytes == 1_048_576)
        #expect(metrics.residentPages == 250)
    }

    @Test("a cut line is no reading", arguments: ["", "42 (a", "42 (a) S 1 2 3"])
    func cut(line: String) {
        #expect(ProcessMetrics(stat: line) == nil)
    }

    @Test("the own process has memory, descriptors and a start")
    func own() {
        var text = PrometheusText()
        ProcessMetrics.expose(to: &text)
        let exposition = String(decoding: text.bytes, as: UTF8.self)
        for name in [
            "process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds ", "process_max_fds ",
            "process_start_time_seconds ", "process_threads ",
        ] { #expect(exposition.contains("\n\(name)"), "\(name)") }
    }
}
