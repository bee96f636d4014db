// Why this file exists: the three forms of an event as golden texts, and the signature by an independent vector.
import Testing

@testable import ObjectCore
@testable import S3Gateway

@Suite struct EventDocumentTests {
    private static let bucket = Bucket(
        id: BucketID(1), name: "photos", uuid: [], created: Timestamp(milliseconds: 0), owner: "owner",
        region: "eu-west-1", versioning: .enabled, hasObjectLock: false)

    private static func event(_ kind: EventKind) throws -> ObjectEvent {
        let version = ObjectVersion(
            bucket: bucket.id, key: try ObjectKey("a b/c.jpg"), index: 17, isNull: false, isDeleteMarker: false,
            size: 5, modified: Timestamp(milliseconds: 0), etag: "e", sha256: nil, attributes: ObjectAttributes(),
            parts: [], manifest: Manifest())
        return ObjectEvent(
            kind, version, in: bucket, rule: "all",
            origin: ChangeOrigin(account: "who", remoteAddress: "10.0.0.1", requestID: "R1"))
    }

    private static func text(_ format: EventFormat, _ event: ObjectEvent) -> String {
        let document = EventDocument(format: format, hostID: "host")
        let encoded = document.encode(event, sequence: 17, at: Timestamp(milliseconds: 1_700_000_000_123))
        return String(decoding: encoded.body, as: UTF8.self)
    }

    private static let record =
        #"{"awsRegion":"eu-west-1","eventName":"ObjectCreated:Put","eventSource":"aws:s3","#
        + #""eventTime":"2023-11-14T22:13:20.123Z","eventVersion":"2.1","#
        + #""requestParameters":{"sourceIPAddress":"10.0.0.1"},"#
        + #""responseElements":{"x-amz-id-2":"host","x-amz-request-id":"R1"},"s3":{"bucket":"#
        + #"{"arn":"arn:aws:s3:::photos","name":"photos","ownerIdentity":{"principalId":"owner"}},"#
        + #""configurationId":"all","object":{"eTag":"e","key":"a+b/c.jpg","sequencer":"0000000000000011","#
        + #""size":5,"versionId":"000000000000h"},"s3SchemaVersion":"1.0"},"userIdentity":{"principalId":"who"}}"#

    @Test("S3's own form")
    func s3() throws {
        #expect(Self.text(.s3, try Self.event(.createdPut)) == #"{"Records":["# + Self.record + "]}")
    }

    @Test("CloudEvents 1.0")
    func cloudEvents() throws {
        #expect(
            Self.text(.cloudevents, try Self.event(.createdPut))
                == #"{"data":"# + Self.record + #","datacontenttype":"application/json","id":"host-0000000000000011","#
                + #""source":"aws:s3.eu-west-1.photos","specversion":"1.0","subject":"a b/c.jpg","#
                + #""time":"2023-11-14T22:13:20.123Z","type":"com.amazonaws.s3.ObjectCreated:Put"}"#)
    }

    @Test("EventBridge's form")
    func bus() throws {
        #expect(
            Self.text(.eventbridge, try Self.event(.removedMarker))
                == #"{"account":"owner","detail":{"bucket":{"name":"photos"},"#
                + #""deletion-type":"Delete Marker Created","object":{"key":"a b/c.jpg","#
                + #""sequencer":"0000000000000011","version-id":"000000000000h"},"reason":"DeleteObject","#
                + #""request-id":"R1","requester":"who","source-ip-address":"10.0.0.1","version":"0"},"#
                + #""detail-type":"Object Deleted","id":"host-0000000000000011","region":"eu-west-1","#
                + #""resources":["arn:aws:s3:::photos"],"source":"aws.s3","time":"2023-11-14T22:13:20.123Z","#
                + #""version":"0"}"#)
    }

    @Test("what happened without a request is S3's own doing; what went has no size")
    func lifecycle() throws {
        var event = try Self.event(.expirationDelete)
        (event.account, event.remoteAddress, event.requestID) = ("", "", "")
        let text = Self.text(.s3, event)
        #expect(text.contains(#""principalId":"s3.amazonaws.com""#))
        #expect(text.contains(#""eventVersion":"2.3""#) && !text.contains(#""size""#))
    }

    @Test("the test event is S3's")
    func test() throws {
        let event = ObjectEvent(.test, nil, in: Self.bucket, rule: "", origin: ChangeOrigin(requestID: "R"))
        #expect(
            Self.text(.s3, event)
                == #"{"Bucket":"photos","Event":"s3:TestEvent","HostId":"host","RequestId":"R","#
                + #""Service":"Amazon S3","Time":"2023-11-14T22:13:20.123Z"}"#)
    }

    // Computed with another implementation of HMAC.
    @Test("signatures are those of Standard Webhooks")
    func signature() {
        let header = WebhookSignature.header(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8),
            secret: Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw"))
        #expect(header == "v1,q6KMVIJHk4Gs770FfR5f591Ftx7uVJSGl5wHV1ri978=")
    }

    @Test(
        "what a status says",
        arguments: [
            (200, .delivered), (204, .delivered), (301, .refused("it answered 301")),
            (400, .refused("it answered 400")),
            (410, .refused("it answered 410")), (408, .unavailable("it answered 408")),
            (429, .unavailable("it answered 429")), (500, .unavailable("it answered 500")),
            (503, .unavailable("it answered 503")),
        ] as [(Int, DeliveryResult)])
    func judging(_ status: Int, _ expected: DeliveryResult) { #expect(WebhookSender.judge(status) == expected) }
}
