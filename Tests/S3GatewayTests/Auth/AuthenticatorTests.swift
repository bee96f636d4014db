// Why this file exists: every way in which a signature can be wrong has its own answer, and what others got wrong
// in public has a test by name.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite("Authenticator")
struct AuthenticatorTests {
    private func verify(
        _ request: S3Request, now: Int64 = exampleTime, rule: Authenticator.RegionRule = .configured
    ) throws(S3Error) -> VerifiedRequest {
        try authenticator(rule).verify(request, id: "id", now: now)
    }

    private func header(_ authorization: String, _ more: [(String, String)] = []) throws(S3Error) -> S3Request {
        try makeRequest(
            .get, "/bucket/key",
            [
                ("host", "s3.example.test"), ("authorization", authorization), ("x-amz-date", "20130524T000000Z"),
                ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
            ] + more)
    }

    @Test("what is signed for directory buckets is refused by their name, for another service as no signature of ours")
    func otherServices() throws {
        for (service, code) in [("s3express", S3Error.Code.notImplemented), ("ec2", .authorizationHeaderMalformed)] {
            let request = try signedRequest(
                .get, "/",
                signer: RequestSigner(
                    accessKey: TestCredentials.example.accessKey, secret: TestCredentials.example.secret,
                    service: service))
            #expect(refusal { _ = try authenticator().verify(request, id: "1", now: exampleTime) }?.code == code)
        }
    }

    @Test("the signer's requests are believed, in header and query")
    func signer() throws {
        let query: [(name: String, value: String?)] = [("prefix", "a b/+%"), ("uploads", nil)]
        let request = try signedRequest(
            .put, "/bucket/k%20", query: query, headers: [("x-amz-meta-a", " two  words ")])
        let verified = try verify(request)
        #expect(verified.authenticationKind == .headerV4)
        #expect(verified.principal.identity?.displayName == "owner")
        #expect(verified.signedAt == exampleTime)
        #expect(verified.query("prefix") == "a b/+%")
        #expect(verified.hasQuery("uploads") && verified.query("uploads") == "")
        #expect(verified.metadataHeaders.map(\.name) == ["a"])
        #expect(try verify(presignedRequest(.get, "/bucket/k", query: query)).query("prefix") == "a b/+%")
    }

    @Test("a request without any signature is nobody's")
    func anonymous() throws {
        let verified = try verify(makeRequest(.get, "/bucket/key", [("host", "h"), ("x-amz-meta-a", "b")]))
        #expect(verified.principal == .anonymous)
        #expect(verified.authenticationKind == .anonymous)
        #expect(verified.header("x-amz-meta-a") == "b")
    }

    static let scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
    static let signature = String(repeating: "0", count: 64)

    @Test(
        "a malformed Authorization header is told so",
        arguments: [
            ("", S3Error.Code.accessDenied), ("HAHAHA", .invalidArgument), ("AWS HAHAHA", .invalidArgument),
            ("AWS :x", .invalidArgument), ("AWS", .invalidArgument), ("Bearer token", .invalidArgument),
            ("Basic QTpC", .invalidArgument), ("AWS4-HMAC-SHA512 x", .invalidArgument),
            ("AWS4-ECDSA-P256-SHA256 Credential=x", .notImplemented),
            ("AWS4-HMAC-SHA256", .authorizationHeaderMalformed), ("AWS4-HMAC-SHA256 x", .authorizationHeaderMalformed),
            ("AWS4-HMAC-SHA256 Credential=\(scope)", .authorizationHeaderMalformed),
            ("AWS4-HMAC-SHA256 Credential=\(scope),SignedHeaders=,Signature=x", .authorizationHeaderMalformed),
            ("AWS4-HMAC-SHA256 Credential=\(scope),SignedHeaders=host", .authorizationHeaderMalformed),
            (
                "AWS4-HMAC-SHA256 Credential=a/b/c,SignedHeaders=host,Signature=x", .authorizationHeaderMalformed
            ),
            (
                "AWS4-HMAC-SHA256 Credential=A/2013/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=x",
                .authorizationHeaderMalformed
            ),
            (
                "AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3/aws5_request,SignedHeaders=host,Signature=x",
                .authorizationHeaderMalformed
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(scope),Credential=\(scope),SignedHeaders=host,Signature=x",
                .authorizationHeaderMalformed
            ),
            (
                "AWS4-HMAC-SHA256 Credential=NOBODY/20130524/us-east-1/s3/aws4_request,SignedHeaders=host,"
                    + "Signature=\(signature)", .invalidAccessKeyId
            ),
            (
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/ec2/aws4_request,"
                    + "SignedHeaders=host,Signature=\(signature)", .authorizationHeaderMalformed
            ),
            (
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130523/us-east-1/s3/aws4_request,"
                    + "SignedHeaders=host,Signature=\(signature)", .authorizationHeaderMalformed
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(scope),SignedHeaders=x-amz-content-sha256;x-amz-date,"
                    + "Signature=\(signature)", .accessDenied
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(scope),SignedHeaders=host,Signature=\(signature)", .accessDenied
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(scope),SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
                    + "Signature=\(signature)", .signatureDoesNotMatch
            ),
            (
                "AWS4-HMAC-SHA256 Credential=\(scope),SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
                    + "Signature=", .signatureDoesNotMatch
            ),
        ] as [(String, S3Error.Code)])
    func malformedHeader(_ authorization: String, _ code: S3Error.Code) throws {
        let request = try header(authorization)
        #expect(refusal { _ = try verify(request) }?.code == code)
    }

