// Why this file exists: access logs that go into buckets: the documents, who may choose which target, how objects are
// called, and that each line arrives once.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct LoggingTests {
    private static func status(_ more: String, bucket: String = "logs", prefix: String = "p/") -> String {
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>\(bucket)</TargetBucket>\(more)"
            + "<TargetPrefix>\(prefix)</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
    }

    /// A service whose log goes into buckets; the delivery is made by hand.
    private final class Fixture {
        let gateway: GatewayHarness
        let logs: BucketLogDelivery

        init(keyring: Keyring = .empty) async throws {
            let made = LateSink()
            gateway = try await GatewayHarness(accessLog: made)
            logs = BucketLogDelivery(store: gateway.store, keyring: keyring, intervalSeconds: 60, log: { _ in })
            made.fill(logs)
            for bucket in ["/bucket", "/logs"] { _ = await gateway.send(.put, bucket) }
        }

        func put(_ document: String, key: AccessKey? = nil) async -> Received {
            await gateway.send(.put, "/bucket?logging", body: Array(document.utf8), key: key)
        }

        func objects(_ bucket: String = "logs") throws -> [(key: String, text: String)] {
            let target = try gateway.store.bucket(bucket)
            return try gateway.store.list(ListingQuery(), in: target).items.map { item in
                let version = try gateway.store.object(item.key, in: target)
                let bytes = try gateway.store.read(version, range: 0..<version.size)
                return (item.key.description, String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    /// The harness makes the service before there is a store to deliver into.
    private final class LateSink: AccessLogSink {
        private let sink = Notebook<BucketLogDelivery>()
        func fill(_ delivery: BucketLogDelivery) { sink.note(delivery) }
        func wants(bucket: String?) -> Bool { sink.all.first?.wants(bucket: bucket) ?? false }
        func record(_ record: AccessLogRecord) { sink.all.first?.record(record) }
    }

    @Test(
        "a configuration is given back as it came",
        arguments: [
            "", "<TargetObjectKeyFormat><SimplePrefix/></TargetObjectKeyFormat>",
            "<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource>"
                + "</PartitionedPrefix></TargetObjectKeyFormat>",
        ])
    func roundTrip(_ format: String) async throws {
        let fixture = try await Fixture()
        let put = await fixture.put(Self.status(format))
        #expect(put.status == 200, "\(put.text)")
        let got = await fixture.gateway.send(.get, "/bucket?logging").text
        #expect(got.contains("<TargetBucket>logs</TargetBucket>") && got.contains("<TargetPrefix>p/</TargetPrefix>"))
        #expect(got.contains(format))
        #expect(await fixture.put("<BucketLoggingStatus/>").status == 200)
        #expect(!(await fixture.gateway.send(.get, "/bucket?logging")).text.contains("LoggingEnabled"))
        await fixture.gateway.close()
    }

    @Test("what is refused, with AWS's codes")
    func refusals() async throws {
        let fixture = try await Fixture()
        let gateway = fixture.gateway
        _ = await gateway.send(.put, "/bobs", key: gateway.bob)
        _ = await gateway.send(.put, "/locked", ["x-amz-bucket-object-lock-enabled": "true"])
        let locked = try gateway.store.bucket("locked")
        _ = try await gateway.store.setObjectLock(
            default: DefaultRetention(mode: .governance, period: .days(1)), of: locked)
        let grant =
            "<TargetGrants><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">"
            + "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>"
            + "</TargetGrants>"
        let cases: [(String, String)] = [
            (Self.status("", bucket: "nobodys"), "InvalidTargetBucketForLogging"),
            (Self.status("", bucket: "bobs"), "InvalidTargetBucketForLogging"),
            (Self.status("", bucket: "locked"), "InvalidTargetBucketForLogging"),
            (Self.status(grant), "InvalidArgument"),
            (Self.status("", prefix: String(repeating: "p", count: 801)), "InvalidArgument"),
            ("<BucketLoggingStatus><LoggingEnabled/></BucketLoggingStatus>", "MalformedXML"),
            (Self.status("<Unknown/>"), "MalformedXML"),
            (Self.status("<TargetObjectKeyFormat><Other/></TargetObjectKeyFormat>"), "MalformedXML"),
            ("", "MissingRequestBodyError"),
        ]
        for (document, code) in cases {
            let answer = await fixture.put(document)
            #expect(answer.code == code, "\(document): \(answer.text)")
        }
        #expect(await fixture.put(Self.status(""), key: gateway.bob).code == "AccessDenied")
        await gateway.close()
    }

    @Test("each request to a logged bucket is one line of one object; others are in none")
    func delivery() async throws {
        let fixture = try await Fixture()
        let gateway = fixture.gateway
        _ = await gateway.send(.put, "/bucket/before", body: [1])
        #expect(await fixture.put(Self.status("")).status == 200)
        for number in 0..<3 { _ = await gateway.send(.put, "/bucket/k\(number)", body: [1]) }
        _ = await gateway.send(.get, "/logs?list-type=2")
        _ = await gateway.send(.get, "/bucket/absent")
        await fixture.logs.deliver()
        #expect(try fixture.objects().isEmpty, "the first line has not waited long enough")
        await fixture.logs.deliver(all: true)
        let objects = try fixture.objects()
        #expect(objects.count == 1 && fixture.logs.dropped == 0)
        let object = try #require(objects.first)
        #expect(object.key.wholeMatch(of: #/p/\d{4}(-\d\d){5}-[0-9A-F]{16}/#) != nil, "\(object.key)")
        let lines = object.text.split(separator: "\n")
        #expect(lines.filter { $0.contains(" REST.PUT.OBJECT k") }.count == 3)
        #expect(lines.filter { $0.contains(" REST.GET.OBJECT absent ") && $0.contains(" 404 NoSuchKey ") }.count == 1)
        #expect(!object.text.contains("before") && !object.text.contains("list-type"))
        await fixture.logs.deliver(all: true)
        #expect(try fixture.objects().count == 1)
        await gateway.close()
    }

    @Test("a target that is gone, or another account's by now, gets nothing")
    func gone() async throws {
        let fixture = try await Fixture()
        let gateway = fixture.gateway
        #expect(await fixture.put(Self.status("")).status == 200)
        _ = await gateway.send(.delete, "/logs")
        _ = await gateway.send(.put, "/logs", key: gateway.bob)
        _ = await gateway.send(.get, "/bucket/k")
        await fixture.logs.deliver(all: true)
        #expect(try fixture.objects().isEmpty)
        #expect(fixture.logs.dropped >= 1)
        await gateway.close()
    }

    @Test(
        "names of objects",
        arguments: [
            (LoggingConfiguration.KeyFormat.simple(isNamed: false), "p/2023-11-14-22-13-20-U"),
            (
                .partitioned(byEventTime: false),
                "p/owner/eu-west-1/source/2023/11/14/2023-11-14-22-13-20-U"
            ),
            (.partitioned(byEventTime: true), "p/owner/eu-west-1/source/2023/11/13/2023-11-13-00-00-00-U"),
        ])
    func names(_ format: LoggingConfiguration.KeyFormat, _ expected: String) {
        let source = Bucket(
            id: BucketID(1), name: "source", uuid: [], created: Timestamp(milliseconds: 0), owner: "owner",
            region: "eu-west-1", versioning: .never, hasObjectLock: false)
        let name = BucketLogDelivery.name(
            of: LoggingConfiguration(targetBucket: "t", targetPrefix: "p/", keyFormat: format), source: source,
            day: 1_699_900_000 / 86_400, at: Timestamp(milliseconds: 1_700_000_000_000), unique: "U")
        #expect(name == expected)
    }
}
