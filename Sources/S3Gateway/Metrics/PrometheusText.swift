// Why this file exists: the text that Prometheus scrapes. Invariants: each family has HELP and TYPE once and before
// its samples; label values are escaped; histogram buckets are cumulative and end with +Inf, which equals _count.
// See: https://prometheus.io/docs/instrumenting/exposition_formats/, "Text-based format", version 0.0.4.

/// Builds an exposition, family by family.
struct PrometheusText {
    /// The value of Content-Type.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// What a family's samples mean.
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    private(set) var bytes: [UInt8] = []
    private var name = ""

    init() { bytes.reserveCapacity(16 << 10) }

    /// Begins a family.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        let text = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        bytes.append(contentsOf: "# HELP \(name) \(text)\n# TYPE \(name) \(kind.rawValue)\n".utf8)
    }

    /// One sample of the family with a whole value.
    mutating func sample(labels: [(String, String)] = [], _ value: some BinaryInteger) {
        sample(name, labels: labels, String(value))
    }

    /// One sample of the family with a fraction.
    mutating func sample(labels: [(String, String)] = [], _ value: Double) {
        sample(name, labels: labels, PrometheusText.number(value))
    }

    /// A family of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger) {
        family(name, kind, help)
        sample(value)
    }

    /// A whole histogram of the family.
    /// - Parameter counts: not cumulative, one for each of ``LatencyBuckets/labels``.
    mutating func histogram(labels: [(String, String)], counts: [UInt64], sumNanoseconds: UInt64) {
        var total: UInt64 = 0
        for (border, count) in zip(LatencyBuckets.labels, counts) {
            total += count
            sample("\(name)_bucket", labels: labels + [("le", border)], String(total))
        }
        sample("\(name)_sum", labels: labels, PrometheusText.number(Double(sumNanoseconds) / 1e9))
        sample("\(name)_count", labels: labels, String(total))
    }

    private mutating func sample(_ name: String, labels: [(String, String)], _ value: String) {
        bytes.append(contentsOf: name.utf8)
        if !labels.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            for (index, label) in labels.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: "\(label.0)=\"".utf8)
                for byte in label.1.utf8 {
                    switch byte {
                    case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
                    case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
                    case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
                    default: bytes.append(byte)
                    }
                }
                bytes.append(UInt8(ascii: "\""))
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(contentsOf: " \(value)\n".utf8)
    }

    /// A number as Prometheus reads it: Go's ParseFloat takes what Swift prints, but for `inf` and `nan`.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }
}
