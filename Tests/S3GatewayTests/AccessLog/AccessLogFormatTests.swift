// Why this file exists: golden lines. Tools parse these bytes, so a changed byte is a broken tool.
import ObjectCore
import Testing

@testable import S3Gateway

extension AccessLogRecord {
    /// A record with every field that a GET over HTTPS fills in.
    static func full() -> AccessLogRecord {
        var record = AccessLogRecord.minimal()
        record.bucketOwner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
        record.bucket = "bucket1"
        record.requester = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
        record.operation = "REST.GET.OBJECT"
        record.operationName = "GetObject"
        record.accessKey = "AKIAEXAMPLE"
        record.key = "a dir/é"
        record.requestURI = "GET /bucket1/a%20dir/%C3%A9 HTTP/1.1"
        record.bytesSent = 113
        record.objectSize = 4096
        record.totalMilliseconds = 7
        record.turnaroundMilliseconds = 2
        record.referrer = "http://example.com/\"x"
        record.userAgent = "S3Console/0.4 (a \"b\")\n"
        record.versionID = "null"
        record.signatureVersion = "SigV4"
        record.cipherSuite = "TLS_AES_128_GCM_SHA256"
        record.authenticationType = "AuthHeader"
        record.hostHeader = "bucket1.example.com"
        record.tlsVersion = "TLSv1.3"
        return record
    }

    /// A record of a request that was refused before anything was known of it.
    static func minimal() -> AccessLogRecord {
        AccessLogRecord(
            bucketOwner: nil, bucket: nil, time: Timestamp(milliseconds: 1_549_411_238_123),
            remoteAddress: "192.0.2.3", requester: nil, requestID: "3E57427F3EXAMPLE", hostID: "s9lzHYrFp76Z/3=",
            operation: "-", operationName: nil, accessKey: nil, key: nil, requestURI: "GET / HTTP/1.1", status: 200,
            errorCode: nil, bytesSent: 0, bytesReceived: 0, objectSize: nil, totalMilliseconds: 0,
            turnaroundMilliseconds: 0, referrer: nil, userAgent: nil, versionID: nil, signatureVersion: nil,
            cipherSuite: nil, authenticationType: nil, hostHeader: nil, tlsVersion: nil, isComplete: true)
    }
}

@Suite struct S3LogFormatTests {
    private func line(_ record: AccessLogRecord) -> String {
        var bytes: [UInt8] = []
        S3LogFormat.append(record, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("a full record is S3's line, field for field")
    func full() {
        #expect(
            line(.full())
                == "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket1 "
                + "[06/Feb/2019:00:00:38 +0000] 192.0.2.3 "
                + "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be 3E57427F3EXAMPLE REST.GET.OBJECT "
                + "a%20dir/%C3%A9 \"GET /bucket1/a%20dir/%C3%A9 HTTP/1.1\" 200 - 113 4096 7 2 "
                + "\"http://example.com/%22x\" \"S3Console/0.4 (a %22b%22)%0A\" null s9lzHYrFp76Z/3= SigV4 "
                + "TLS_AES_128_GCM_SHA256 AuthHeader bucket1.example.com TLSv1.3 - -\n")
    }

    @Test("what is not known is a dash")
    func minimal() {
        #expect(
            line(.minimal())
                == "- - [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - 3E57427F3EXAMPLE - - \"GET / HTTP/1.1\" 200 - - - 0 0 "
                + "\"-\" \"-\" - s9lzHYrFp76Z/3= - - - - - - -\n")
    }

    @Test(
        "no client byte adds a field or a line",
        arguments: ["a b", "a\nb", "a\"b", "a\tb", "\" 200 - ", "\u{7F}", "\r\n- - [", "é", ""])
    func injection(text: String) {
        var record = AccessLogRecord.full()
        record.key = text
        record.referrer = text
        record.userAgent = text
        record.hostHeader = text
        record.versionID = text
        record.requestURI = "GET /\(text) HTTP/1.1"
        let line = line(record)
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1 && line.hasSuffix("\n"))
        #expect(line.utf8.count { $0 == UInt8(ascii: "\"") } == 6)
        // Outside of quotes and of the brackets, which hold one space, fields are separated by single spaces.
        let outside = line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 0 }.map { String($0.element) }.joined(separator: "Q")
        #expect(outside.split(separator: " ").count == 27)
    }
}