    @Test("the wrong region is told the right one")
    func region() throws {
        let signer = RequestSigner(
            accessKey: exampleSigner.accessKey, secret: exampleSigner.secret, region: "eu-west-1")
        let request = try signedRequest(.get, "/b/k", signer: signer)
        let error = refusal { _ = try verify(request) }
        #expect(error?.code == .authorizationHeaderMalformed)
        #expect(error?.fields == [S3Error(.accessDenied, fields: ["Region": "us-east-1"]).fields[0]])
        #expect(refusal { _ = try verify(request, rule: .lenient) }?.code == .authorizationHeaderMalformed)
        #expect(try verify(request, rule: .any).principal.accountID == "owner-id")
        let automatic = RequestSigner(
            accessKey: exampleSigner.accessKey, secret: exampleSigner.secret, region: "auto")
        #expect(try verify(signedRequest(.get, "/b/k", signer: automatic), rule: .lenient).signedAt == exampleTime)
        let presigned = try presignedRequest(.get, "/b/k", signer: signer)
        #expect(refusal { _ = try verify(presigned) }?.code == .authorizationQueryParametersError)
        #expect(try verify(presigned, rule: .global).principal.accountID == "owner-id")
        let nowhere = RequestSigner(accessKey: exampleSigner.accessKey, secret: exampleSigner.secret, region: "")
        #expect(try verify(signedRequest(.get, "/b/k", signer: nowhere), rule: .global).signedAt == exampleTime)
        #expect(
            refusal { _ = try verify(signedRequest(.get, "/b/k", signer: nowhere), rule: .lenient) }?.code
                == .authorizationHeaderMalformed)
    }

    @Test("a clock may be off by 15 minutes", arguments: [(-900, true), (900, true), (-901, false), (901, false)])
    func skew(_ offset: Int64, _ isBelieved: Bool) throws {
        let error = refusal { _ = try verify(signedRequest(.get, "/b/k"), now: exampleTime + offset) }
        #expect((error == nil) == isBelieved)
        guard !isBelieved else { return }
        #expect(error?.code == .requestTimeTooSkewed)
        #expect(error?.fields.map(\.name) == ["RequestTime", "ServerTime", "MaxAllowedSkewMilliseconds"])
        #expect(error?.fields.last?.value == "900000")
    }

    @Test(
        "a date must be there and be one", arguments: [nil, "", "yesterday", "20130524", "Tue, 07 Jul 1950 21:53:04 X"])
    func date(_ date: String?) throws {
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(Self.scope),SignedHeaders=host;x-amz-date,Signature=\(Self.signature)"
        let request = try makeRequest(
            .get, "/b/k", [("host", "h"), ("authorization", authorization)] + (date.map { [("x-amz-date", $0)] } ?? []))
        #expect(refusal { _ = try verify(request) }?.code == .accessDenied)
    }

    @Test(
        "version 2: the date decides before the signature",
        arguments: [
            ("Bad Date", S3Error.Code.accessDenied), ("", .accessDenied),
            ("Tue, 07 Jul 1950 21:53:04 GMT", .accessDenied), ("Tue, 07 Jul 2010 21:53:04 GMT", .requestTimeTooSkewed),
            ("Tue, 07 Jul 2030 21:53:04 GMT", .requestTimeTooSkewed),
            ("Tue, 07 Jul 9999 21:53:04 GMT", .requestTimeTooSkewed),
            ("Fri, 24 May 2013 00:00:00 GMT", .signatureDoesNotMatch),
        ])
    func versionTwoDate(_ date: String, _ code: S3Error.Code) throws {
        let request = try makeRequest(
            .get, "/b/k",
            [("host", "h"), ("authorization", "AWS AKIAIOSFODNN7EXAMPLE:AAAA"), ("x-amz-date", date)])
        #expect(refusal { _ = try verify(request) }?.code == code)
    }

    @Test("the payload's promise must be there, and be one")
    func payloadHeader() throws {
        let request = try makeRequest(
            .get, "/b/k",
            [
                ("host", "h"), ("x-amz-date", "20130524T000000Z"),
                (
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=\(Self.scope),SignedHeaders=host;x-amz-date,"
                        + "Signature=\(Self.signature)"
                ),
            ])
        #expect(refusal { _ = try verify(request) }?.code == .invalidRequest)
        for (value, code) in [
            ("garbage", S3Error.Code.invalidArgument), ("", .invalidArgument),
            (String(repeating: "g", count: 64), .invalidArgument), ("unsigned-payload", .invalidArgument),
            ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", .notImplemented),
            ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", .notImplemented),
        ] {
            let request = try signedRequest(.put, "/b/k", payload: value)
            #expect(refusal { _ = try verify(request) }?.code == code, "\(value)")
        }
    }

    @Test("signed chunks need a signature that can seed them")
    func chunkSeeds() throws {
        let value = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
        let anonymous = try makeRequest(.put, "/b/k", [("host", "h"), ("x-amz-content-sha256", value)])
        #expect(refusal { _ = try verify(anonymous) }?.code == .invalidRequest)
        let trailer = try makeRequest(
            .put, "/b/k", [("host", "h"), ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")])
        #expect(try verify(trailer).payload == .chunks(signing: nil, hasTrailer: true))
    }

    @Test("one signature only")
    func twoSignatures() throws {
        let presigned = try presignedRequest(.get, "/b/k")
        var headers = [("host", "s3.example.test"), ("authorization", "AWS a:b")]
        let target = presigned.head.text(presigned.head.rawPath) + "?" + presigned.head.text(presigned.head.rawQuery)
        let both = try makeRequest(.get, target, headers)
        #expect(refusal { _ = try verify(both) }?.code == .invalidArgument)
        headers.append(headers[1])
        let twice = try makeRequest(.get, "/b/k", headers)
        #expect(refusal { _ = try verify(twice) }?.code == .invalidArgument)
    }

    @Test(
        "a presigned URL needs all its parameters",
        arguments: [
            "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
            "X-Amz-Signature",
        ])
    func presignedParameters(_ name: String) throws {
        let request = try presignedRequest(.get, "/b/k")
        let pieces = request.head.text(request.head.rawQuery).split(separator: "&")
        let without = pieces.filter { !$0.hasPrefix(name + "=") }
        #expect(without.count == pieces.count - 1)
        let missing = try makeRequest(.get, "/b/k?" + without.joined(separator: "&"))
        #expect(refusal { _ = try verify(missing) }?.code == .authorizationQueryParametersError)
        let doubled = try makeRequest(
            .get, "/b/k?" + (pieces + pieces.filter { $0.hasPrefix(name + "=") }).joined(separator: "&"))
        #expect(refusal { _ = try verify(doubled) }?.code == .authorizationQueryParametersError)
    }

    @Test(
        "the life of a presigned URL is 1 second to 7 days",
        arguments: [
            (1, 0, nil), (1, 1, nil), (1, 2, 403), (604_800, 604_800, nil), (604_800, 604_801, 403),
            (604_801, 0, 403), (609_901, 0, 403), (0, 0, 403), (-7, 0, 403), (300, -900, nil), (300, -901, 403),
        ] as [(Int64, Int64, Int?)])
    func lifetime(_ lifetime: Int64, _ age: Int64, _ status: Int?) throws {
        let request = try presignedRequest(.get, "/b/k", lifetime: lifetime)
        #expect(refusal { _ = try verify(request, now: exampleTime + age) }?.code.status == status)
    }

    @Test("numbers that are none do not trap", arguments: ["", "x", "1.5", "99999999999999999999", "--1", "+1"])
    func lifetimeText(_ text: String) throws {
        let request = try presignedRequest(.get, "/b/k")
        let query = request.head.text(request.head.rawQuery)
            .split(separator: "&").map { $0.hasPrefix("X-Amz-Expires=") ? "X-Amz-Expires=\(text)" : String($0) }
        let changed = try makeRequest(.get, "/b/k?" + query.joined(separator: "&"))
        #expect(refusal { _ = try verify(changed) } != nil)
        let versionTwo = try makeRequest(
            .get, "/b/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=x&Expires=\(text)")
        #expect(refusal { _ = try verify(versionTwo) }?.code.status == 403)
    }

    @Test("temporary keys need their token and end")
    func sessions() throws {
        var signer = RequestSigner(
            accessKey: "TEMPORARY", secret: TestCredentials.temporary.secret, sessionToken: "the+token/=")
        #expect(try verify(signedRequest(.get, "/b/k", signer: signer)).principal.accountID == "owner-id")
        #expect(try verify(presignedRequest(.get, "/b/k", signer: signer)).principal.accountID == "owner-id")
        signer.sessionToken = "another"
        #expect(refusal { _ = try verify(signedRequest(.get, "/b/k", signer: signer)) }?.code == .invalidToken)
        #expect(refusal { _ = try verify(presignedRequest(.get, "/b/k", signer: signer)) }?.code == .invalidToken)
        signer.sessionToken = nil
        #expect(refusal { _ = try verify(signedRequest(.get, "/b/k", signer: signer)) }?.code == .invalidAccessKeyId)
        var permanent = exampleSigner
        permanent.sessionToken = "x"
        #expect(refusal { _ = try verify(signedRequest(.get, "/b/k", signer: permanent)) }?.code == .invalidToken)
        signer.sessionToken = "the+token/="
        let late = try signedRequest(.get, "/b/k", signer: signer, now: exampleTime + 1000)
        #expect(refusal { _ = try verify(late, now: exampleTime + 1000) }?.code == .expiredToken)
    }

    @Test("a changed secret takes effect at once")
    func changedSecret() throws {
        let cache = SigningKeyCache()
        var record = TestCredentials.example
        let claim = try SignatureV4Claim(credential: Array(Self.scope.utf8), signedHeaders: [], signature: [])
        let first = cache.signingKey(for: record, claim: claim)
        #expect(cache.signingKey(for: record, claim: claim) == first)
        record.secret = Secret("new")
        #expect(cache.signingKey(for: record, claim: claim) != first)
        #expect(cache.count == 1)
        for number in 0..<3000 {
            record.accessKey = "KEY\(number)"
            _ = cache.signingKey(for: record, claim: claim)
            #expect(cache.count <= SigningKeyCache.countMax)
        }
    }

    @Test(
        "aws-chunked is no encoding of the object",
        arguments: [
            (nil, nil), ("gzip", "gzip"), ("aws-chunked", nil), ("aws-chunked,gzip", "gzip"),
            ("gzip , AWS-Chunked", "gzip"),
            ("br, aws-chunked, gzip", "br, gzip"), ("", nil), ("a,b", "a,b"),
        ] as [(String?, String?)])
    func contentEncoding(_ sent: String?, _ stored: String?) throws {
        let request = try makeRequest(.put, "/b/k", sent.map { [("content-encoding", $0)] } ?? [])
        #expect(try verify(request).contentEncoding == stored)
    }

    @Test("headers that a signer moved into the query are read as headers")
    func hoistedHeaders() throws {
        let request = try presignedRequest(
            .put, "/b/k",
            query: [
                ("X-Amz-Acl", "private"), ("x-amz-meta-a", " b "), ("x-amz-checksum-crc32", "AAAAAA=="),
                ("content-type", "text/plain"), ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),
            ])
        let verified = try verify(request)
        #expect(verified.header("x-amz-acl") == "private")
        #expect(verified.header("x-amz-date") == nil)
        #expect(verified.header("content-type") == nil)
        #expect(verified.metadataHeaders.map(\.value) == ["b"])
        #expect(try verified.body(over: PiecedBody([])).announcedAlgorithm == .crc32)
    }

    @Test("secrets print nothing")
    func redaction() {
        let record = TestCredentials.example
        var dumped = ""
        dump(record, to: &dumped)
        for text in [String(describing: record), String(reflecting: record), dumped, "\(record.secret)"] {
            #expect(!text.contains("wJalr") && !text.contains("119"))
        }
    }

    @Test("path and query are believed as sent and as S3 writes them")
    func spellings() throws {
        // The signature covers the canonical form; the request line spells the same differently.
        let query: [(name: String, value: String?)] = [("prefix", "a b")]
        let added = exampleSigner.headers(
            method: .get, path: "/b/%28x%29~%2B", query: query, headers: [("host", "h")], payload: "UNSIGNED-PAYLOAD",
            now: exampleTime)
        for target in ["/b/(x)~+?prefix=a%20b", "/b/%28x)%7E%2b?prefix=a+b", "/b/%28x%29~%2B?pre%66ix=a%20b"] {
            let request = try makeRequest(.get, target, [("host", "h")] + added.map { ($0.name, $0.value) })
            #expect(try verify(request).resource.key?.description == "(x)~+")
        }
        // The signature covers what was sent.
        let raw = exampleSigner.headers(
            method: .get, path: "/b/(x)!", headers: [("host", "h")], payload: "UNSIGNED-PAYLOAD", now: exampleTime)
        let request = try makeRequest(.get, "/b/(x)!", [("host", "h")] + raw.map { ($0.name, $0.value) })
        #expect(try verify(request).resource.key?.description == "(x)!")
    }
}

