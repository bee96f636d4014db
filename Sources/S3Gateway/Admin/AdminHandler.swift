// Why this file exists: health and metrics on a listener apart from S3, so that probes and scrapers need no key and
// no probe can be mistaken for a bucket. Invariant: nothing here changes the store or tells a secret; whatever does
// is in ControlHandler, on the unix socket only.
private import FoundationEssentials

/// Answers `/health`, `/health/live`, `/health/ready` and `/metrics`.
public struct AdminHandler: HTTPHandler {
    private let status: ServiceStatus
    private let metrics: MetricsCollector

    public init(status: ServiceStatus, metrics: MetricsCollector) {
        self.status = status
        self.metrics = metrics
    }

    public func respond(to head: RequestHead, body: any RequestBody) async -> HandledResponse {
        guard head.method == .get || head.method == .head else {
            return HandledResponse(AdminResponse.error(405, OperatorError(.invalid, "only GET and HEAD are served")))
        }
        let response: HTTPResponse
        switch head.text(head.rawPath) {
        // Alive means that the loop answers; a read-only store is alive, and restarting it in a loop helps nobody.
        case "/health/live": response = AdminResponse.json(200, HealthAnswer(status: "ok"))
        case "/health", "/health/ready":
            if let reason = status.unreadyReason {
                response = AdminResponse.json(503, HealthAnswer(status: "unavailable", reason: reason))
            } else {
                response = AdminResponse.json(200, HealthAnswer(status: "ok"))
            }
        case "/metrics": response = await exposition()
        case "/":
            response = AdminResponse.text(200, "Cairn admin: /health /health/live /health/ready /metrics\n")
        default:
            response = AdminResponse.error(
                404, OperatorError(.notFound, "nothing is here", advice: "see /health and /metrics"))
        }
        return HandledResponse(head.method == .head ? AdminResponse.withoutBody(response) : response)
    }

    public func refusal(status: Int, reason: String) -> HTTPResponse {
        AdminResponse.error(status, OperatorError(.invalid, reason))
    }

    private func exposition() async -> HTTPResponse {
        let metrics = self.metrics
        do {
            let bytes = try await BlockingCall.run { metrics.exposition() }
            var response = HTTPResponse(status: 200, body: .bytes(bytes))
            response.add("Content-Type", PrometheusText.contentType)
            return response
        } catch {
            return AdminResponse.error(503, (error as? OperatorError) ?? OperatorError(.internal, "\(error)"))
        }
    }
}

/// What `/health` says.
private struct HealthAnswer: Encodable {
    var status: String
    var reason: String?
}

/// Responses of the admin listener and the control socket.
enum AdminResponse {
    static func text(_ status: Int, _ text: String) -> HTTPResponse {
        var response = HTTPResponse(status: status, body: .bytes(Array(text.utf8)))
        response.add("Content-Type", "text/plain; charset=utf-8")
        return response
    }

    static func json(_ status: Int, _ value: some Encodable) -> HTTPResponse {
        var response = HTTPResponse(status: status, body: .bytes(encode(value) + [UInt8(ascii: "\n")]))
        response.add("Content-Type", "application/json")
        response.add("Cache-Control", "no-store")
        return response
    }

    static func error(_ status: Int, _ error: OperatorError) -> HTTPResponse {
        json(status, ControlLine(error: error))
    }

    /// The status that tells an HTTP client about a failure.
    static func error(_ error: OperatorError) -> HTTPResponse {
        let status: Int
        switch error.kind {
        case .notFound: status = 404
        case .invalid: status = 400
        case .refused, .busy: status = 409
        case .readOnly, .unusable: status = 503
        case .outOfSpace: status = 507
        case .corrupt, .inputOutput, .internal: status = 500
        }
        return self.error(status, error)
    }

    /// The same head for HEAD.
    static func withoutBody(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        if case .bytes(let bytes) = response.body { response.body = .absent(length: Int64(bytes.count)) }
        return response
    }

    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Only numbers, texts and lists of them are encoded here; none of these can fail.
        guard let data = try? encoder.encode(value) else { return Array("{}".utf8) }
        return Array(data)
    }
}
