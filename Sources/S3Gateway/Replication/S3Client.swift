// Why this file exists: the few requests that replication makes of another S3 endpoint, signed, with their answers judged:
// is it worth trying again, and is it this object's fault or the endpoint's.
import ObjectCore

/// Why a request to another endpoint came to nothing.
enum S3ClientFailure: Error {
    /// It does not want this.
    case refused(String)
    /// It did not answer, or cannot now.
    case unavailable(String)
    /// Access control lists are off there.
    case listsAreOff
    /// There is nothing to send, and never will be.
    case pointless(String)
}

/// Speaks S3 to one endpoint. Belongs to one thread.
final class S3Client {
    /// What a request may take beside the time for its body, in nanoseconds.
    private static let timeout: Int64 = 30_000_000_000
    /// The slowest pace at which a body may be taken, in bytes a second.
    private static let pace: Int64 = 256 << 10

    private let signer: RequestSigner
    private let client: HTTPClient
    /// Seconds since 1970.
    private let now: () -> Int64

    init(
        _ target: ReplicationTarget, tls: TLSClientContext?, now: @escaping () -> Int64,
        isCancelled: @escaping () -> Bool
    ) {
        signer = target.signer
        client = HTTPClient(endpoint: target.url, tls: tls, isCancelled: isCancelled)
        self.now = now
    }

    /// - Parameters:
    ///   - sha256: of the body; that of nothing when there is none.
    ///   - headers: names in lower case.
    func send(
        _ method: HTTPMethod, bucket: String, key: [UInt8], query: [(name: String, value: String?)] = [],
        headers: [(name: String, value: String)] = [], body: ClientBody = .bytes([]), sha256: [UInt8]? = nil
    ) throws(S3ClientFailure) -> ClientResponse {
        let path = "/\(bucket)/" + PercentCoding.encoded(key, keepingSlash: true)
        let payload = Hex.encode(sha256 ?? Digest.sha256(body.inMemory))
        let signed = signer.headers(
            method: method, path: path, query: query, headers: headers + [("host", client.endpoint.authority)],
            payload: payload, now: now())
        var target = path
        if !query.isEmpty {
            let pieces = query.map { item in
                let name = PercentCoding.encoded(item.name.utf8, keepingSlash: false)
                return "\(name)=\(PercentCoding.encoded((item.value ?? "").utf8, keepingSlash: false))"
            }
            target += "?" + pieces.joined(separator: "&")
        }
        let request = ClientRequest(method: method, target: target, headers: headers + signed, body: body)
        let response: ClientResponse
        do throws(ClientError) {
            response = try client.exchange(
                request, timeout: S3Client.timeout + body.length / S3Client.pace * 1_000_000_000)
        } catch {
            if case .unreadable = error { throw .refused("\(error)") }
            throw .unavailable("\(error)")
        }
        return try S3Client.judge(response)
    }

    /// Success as it is; else what it means.
    static func judge(_ response: ClientResponse) throws(S3ClientFailure) -> ClientResponse {
        // A completion may say 200 before it knows: then the document tells.
        let root = try? XMLReader.read(response.body)
        let code = root?.name == "Error" ? root?.child("Code")?.trimmedText : nil
        if (200..<300).contains(response.status), code == nil { return response }
        let reason = "it answered \(response.status)" + (code.map { " \($0)" } ?? "")
        switch (response.status, code) {
        case (408, _), (429, _), (500..., _), (_, "InternalError"), (_, "SlowDown"), (_, "ServiceUnavailable"),
            (_, "OperationAborted"):
            throw .unavailable(reason)
        case (_, "AccessControlListNotSupported"): throw .listsAreOff
        default: throw .refused(reason)
        }
    }
}