@Suite("Published holes of others")
struct PublishedHolesTests {
    private func verify(_ request: S3Request) throws(S3Error) -> VerifiedRequest {
        try authenticator().verify(request, id: "id", now: exampleTime)
    }

    @Test("an unsigned x-amz-copy-source on a presigned URL is refused")
    func unsignedCopySource() throws {
        let request = try presignedRequest(
            .put, "/b/k", unsigned: [("x-amz-copy-source", "/other/secret")])
        let error = refusal { _ = try verify(request) }
        #expect(error?.code == .accessDenied)
        #expect(error?.fields.first?.value == "x-amz-copy-source")
    }

    @Test("an x-amz-* parameter added to a presigned URL is refused, whatever its spelling")
    func addedParameter() throws {
        let signed = try presignedRequest(.put, "/b/k", query: [("x-amz-acl", "private")])
        let query = signed.head.text(signed.head.rawQuery)
        for extra in ["x-amz-acl=public-read", "%78-amz-acl=public-read", "X-Amz-Acl=public-read", "x-amz-meta-a=b"] {
            for target in ["/b/k?\(query)&\(extra)", "/b/k?\(extra)&\(query)"] {
                #expect(refusal { _ = try verify(makeRequest(.put, target)) }?.code == .signatureDoesNotMatch)
            }
        }
        #expect(try verify(signed).header("x-amz-acl") == "private")
    }

