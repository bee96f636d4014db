// Why this file exists: the address of a request is understood once and never made nicer than it is.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite("S3Request")
struct S3RequestTests {
    @Test(
        "path style: the key is what stands after the bucket, to the byte",
        arguments: [
            ("/", nil, nil), ("/bucket", "bucket", nil), ("/bucket/", "bucket", nil), ("/bucket//", "bucket", "/"),
            ("/bucket/a", "bucket", "a"), ("/bucket/a/", "bucket", "a/"), ("/bucket//a//b", "bucket", "/a//b"),
            ("/bucket/../x", "bucket", "../x"), ("/bucket/./.", "bucket", "./."),
            ("/bucket/%2e%2e/x", "bucket", "../x"),
            ("/bucket/a%2Fb", "bucket", "a/b"), ("/bucket/%2F", "bucket", "/"), ("/bucket/%2f%2F", "bucket", "//"),
            ("/bucket/a+b%2B", "bucket", "a+b+"), ("/bucket/%25", "bucket", "%"), ("/bucket/%2525", "bucket", "%25"),
            ("/bucket/%00%0A", "bucket", "\u{0}\n"), ("/bucket/%E6%97%A5", "bucket", "\u{65E5}"),
            ("/bucket/\u{65E5}", "bucket", "\u{65E5}"), ("/bucket/a\\b", "bucket", "a\\b"),
            ("/b%75cket/x", "bucket", "x"),
        ] as [(String, String?, String?)])
    func pathStyle(_ target: String, _ bucket: String?, _ key: String?) throws {
        let request = try makeRequest(.get, target)
        #expect(request.resource.bucket == bucket)
        #expect(request.resource.key?.bytes == key.map { Array($0.utf8) })
        #expect(!request.isVirtualHost)
    }

    @Test(
        "virtual-host style: the bucket comes from Host",
        arguments: [
            ("bucket.s3.example.test", "/", "bucket", nil), ("bucket.s3.example.test:9000", "/a/b", "bucket", "a/b"),
            ("My.Bucket.S3.Example.Test", "//x", "my.bucket", "/x"), ("s3.example.test", "/bucket/k", "bucket", "k"),
            ("other.test", "/bucket/k", "bucket", "k"), ("[::1]:9000", "/bucket/k", "bucket", "k"),
            ("127.0.0.1", "/bucket/k", "bucket", "k"), ("sexample.test", "/bucket/k", "bucket", "k"),
        ] as [(String, String, String, String?)])
    func virtualHost(_ host: String, _ target: String, _ bucket: String, _ key: String?) throws {
        let request = try makeRequest(
            .get, target, [("host", host)], domains: ["example.test", "s3.example.test"])
        #expect(request.resource.bucket == bucket)
        #expect(request.resource.key?.description == key)
    }

    @Test(
        "what is not well-formed is InvalidURI",
        arguments: [
            "/bucket/%", "/bucket/%4", "/bucket/%zz", "/bucket/%ff", "/bucket/%c0%af", "/bucket/%ED%A0%80",
            "/%ff/key", "/bucket?a=%", "/bucket?%f=1", "/bucket?a=%ff", "/bucket?%ff",
        ])
    func invalidURI(_ target: String) {
        #expect(refusal { _ = try makeRequest(.get, target) }?.code == .invalidURI)
    }

    @Test("names that cannot be buckets are refused", arguments: ["//key", "/a%2Fb/key", "/a%20b", "/b%C3%A4/x"])
    func implausibleBucket(_ target: String) {
        #expect(refusal { _ = try makeRequest(.get, target) }?.code == .invalidBucketName)
    }

    @Test("1,024 bytes of key fit, one more does not")
    func keyLength() throws {
        let key = String(repeating: "%C3%A4", count: 512)
        #expect(try makeRequest(.get, "/bucket/" + key).resource.key?.bytes.count == 1024)
        let error = refusal { _ = try makeRequest(.get, "/bucket/a" + key) }
        #expect(error?.code == .keyTooLong)
        #expect(error?.fields.map(\.value) == ["1025", "1024"])
    }

