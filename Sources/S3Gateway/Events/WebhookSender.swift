// Why this file exists: one delivery: an event becomes a POST, its answer an outcome. Signatures follow the Standard
// Webhooks specification, so that receivers find a library for them in their language.
// See: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
import ObjectCore

/// Sends events to one destination. Belongs to one thread.
final class WebhookSender: OutboxSender {
    /// For connecting, sending and the answer, in nanoseconds.
    static let timeout: Int64 = 10_000_000_000

    private let destination: WebhookDestination
    private let document: EventDocument
    private let client: HTTPClient

    init(
        _ destination: WebhookDestination, hostID: String, tls: TLSClientContext?,
        isCancelled: @escaping () -> Bool
    ) {
        self.destination = destination
        document = EventDocument(format: destination.format, hostID: hostID)
        client = HTTPClient(endpoint: destination.url, tls: tls, isCancelled: isCancelled)
    }

    func send(_ event: ObjectEvent, _ item: OutboxItem, now: Timestamp) -> DeliveryResult {
        let now = now.seconds
        let (body, contentType) = document.encode(event, sequence: item.sequence, at: item.at)
        let id = document.identity(event, sequence: item.sequence)
        var request = ClientRequest(method: .post, target: destination.url.target, body: .bytes(body))
        request.headers = [
            ("content-type", contentType), ("user-agent", "Cairn"), ("webhook-id", id),
            ("webhook-timestamp", String(now)),
        ]
        if let secret = destination.secret {
            request.headers.append(
                ("webhook-signature", WebhookSignature.header(id: id, timestamp: now, body: body, secret: secret)))
        }
        do throws(ClientError) {
            let response = try client.exchange(request, timeout: WebhookSender.timeout)
            return WebhookSender.judge(response.status)
        } catch {
            return .unavailable("\(error)")
        }
    }

    /// What a status says of the delivery.
    static func judge(_ status: Int) -> DeliveryResult {
        switch status {
        case 200..<300: .delivered
        // "Later" is about the destination; everything else that is no success is about the event.
        case 408, 425, 429, 500...: .unavailable("it answered \(status)")
        default: .refused("it answered \(status)")
        }
    }
}

/// `webhook-signature`.
enum WebhookSignature {
    /// `v1,` and the Base64 of HMAC-SHA-256 over `ID.TIMESTAMP.BODY`.
    static func header(id: String, timestamp: Int64, body: [UInt8], secret: Secret) -> String {
        let signed = Array("\(id).\(timestamp).".utf8) + body
        return "v1," + Base64.encode(Digest.hmacSHA256(key: key(of: secret), message: signed))
    }

    /// A secret of the form `whsec_BASE64` stands for the bytes; any other for its own characters.
    private static func key(of secret: Secret) -> [UInt8] {
        let prefix = Array("whsec_".utf8)
        guard secret.bytes.starts(with: prefix) else { return secret.bytes }
        return Base64.decode(secret.bytes.dropFirst(prefix.count)) ?? secret.bytes
    }
}