    @Test("under version 2 the value that is read is the value that was signed")
    func versionTwoDoubledParameter() throws {
        // HMAC-SHA1 of "PUT\n\n\n1369353700\nx-amz-acl:private\n/b/k".
        let toSign = Array("PUT\n\n\n1369353700\nx-amz-acl:private\n/b/k".utf8)
        let signature = PercentCoding.encoded(
            Base64.encode(Digest.hmacSHA1(key: TestCredentials.example.secret.bytes, message: toSign)).utf8,
            keepingSlash: false)
        let rest = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1369353700&Signature=\(signature)"
        for spelling in ["x-amz-acl", "%78-amz-acl", "X-AMZ-ACL"] {
            let target = "/b/k?\(spelling)=private&x-amz-acl=public-read&\(rest)"
            #expect(try verify(makeRequest(.put, target)).header("x-amz-acl") == "private")
            let reversed = "/b/k?x-amz-acl=public-read&\(spelling)=private&\(rest)"
            #expect(refusal { _ = try verify(makeRequest(.put, reversed)) }?.code == .signatureDoesNotMatch)
        }
        let plain = "/b/k?x-amz-acl=private&\(rest)"
        #expect(try verify(makeRequest(.put, plain)).headers(prefix: "x-amz-").map(\.value) == ["private"])
        for addition in ["retention", "legal-hold=", "%61ttributes", "publicAccessBlock"] {
            #expect(refusal { _ = try verify(makeRequest(.put, plain + "&" + addition)) }?.code == .accessDenied)
        }
    }

