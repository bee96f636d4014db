// Why this file exists: what holds of every answer: ids, error documents, logs and metrics.
import Foundation
import ObjectCore
import Synchronization
import Testing

@testable import S3Gateway

@Suite struct S3ServiceTests {
    private final class Recorder: AccessLogSink, MetricsSink {
        struct Counted: Sendable {
            var operation: String
            var errorCode: String?
            var status: Int
        }
        private let state = Mutex<(records: [AccessLogRecord], counted: [Counted])>(([], []))
        var records: [AccessLogRecord] { state.withLock { $0.records } }
        var counted: [Counted] { state.withLock { $0.counted } }
        func record(_ record: AccessLogRecord) { state.withLock { $0.records.append(record) } }
        func count(operation: StaticString, errorCode: String?, summary: ExchangeSummary) {
            state.withLock {
                $0.counted.append(
                    Counted(operation: operation.description, errorCode: errorCode, status: summary.status))
            }
        }
    }

    @Test("every answer has its own id of 16 upper-case hexadecimal digits, and the host's")
    func ids() async throws {
        try await GatewayHarness.run { gateway in
            var seen: Set<String> = []
            for target in ["/", "/bucket", "/bucket/missing", "/bucket?policy", "/bucket?torrent"] {
                let answer = await gateway.send(.get, target)
                let id = try #require(answer["x-amz-request-id"])
                #expect(id.utf8.count == 16)
                #expect(id.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 70) })
                #expect(seen.insert(id).inserted)
                #expect(answer["x-amz-id-2"]?.isEmpty == false)
            }
        }
    }

    @Test("ids do not repeat")
    func generator() {
        let generator = RequestIDGenerator(seed: 7)
        #expect(Set((0..<10_000).map { _ in generator.next().request }).count == 10_000)
    }

