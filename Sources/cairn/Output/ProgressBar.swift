// Why this file exists: whoever waits longer than two seconds at a terminal sees how far the work is. Pipes and
// quick runs see nothing. The line is made by a pure function; the bar only decides when to draw it.
private import Synchronization

/// One line that tells progress.
enum ProgressLine {
    /// `scrub  [######      ]  42 %  1.2 GiB of 2.9 GiB  0:41 left`
    /// - Parameter unit: how amounts are written.
    static func text(label: String, done: Int64, total: Int64, elapsedSeconds: Double, unit: Unit) -> String {
        guard total > 0 else { return "\(label)  \(unit.text(done))" }
        let part = min(1, max(0, Double(done) / Double(total)))
        let filled = Int(part * 24)
        let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: 24 - filled)
        let percent = Int(part * 100)
        let padding = percent < 10 ? "  " : percent < 100 ? " " : ""
        var line = "\(label)  [\(bar)] \(padding)\(percent) %  \(unit.text(min(done, total))) of \(unit.text(total))"
        if part > 0.01 && part < 1 {
            let left = elapsedSeconds * (1 - part) / part
            line += "  \(DurationText.clock(seconds: Int64(left.rounded()))) left"
        }
        return line
    }

    /// What is counted.
    enum Unit {
        case bytes
        case rows

        func text(_ amount: Int64) -> String {
            switch self {
            case .bytes: ByteText.text(amount)
            case .rows: String(amount)
            }
        }
    }
}

/// Draws progress on standard error. Told from any thread.
final class ProgressBar: Sendable {
    /// Nothing is drawn before this.
    static let quietSeconds = 2.0
    private static let redrawSeconds = 0.1

    private struct State {
        var lastDrawn = -Double.infinity
        var isDrawn = false
    }

    private let label: String
    private let unit: ProgressLine.Unit
    private let isEnabled: Bool
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(_ label: String, unit: ProgressLine.Unit, isEnabled: Bool) {
        self.label = label
        self.unit = unit
        self.isEnabled = isEnabled
    }

    func update(done: Int64, total: Int64) {
        guard isEnabled else { return }
        let components = (ContinuousClock.now - start).components
        let elapsed = Double(components.seconds) + Double(components.attoseconds) / 1e18
        state.withLock { state in
            guard elapsed >= ProgressBar.quietSeconds, elapsed - state.lastDrawn >= ProgressBar.redrawSeconds
            else { return }
            state.lastDrawn = elapsed
            state.isDrawn = true
            let line = ProgressLine.text(
                label: label, done: done, total: total, elapsedSeconds: elapsed, unit: unit)
            Terminal.draw("\r\(line)\u{1B}[K")
        }
    }

    /// Takes the line away, so that the result stands alone.
    func finish() {
        let wasDrawn = state.withLock { state in
            let wasDrawn = state.isDrawn
            state.isDrawn = false
            return wasDrawn
        }
        if wasDrawn { Terminal.draw("\r\u{1B}[K") }
    }
}