@Suite struct JSONLogFormatTests {
    private func line(_ record: AccessLogRecord) -> String {
        var bytes: [UInt8] = []
        JSONLogFormat.append(record, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("a full record is one line of JSON")
    func full() {
        let owner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
        #expect(
            line(.full())
                == #"{"time":"2019-02-06T00:00:38.123Z","remoteAddress":"192.0.2.3","requestID":"3E57427F3EXAMPLE","#
                + #""operation":"GetObject","request":"GET /bucket1/a%20dir/%C3%A9 HTTP/1.1","bucket":"bucket1","#
                + #""bucketOwner":"\#(owner)","key":"a dir/é","versionID":"null","requester":"\#(owner)","#
                + #""accessKey":"AKIAEXAMPLE","status":200,"errorCode":null,"bytesSent":113,"bytesReceived":0,"#
                + #""objectSize":4096,"totalMilliseconds":7,"turnaroundMilliseconds":2,"#
                + #""referrer":"http://example.com/\"x","userAgent":"S3Console/0.4 (a \"b\")\u000a","#
                + #""hostID":"s9lzHYrFp76Z/3=","signatureVersion":"SigV4","authenticationType":"AuthHeader","#
                + #""host":"bucket1.example.com","tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","#
                + #""isComplete":true}"# + "\n")
    }

    @Test("control bytes, quotes and backslashes are escaped")
    func escapes() {
        var record = AccessLogRecord.minimal()
        record.userAgent = "\u{0}\u{1f}\\\"\n"
        #expect(line(record).contains(#""userAgent":"\u0000\u001f\\\"\u000a""#))
    }
}

@Suite struct LogTimeTests {
    private func internet(_ milliseconds: Int64) -> String {
        var bytes: [UInt8] = []
        bytes.appendInternetTime(Timestamp(milliseconds: milliseconds))
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "the calendar is right at its corners",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ])
    func corners(milliseconds: Int64, text: String) {
        #expect(internet(milliseconds) == text)
    }
}

@Suite struct RequestTargetRedactionTests {
    private func redact(_ text: String) -> String {
        String(decoding: RequestTargetRedaction.redact(Array(text.utf8)), as: UTF8.self)
    }

    @Test(
        "signatures and tokens go, everything else stays byte for byte",
        arguments: [
            ("/b/k", "/b/k"),
            ("/b/X-Amz-Signature=1", "/b/X-Amz-Signature=1"),
            (
                "/b/k?X-Amz-Credential=A%2F1&X-Amz-Signature=abc&x-id=GetObject",
                "/b/k?X-Amz-Credential=A%2F1&X-Amz-Signature=REDACTED&x-id=GetObject"
            ),
            ("/?x-amz-SECURITY-token=a=b", "/?x-amz-SECURITY-token=REDACTED"),
            ("/b?Signature=abc&AWSAccessKeyId=A&Expires=1", "/b?Signature=REDACTED&AWSAccessKeyId=A&Expires=1"),
            ("/?Action=x&WebIdentityToken=a.b.c", "/?Action=x&WebIdentityToken=REDACTED"),
            ("/b?X%2DAmz%2dSignature=abc", "/b?X%2DAmz%2dSignature=REDACTED"),
            ("/b?%58-Amz-Signature=abc&", "/b?%58-Amz-Signature=REDACTED&"),
            ("/b?X-Amz-Signature&a=", "/b?X-Amz-Signature&a="),
            ("/b?X-Amz-SignedHeaders=host&%zz=%", "/b?X-Amz-SignedHeaders=host&%zz=%"),
            ("/b?a=1?X-Amz-Signature=x", "/b?a=1?X-Amz-Signature=x"),
        ])
    func redaction(target: String, expected: String) {
        #expect(redact(target) == expected)
    }
}