    @Test("an error document reads like this")
    func errorDocument() async throws {
        try await GatewayHarness.run { gateway in
            let answer = await gateway.send(.get, "/bucket/missing%20key")
            let id = try #require(answer["x-amz-request-id"])
            let host = try #require(answer["x-amz-id-2"])
            #expect(answer["content-type"] == "application/xml")
            #expect(
                answer.text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>"
                    + "<Message>The specified key does not exist.</Message><Key>missing%20key</Key>"
                    + "<Resource>/bucket/missing%2520key</Resource><RequestId>\(id)</RequestId>"
                    + "<HostId>\(host)</HostId></Error>")
        }
    }

    @Test(
        "the server's own refusals have the protocol's form",
        arguments: [
            (400, "BadRequest"), (408, "RequestTimeout"), (411, "MissingContentLength"), (413, "EntityTooLarge"),
            (431, "RequestHeaderSectionTooLarge"), (500, "InternalError"), (501, "NotImplemented"),
            (503, "ServiceUnavailable"), (505, "InternalError"), (414, "BadRequest"),
        ])
    func refusals(_ status: Int, _ code: String) async throws {
        try await GatewayHarness.run { gateway in
            let response = gateway.service.refusal(status: status, reason: "because <of> this")
            #expect(response.status == status)
            #expect(response.closesConnection)
            let answer = await GatewayHarness.received(response)
            #expect(answer.code == code)
            #expect(answer.xml("Message") == "because &lt;of&gt; this")
        }
    }

    @Test("an exchange is logged and counted after it is over")
    func logs() async throws {
        let recorder = Recorder()
        let gateway = try await GatewayHarness(accessLog: recorder, metrics: recorder)
        _ = await gateway.send(.put, "/bucket")
        _ = await gateway.send(
            .put, "/bucket/a key", ["user-agent": "test/1", "referer": "http://example.com"], text: "hello")
        _ = await gateway.send(.get, "/bucket/missing", key: gateway.bob)
        _ = await gateway.send(.get, "/bucket/missing", signed: false)
        let presigned = "/bucket/a%20key?X-Amz-Signature=0123&X-Amz-Security-Token=abc&x-id=GetObject"
        let head = GatewayHarness.rawHead(.get, target: presigned, headers: [("host", "s3.example.com")])
        let handled = await gateway.service.respond(to: head, body: PiecewiseBody([], announcedLength: 0))
        handled.whenSent?(
            ExchangeSummary(
                status: handled.response.status, bytesSent: 9, bytesReceived: 0, totalNanoseconds: 5_999_999,
                turnaroundNanoseconds: 1, isComplete: false))
        let records = recorder.records
        #expect(
            records.map(\.operation).prefix(4) == [
                "REST.PUT.BUCKET", "REST.PUT.OBJECT", "REST.GET.OBJECT", "REST.GET.OBJECT",
            ])
        let put = records[1]
        #expect(put.bucketOwner == gateway.alice.account)
        #expect(put.bucket == "bucket")
        #expect(put.key == "a key")
        #expect(put.requester == gateway.alice.account)
        #expect(put.requestURI == "PUT /bucket/a%20key HTTP/1.1")
        #expect(put.status == 200)
        #expect(put.errorCode == nil)
        #expect(put.objectSize == 5)
        #expect(put.totalMilliseconds == 2)
        #expect(put.turnaroundMilliseconds == 1)
        #expect(put.userAgent == "test/1")
        #expect(put.referrer == "http://example.com")
        #expect(put.signatureVersion == "SigV4")
        #expect(put.authenticationType == "AuthHeader")
        #expect(put.hostHeader == "s3.example.com")
        #expect(put.remoteAddress == "127.0.0.1")
        #expect(records[2].errorCode == "AccessDenied")
        #expect(records[2].requester == gateway.bob.account)
        #expect(records[3].requester == nil)
        #expect(
            records[4].requestURI
                == "GET /bucket/a%20key?X-Amz-Signature=REDACTED&X-Amz-Security-Token=REDACTED&x-id=GetObject HTTP/1.1")
        #expect(records[4].bytesSent == 9)
        #expect(!records[4].isComplete)
        let counted = recorder.counted
        #expect(counted[1].operation == "PutObject")
        #expect(counted[2].operation == "GetObject")
        #expect(counted[2].errorCode == "AccessDenied")
        #expect(counted[2].status == 403)
        await gateway.close()
    }

    @Test("without a sink nothing is kept for after the answer")
    func noSink() async throws {
        try await GatewayHarness.run { gateway in
            let (head, _) = GatewayHarness.head(of: Sent(method: .get, path: "/bucket", key: gateway.alice))
            let handled = await gateway.service.respond(to: head, body: PiecewiseBody([], announcedLength: nil))
            #expect(handled.whenSent == nil)
        }
    }

    @Test("a virtual host names the bucket")
    func virtualHost() async throws {
        var configuration = S3Service.Configuration()
        configuration.addressing = S3Request.Configuration(virtualHostDomains: ["s3.example.com"])
        let gateway = try await GatewayHarness(configuration: configuration)
        _ = await gateway.send(.put, "/bucket")
        let put = await gateway.send(.put, "/key", ["host": "bucket.s3.example.com"], text: "hello")
        #expect(put.status == 200)
        #expect(await gateway.send(.get, "/bucket/key").text == "hello")
        let begun = await gateway.send(.post, "/key?uploads", ["host": "bucket.s3.example.com"], body: [])
        #expect(begun.xml("Bucket") == "bucket")
        await gateway.close()
    }

    @Test("headers moved into a presigned URL are refused as headers are")
    func hoisted() async throws {
        try await GatewayHarness.run { gateway in
            for (name, status) in [("X-Amz-Write-Offset-Bytes", 501), ("X-Amz-Storage-Class", 200)] {
                let query = RequestSigner(accessKey: gateway.alice.id, secret: Secret(gateway.alice.secret))
                    .presignedQuery(
                        method: .put, path: "/bucket/key",
                        query: [(name, status == 501 ? "AES256" : "STANDARD_IA")],
                        headers: [("host", "s3.example.com")], lifetime: 60,
                        now: Int64(Date().timeIntervalSince1970))
                let head = GatewayHarness.rawHead(
                    .put, target: "/bucket/key?\(query)",
                    headers: [("host", "s3.example.com"), ("content-length", "1")])
                let handled = await gateway.service.respond(to: head, body: PiecewiseBody([65], announcedLength: 1))
                #expect(handled.response.status == status)
            }
            #expect(await gateway.send(.head, "/bucket/key")["x-amz-storage-class"] == "STANDARD_IA")
        }
    }

    @Test("a name of metadata in a presigned URL is the name of a header")
    func hoistedNames() async throws {
        try await GatewayHarness.run { gateway in
            let names = [
                ("x-amz-meta-a\r\nset-cookie: b", 400), ("x-amz-meta-\u{e9}", 400), ("x-amz-meta-a", 200),
            ]
            for (name, status) in names {
                let query = RequestSigner(accessKey: gateway.alice.id, secret: Secret(gateway.alice.secret))
                    .presignedQuery(
                        method: .put, path: "/bucket/key", query: [(name, "1")], headers: [("host", "s3.example.com")],
                        lifetime: 60, now: Int64(Date().timeIntervalSince1970))
                let head = GatewayHarness.rawHead(
                    .put, target: "/bucket/key?\(query)",
                    headers: [("host", "s3.example.com"), ("content-length", "1")])
                let handled = await gateway.service.respond(to: head, body: PiecewiseBody([65], announcedLength: 1))
                #expect(handled.response.status == status, "\(name.debugDescription)")
            }
        }
    }
}
