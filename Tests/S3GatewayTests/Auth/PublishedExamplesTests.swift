// Why this file exists: AWS publishes requests with their signatures; whoever verifies them verifies AWS's rule.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
import ObjectCore
import S3Gateway
import Testing

@Suite("Published examples")
struct PublishedExamplesTests {
    static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private func authorization(_ headers: String, _ signature: String) -> (String, String) {
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=\(headers),Signature=\(signature)"
        )
    }

    private func verify(_ request: S3Request, now: Int64 = exampleTime) throws(S3Error) -> VerifiedRequest {
        try authenticator().verify(request, id: "1", now: now)
    }

    @Test("GET object with a range")
    func getObject() throws {
        let request = try makeRequest(
            .get, "/test.txt",
            [
                ("Host", "examplebucket.s3.amazonaws.com"), ("Range", "bytes=0-9"),
                ("x-amz-content-sha256", Self.empty), ("x-amz-date", "20130524T000000Z"),
                authorization(
                    "host;range;x-amz-content-sha256;x-amz-date",
                    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            ], domains: ["s3.amazonaws.com"])
        let verified = try verify(request)
        #expect(verified.principal.accountID == "owner-id")
        #expect(verified.resource.bucket == "examplebucket")
        #expect(verified.header("range") == "bytes=0-9")
    }

    @Test("PUT object, dated by Date")
    func putObject() throws {
        let request = try makeRequest(
            .put, "/test%24file.text",
            [
                ("Host", "examplebucket.s3.amazonaws.com"), ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-date", "20130524T000000Z"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
                authorization(
                    "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
            ], domains: ["s3.amazonaws.com"])
        #expect(try verify(request).header("x-amz-storage-class") == "REDUCED_REDUNDANCY")
    }

    @Test(
        "GET bucket lifecycle and GET bucket list",
        arguments: [
            ("/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            ("/?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ])
    func getBucket(_ target: String, _ signature: String) throws {
        let request = try makeRequest(
            .get, target,
            [
                ("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"),
                ("x-amz-content-sha256", Self.empty),
                authorization("host;x-amz-content-sha256;x-amz-date", signature),
            ])
        #expect(try verify(request).authenticationKind == .headerV4)
    }

    private let presigned =
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"

    @Test("a presigned URL, until it has expired")
    func presignedURL() throws {
        let request = try makeRequest(.get, presigned, [("Host", "examplebucket.s3.amazonaws.com")])
        #expect(try verify(request).authenticationKind == .queryV4)
        #expect(try verify(request, now: exampleTime + 86_400).signedAt == exampleTime)
        let error = refusal { _ = try verify(request, now: exampleTime + 86_401) }
        #expect(error?.code == .accessDenied)
        #expect(error?.message == "Request has expired")
        #expect(error?.fields.map(\.name) == ["X-Amz-Expires", "Expires", "ServerTime"])
        #expect(error?.fields[1].value == "2013-05-25T00:00:00Z")
    }

    @Test("an upload in signed chunks, whatever the borders of reads", arguments: 1...40)
    func chunkedUpload(_ seed: UInt64) async throws {
        let request = try makeRequest(
            .put, "/examplebucket/chunkObject.txt",
            [
                ("Host", "s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                (
                    "Authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                        + "SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                        + "x-amz-decoded-content-length;x-amz-storage-class,"
                        + "Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
                ),
                ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), ("Content-Encoding", "aws-chunked"),
                ("x-amz-decoded-content-length", "66560"), ("Content-Length", "66824"),
            ])
        let framed =
            "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n"
            + String(repeating: "a", count: 65536)
            + "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n"
            + String(repeating: "a", count: 1024)
            + "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
        #expect(framed.utf8.count == 66824)
        var random = SeededGenerator(seed: seed)
        let body = try verify(request).body(over: split(Array(framed.utf8), &random))
        let payload = try await body.collect(limit: 1 << 20)
        #expect(payload == Array(repeating: UInt8(ascii: "a"), count: 66560))
    }

    @Test("an upload with a signed trailer")
    func trailerUpload() async throws {
        let request = try makeRequest(
            .put, "/examplebucket/chunkObject.txt",
            [
                ("Host", "s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                (
                    "Authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                        + "SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;"
                        + "x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer,"
                        + "Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
                ),
                ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
                ("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", "66560"),
                ("x-amz-trailer", "x-amz-checksum-crc32c"),
            ])
        let framed =
            "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n"
            + String(repeating: "a", count: 65536)
            + "\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n"
            + String(repeating: "a", count: 1024)
            + "\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
            + "x-amz-checksum-crc32c:sOO8/Q==\r\n"
            + "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
        let body = try verify(request).body(over: PiecedBody(Array(framed.utf8)))
        #expect(body.requiredDigests == [.crc32c])
        _ = try await body.collect(limit: 1 << 20)
        #expect(body.trailer("x-amz-checksum-crc32c") == "sOO8/Q==")
    }

    @Test("version 2 in the header")
    func versionTwo() throws {
        let request = try makeRequest(
            .get, "/photos/puppy.jpg",
            [
                ("Host", "awsexamplebucket1.us-west-1.s3.amazonaws.com"), ("Date", "Tue, 27 Mar 2007 19:36:42 +0000"),
                ("Authorization", "AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g="),
            ], domains: ["us-west-1.s3.amazonaws.com"])
        #expect(try verify(request, now: 1_175_024_202).authenticationKind == .headerV2)
    }
}

/// A body in random pieces.
func split(_ bytes: [UInt8], _ random: inout SeededGenerator) -> PiecedBody {
    var pieces: [[UInt8]] = []
    var position = 0
    while position < bytes.count {
        let most = Bool.random(using: &random) ? 7 : 20_000
        let count = min(Int.random(in: 1...most, using: &random), bytes.count - position)
        pieces.append(Array(bytes[position..<(position + count)]))
        position += count
    }
    return PiecedBody(pieces, announcedLength: Int64(bytes.count))
}
