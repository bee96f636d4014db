// Why this file exists: a store in a fresh folder behind a service, driven as the server drives it: with parsed heads
// and pulled bodies, but without sockets. The same cases can be driven over a socket by another `Exchanger`.
import Foundation
import ObjectCore

@testable import S3Gateway

/// A request as tests write it.
struct Sent {
    var method: HTTPMethod
    /// Decoded path: `/bucket/key`.
    var path: String
    var query: [(name: String, value: String?)] = []
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]?
    /// Nil sends the request without a signature.
    var key: AccessKey?
}

/// A response as tests read it.
struct Received {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    /// For HEAD: the length that a body would have.
    var announcedLength: Int64?

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The first header of this name (lower case).
    subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The text of the first element of this name in an XML body.
    func xml(_ name: String) -> String? {
        guard let start = text.range(of: "<\(name)>"),
            let end = text.range(of: "</\(name)>", range: start.upperBound..<text.endIndex)
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// The texts of all elements of this name.
    func all(_ name: String) -> [String] {
        text.components(separatedBy: "<\(name)>").dropFirst().compactMap {
            $0.components(separatedBy: "</\(name)>").first
        }
    }

    /// The error code, if the body is an error document.
    var code: String? { text.contains("<Error>") ? xml("Code") : nil }
}

/// Bytes that arrive in pieces of a chosen size.
final class PiecewiseBody: RequestBody {
    let announcedLength: Int64?
    private var rest: ArraySlice<UInt8>
    private let pieceLength: Int
    private(set) var wasRead = false

    init(_ bytes: [UInt8], announcedLength: Int64?, pieceLength: Int = .max) {
        rest = bytes[...]
        self.announcedLength = announcedLength
        self.pieceLength = pieceLength
    }

    func next(maximum: Int) async throws(BodyError) -> [UInt8]? {
        wasRead = true
        guard !rest.isEmpty else {
            if let announcedLength, announcedLength > 0, rest.startIndex < announcedLength { throw .truncated }
            return nil
        }
        let piece = Array(rest.prefix(min(maximum, pieceLength)))
        rest = rest.dropFirst(piece.count)
        return piece
    }
}

/// Takes what a handler streams.
final class BodyCollector: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []
    func write(_ bytes: [UInt8]) async throws { self.bytes += bytes }
    func write(_ region: FileRegion) async throws { bytes += try region.bytes() }
}

struct StoreKeys: CredentialSource {
    let store: ObjectStore
    var further: [AccessKeyRecord] = []
    func credential(for accessKey: String) -> AccessKeyRecord? {
        if let record = further.first(where: { $0.accessKey == accessKey }) { return record }
        return store.accessKey(accessKey).map {
            AccessKeyRecord(
                accessKey: $0.id, secret: Secret($0.secret), accountID: $0.account, displayName: $0.displayName)
        }
    }
}

/// A service over a store of its own.
final class GatewayHarness {
    let store: ObjectStore
    let service: S3Service
    let alice: AccessKey
    let bob: AccessKey
    private let folder: String

    init(
        configuration: S3Service.Configuration = S3Service.Configuration(), accessLog: (any AccessLogSink)? = nil,
        metrics: (any MetricsSink)? = nil, people: (AccessKey) -> [AccessKeyRecord] = { _ in [] },
        policies: ((ObjectStore) -> any PolicySource)? = nil
    ) async throws {
        folder = NSTemporaryDirectory() + "cairn-gateway-" + UUID().uuidString
        store = try ObjectStore.open(folder)
        alice = try await store.createAccessKey(displayName: "alice")
        bob = try await store.createAccessKey(displayName: "bob")
        let authorizer = policies?(store)
        service = S3Service(
            store: store,
            authenticator: Authenticator(credentials: StoreKeys(store: store, further: people(alice))),
            authorizer: authorizer.map { Authorizer(source: $0) }, configuration: configuration, accessLog: accessLog,
            metrics: metrics)
    }

