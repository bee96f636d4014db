// Why this file exists: what a running server has to say, one line each on standard error, as text or JSON. It is
// for rare events; requests go to the access log.

/// The server's own log.
struct EventLog: Sendable {
    /// How much an event matters.
    enum Level: String, Encodable {
        case info
        case warning
        case error
    }

    private struct Line: Encodable {
        var time: String
        var level: Level
        var event: String
    }

    let isJSON: Bool

    func info(_ event: String) { write(.info, event) }
    func warning(_ event: String) { write(.warning, event) }
    func error(_ event: String) { write(.error, event) }

    private func write(_ level: Level, _ event: String) {
        let time = LogText.now()
        Terminal.printMessage(
            isJSON
                ? Terminal.json(Line(time: time, level: level, event: event))
                : "\(time) \(level == .info ? "" : "\(level.rawValue): ")\(event)")
    }
}
