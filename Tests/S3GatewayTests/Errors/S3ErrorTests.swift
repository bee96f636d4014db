// Why this file exists: what clients are told, to the byte.
import ObjectCore
import S3Gateway
import Testing

@Suite("S3Error")
struct S3ErrorTests {
    private func text(_ response: HTTPResponse) -> String {
        guard case .bytes(let bytes) = response.body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("a missing key is told in S3's form")
    func goldenNoSuchKey() throws {
        let error = S3Error(StoreError.noSuchKey, bucket: "b", key: try ObjectKey("a<b>&\"\r\u{1}"))
        let response = error.encode(requestID: "4442587FB7D0A2F9", hostID: "host", resource: "/b/a%3C")
        #expect(response.status == 404)
        #expect(
            text(response) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>\
                <Key>a&lt;b&gt;&amp;&quot;&#13;&#x1;</Key><Resource>/b/a%3C</Resource>\
                <RequestId>4442587FB7D0A2F9</RequestId><HostId>host</HostId></Error>
                """)
        let head = String(decoding: response.headerBytes, as: UTF8.self)
        #expect(head.contains("x-amz-request-id: 4442587FB7D0A2F9\r\n"))
        #expect(head.contains("x-amz-id-2: host\r\n"))
        #expect(head.contains("content-type: application/xml\r\n"))
    }

    @Test("an argument that is wrong is named")
    func goldenInvalidArgument() {
        let error = S3Error.invalidArgument("Argument maxKeys must be an integer", name: "max-keys", value: "x")
        #expect(
            text(error.encode(requestID: "1", hostID: "2")) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <Error><Code>InvalidArgument</Code><Message>Argument maxKeys must be an integer</Message>\
                <ArgumentName>max-keys</ArgumentName><ArgumentValue>x</ArgumentValue>\
                <RequestId>1</RequestId><HostId>2</HostId></Error>
                """)
    }

    @Test("a delete marker is told in headers")
    func deleteMarker() {
        let response = S3Error(StoreError.isDeleteMarker(.index(33))).encode(requestID: "1", hostID: "2")
        let head = String(decoding: response.headerBytes, as: UTF8.self)
        #expect(response.status == 404)
        #expect(head.contains("x-amz-delete-marker: true\r\nx-amz-version-id: 0000000000011\r\n"))
    }

    @Test("304 has no body")
    func notModified() {
        let response = S3Error(.notModified).encode(requestID: "1", hostID: "2")
        #expect(response.status == 304)
        #expect(text(response).isEmpty)
        #expect(!String(decoding: response.headerBytes, as: UTF8.self).contains("content-type"))
    }

    @Test("every code has a name, an error status and words", arguments: S3Error.Code.allCases)
    func table(_ code: S3Error.Code) {
        #expect(!code.wireName.isEmpty && code.wireName.utf8.allSatisfy { $0 > 0x2D && $0 < 0x7B })
        #expect(code.status == 304 || (400...599).contains(code.status))
        #expect(!code.defaultMessage.isEmpty)
    }

    @Test(
        "store errors become AWS's codes",
        arguments: [
            (StoreError.noSuchBucket("b"), "NoSuchBucket", 404), (.noSuchVersion, "NoSuchVersion", 404),
            (.noSuchUpload, "NoSuchUpload", 404), (.bucketExists("b", isOwn: true), "BucketAlreadyOwnedByYou", 409),
            (.bucketExists("b", isOwn: false), "BucketAlreadyExists", 409), (.bucketNotEmpty, "BucketNotEmpty", 409),
            (.invalidKey(length: 1025), "KeyTooLongError", 400), (.invalidKey(length: 0), "InvalidArgument", 400),
            (.preconditionFailed("If-Match"), "PreconditionFailed", 412),
            (.conditionalConflict, "ConditionalRequestConflict", 409), (.objectLocked("x"), "AccessDenied", 403),
            (.invalidPart(3), "InvalidPart", 400), (.invalidPartOrder, "InvalidPartOrder", 400),
            (.partTooSmall(number: 1, size: 2), "EntityTooSmall", 400), (.objectTooLarge(9), "EntityTooLarge", 400),
            (.digestMismatch(.md5), "BadDigest", 400), (.digestMismatch(.crc32c), "BadDigest", 400),
            (.outOfSpace, "InsufficientStorage", 507), (.readOnly("/secret/path"), "ServiceUnavailable", 503),
            (.corrupt("/secret/path"), "InternalError", 500), (.database("/secret/path"), "InternalError", 500),
            (.closed, "ServiceUnavailable", 503),
        ])
    func storeErrors(_ error: StoreError, _ name: String, _ status: Int) {
        let wire = S3Error(error)
        #expect(wire.code.wireName == name)
        #expect(wire.code.status == status)
        #expect(!text(wire.encode(requestID: "1", hostID: "2")).contains("/secret/path"))
    }

    @Test("a broken body closes the connection")
    func bodyErrors() {
        #expect(S3Error(BodyError.truncated).code == .incompleteBody)
        #expect(S3Error(BodyError.timedOut).code == .requestTimeout)
        #expect(S3Error(BodyError.cancelled).code == .serviceUnavailable)
        #expect(S3Error(BodyError.truncated).encode(requestID: "1", hostID: "2").closesConnection)
        #expect(!S3Error(.noSuchKey).encode(requestID: "1", hostID: "2").closesConnection)
    }
}