    /// Ends the store and removes its folder.
    func close() async {
        await store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs `work` on a fresh harness with a bucket `bucket` of alice's.
    static func run(_ work: (GatewayHarness) async throws -> Void) async throws {
        let harness = try await GatewayHarness()
        do {
            _ = await harness.send(.put, "/bucket")
            try await work(harness)
        } catch {
            await harness.close()
            throw error
        }
        await harness.close()
    }

    /// Sends a request signed by alice.
    func send(
        _ method: HTTPMethod, _ target: String, _ headers: KeyValuePairs<String, String> = [:], body: [UInt8]? = nil,
        key: AccessKey? = nil, signed: Bool = true
    ) async -> Received {
        var sent = Sent(method: method, path: target, key: signed ? key ?? alice : nil)
        if let mark = target.firstIndex(of: "?") {
            sent.path = String(target[..<mark])
            sent.query = target[target.index(after: mark)...].split(separator: "&").map { piece in
                let parts = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count > 1 ? String(parts[1]).removingPercentEncoding : nil
                return (String(parts[0]), value)
            }
        }
        sent.headers = headers.map { ($0.key.lowercased(), $0.value) }
        sent.body = body
        // Clients send a digest with every list of deletions, since S3 asks for one.
        if target.hasSuffix("?delete"), let body, !sent.headers.contains(where: { $0.name == "content-md5" }) {
            sent.headers.append(("content-md5", Base64.encode(Digest.md5(body))))
        }
        return await exchange(sent)
    }

    /// A text body.
    func send(
        _ method: HTTPMethod, _ target: String, _ headers: KeyValuePairs<String, String> = [:], text: String
    ) async -> Received {
        await send(method, target, headers, body: Array(text.utf8))
    }

    func exchange(_ sent: Sent, pieceLength: Int = .max) async -> Received {
        let (head, body) = GatewayHarness.head(of: sent)
        let bytes = sent.body ?? []
        let requestBody = PiecewiseBody(
            bytes, announcedLength: body, pieceLength: pieceLength)
        let handled = await service.respond(to: head, body: requestBody)
        handled.whenSent?(
            ExchangeSummary(
                status: handled.response.status, bytesSent: 0, bytesReceived: Int64(bytes.count),
                totalNanoseconds: 2_000_000, turnaroundNanoseconds: 1_000_000, isComplete: true))
        return await GatewayHarness.received(handled.response)
    }

    // MARK: Heads by hand

    static func head(of sent: Sent) -> (RequestHead, Int64?) {
        let path = PercentCoding.encoded(sent.path.utf8, keepingSlash: true)
        let query = sent.query.map { item in
            let name = PercentCoding.encoded(item.name.utf8, keepingSlash: false)
            return item.value.map { "\(name)=\(PercentCoding.encoded($0.utf8, keepingSlash: false))" } ?? name
        }.joined(separator: "&")
        var headers = sent.headers
        if !headers.contains(where: { $0.name == "host" }) { headers.append(("host", "s3.example.com")) }
        if let key = sent.key {
            let payload =
                headers.first { $0.name == "x-amz-content-sha256" }?.value
                ?? Hex.encode(Digest.sha256(sent.body ?? []))
            headers.removeAll { $0.name == "x-amz-content-sha256" }
            headers += RequestSigner(accessKey: key.id, secret: Secret(key.secret)).headers(
                method: sent.method, path: path, query: sent.query, headers: headers, payload: payload,
                now: Int64(Date().timeIntervalSince1970))
        }
        if let body = sent.body, !headers.contains(where: { $0.name == "transfer-encoding" }) {
            headers.append(("content-length", String(body.count)))
        }
        return (
            rawHead(sent.method, target: query.isEmpty ? path : "\(path)?\(query)", headers: headers), length(headers)
        )
    }

    private static func length(_ headers: [(name: String, value: String)]) -> Int64? {
        headers.first { $0.name == "content-length" }.flatMap { Int64($0.value) }
    }

    static func rawHead(
        _ method: HTTPMethod, target: String, headers: [(name: String, value: String)]
    ) -> RequestHead {
        var bytes = Array("\(method.rawValue) ".utf8)
        let mark = target.firstIndex(of: "?")
        let path = mark.map { String(target[..<$0]) } ?? target
        let query = mark.map { String(target[target.index(after: $0)...]) } ?? ""
        let rawPath = RequestHead.Slice(start: bytes.count, count: path.utf8.count)
        bytes += Array(path.utf8) + [0x3F]
        let rawQuery = RequestHead.Slice(start: bytes.count, count: query.utf8.count)
        bytes += Array(query.utf8)
        bytes += Array(" HTTP/1.1\r\n".utf8)
        var fields: [RequestHead.Field] = []
        for header in headers {
            let name = RequestHead.Slice(start: bytes.count, count: header.name.utf8.count)
            bytes += Array(header.name.utf8) + Array(": ".utf8)
            let value = RequestHead.Slice(start: bytes.count, count: header.value.utf8.count)
            bytes += Array(header.value.utf8) + [13, 10]
            fields.append(RequestHead.Field(name: name, value: value))
        }
        let length = length(headers)
        let framing: RequestHead.BodyFraming =
            headers.contains { $0.name == "transfer-encoding" } ? .chunked : length.map { .length($0) } ?? .none
        return RequestHead(
            method: method, bytes: bytes, rawPath: rawPath, rawQuery: rawQuery, fields: fields, framing: framing,
            keepsAlive: true, expectsContinue: false, remoteAddress: "127.0.0.1", isSecure: false)
    }

    static func received(_ response: HTTPResponse) async -> Received {
        var received = Received(status: response.status, headers: [], body: [], announcedLength: nil)
        for line in String(decoding: response.headerBytes, as: UTF8.self).components(separatedBy: "\r\n") {
            guard let colon = line.range(of: ": ") else { continue }
            received.headers.append((line[..<colon.lowerBound].lowercased(), String(line[colon.upperBound...])))
        }
        switch response.body {
        case .empty: break
        case .bytes(let bytes): received.body = bytes
        case .absent(let length): received.announcedLength = length
        case .regions(let regions):
            for region in regions {
                var bytes = [UInt8](repeating: 0, count: region.length)
                let count = pread(region.file.descriptor, &bytes, region.length, off_t(region.offset))
                received.body += bytes.prefix(max(0, count))
            }
        case .stream(let produce):
            let collector = BodyCollector()
            try? await produce(collector)
            received.body = collector.bytes
        case .sized(let length, let produce):
            let collector = BodyCollector()
            try? await produce(collector)
            received.body = collector.bytes
            received.announcedLength = length
        }
        return received
    }
}