    @Test("a signed header that is split into two keeps its meaning")
    func splitHeader() throws {
        let signed = try signedRequest(.put, "/b/k", headers: [("x-amz-meta-a", "one,two")])
        var headers: [(String, String)] = []
        for field in signed.head.fields {
            let name = signed.head.text(field.name)
            if name == "x-amz-meta-a" {
                headers += [(name, "one"), (name, "two")]
            } else {
                headers.append((name, signed.head.text(field.value)))
            }
        }
        let split = try verify(makeRequest(.put, "/b/k", headers))
        #expect(split.header("x-amz-meta-a") == "one,two")
        #expect(split.metadataHeaders.map(\.value) == ["one,two"])
    }

    @Test("leaving a part of a signature out does not make a request anonymous")
    func partialSignature() throws {
        for query in [
            "X-Amz-Signature=x", "X-Amz-Credential=x", "x-amz-algorithm=x", "Signature=x", "AWSAccessKeyId=x",
        ] {
            #expect(refusal { _ = try verify(makeRequest(.get, "/b/k?" + query)) } != nil)
        }
    }

    @Test("dots in a key are part of the key")
    func dots() throws {
        let verified = try verify(signedRequest(.get, "/b/a/../../other/x"))
        #expect(verified.resource == .object(bucket: "b", key: try ObjectKey("a/../../other/x")))
    }
}