    @Test("parameters are decoded, in order, with and without values")
    func query() throws {
        let query = try makeRequest(.get, "/b?uploads&a=1%202&b=x+y&%61cl=&a=second&&e=f=g&=v").query
        #expect(query.first("uploads") == "")
        #expect(query.first("a") == "1 2")
        #expect(query.first("b") == "x y")
        #expect(query.first("acl") == "")
        #expect(query.first("e") == "f=g")
        #expect(query.first("") == "v")
        #expect(query.first("missing") == nil)
        #expect(query.contains("uploads") && !query.contains("UPLOADS"))
        #expect(query.decoded.map(\.name) == ["uploads", "a", "b", "acl", "a", "e", ""])
        #expect(query.decoded[0].value == nil)
    }

    @Test("too many parameters are refused")
    func queryLimit() throws {
        let many = String(repeating: "a&", count: QueryItems.maximumCount)
        #expect(try makeRequest(.get, "/b?" + many).query.decoded.count == QueryItems.maximumCount)
        #expect(refusal { _ = try makeRequest(.get, "/b?" + many + "b") }?.code == .invalidRequest)
    }

    @Test("decoding undoes encoding for all bytes")
    func percentCoding() {
        let all = (0...255).map { UInt8($0) }
        var encoded: [UInt8] = []
        PercentCoding.encode(all, keepingSlash: false, into: &encoded)
        #expect(PercentCoding.decode(encoded[...]) == all)
        #expect(PercentCoding.encoded("a/b c~%+".utf8, keepingSlash: true) == "a/b%20c~%25%2B")
        #expect(PercentCoding.encoded("a/b".utf8, keepingSlash: false) == "a%2Fb")
    }
}

@Suite("BucketName")
struct BucketNameTests {
    @Test(
        "names that S3 allows",
        arguments: ["abc", "my-bucket", "a.b.c", "1bucket1", "a--b", "1.2.3.4.5", String(repeating: "a", count: 63)])
    func valid(_ name: String) { #expect(BucketName.isValid(name)) }

    @Test(
        "names that S3 does not allow",
        arguments: [
            "", "ab", String(repeating: "a", count: 64), "Abc", "a_b", "-abc", "abc-", ".abc", "abc.", "a..b", "a.-b",
            "a-.b", "192.168.5.4", "xn--abc", "sthree-abc", "amzn-s3-demo-x", "abc-s3alias", "abc--ol-s3", "abc.mrap",
            "abc--x-s3", "abc--table-s3", "b\u{E4}r", "a b", "a/b",
        ])
    func invalid(_ name: String) { #expect(!BucketName.isValid(name)) }
}

@Suite("WireDate")
struct WireDateTests {
    @Test("ISO dates of both kinds")
    func isoForms() {
        #expect(WireDate.parseBasic("20130524T000000Z".utf8) == 1_369_353_600)
        #expect(WireDate.basic(1_369_353_600) == "20130524T000000Z")
        #expect(WireDate.parseExtended("2015-12-29T00:00:00.000Z".utf8) == 1_451_347_200)
        #expect(WireDate.extended(1_451_347_200) == "2015-12-29T00:00:00Z")
    }

    @Test(
        "what is no date is nil",
        arguments: [
            "", "x", "20130524T000000", "20131324T000000Z", "20130230T000000Z", "20130524T240000Z", "2013-05-24",
            "2015-12-29T00:00:00.Z", "2015-12-29 00:00:00Z", "2015-12-29T00:00:00+00:00", "99999999999999999999",
        ])
    func invalid(_ text: String) {
        #expect(WireDate.parseBasic(text.utf8) == nil)
        #expect(WireDate.parseExtended(text.utf8) == nil)
    }

    @Test("writing and reading agree over four centuries and at the ends")
    func roundTrip() {
        var random = SeededGenerator(seed: 7)
        let ends: [Int64] = [-62_167_219_200, 253_402_300_799, 0, -1, 951_782_399, 951_782_400]
        for seconds in ends + (0..<2000).map({ _ in Int64.random(in: -8_000_000_000...8_000_000_000, using: &random) })
        {
            #expect(WireDate.parseBasic(WireDate.basic(seconds).utf8) == seconds)
            #expect(WireDate.parseExtended(WireDate.extended(seconds).utf8) == seconds)
            #expect(HTTPDate.parse(HTTPDate.text(Timestamp(milliseconds: seconds * 1000)))?.seconds == seconds)
        }
        #expect(WireDate.basic(.max) == "99991231T235959Z")
    }
}
