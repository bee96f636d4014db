// Why this file exists: the three listings: order, delimiters, pages, encodings and their traps.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct ListingTests {
    private static func withKeys(_ keys: [String], _ work: (GatewayHarness) async throws -> Void) async throws {
        try await GatewayHarness.run { gateway in
            for key in keys {
                _ = await gateway.exchange(
                    Sent(method: .put, path: "/bucket/\(key)", body: Array(key.utf8), key: gateway.alice))
            }
            try await work(gateway)
        }
    }

    private static func prefixes(_ answer: Received) -> [String] {
        answer.text.components(of: "CommonPrefixes").compactMap { $0.xml("Prefix") }
    }

    @Test("a page of version 2 reads like this")
    func goldenV2() async throws {
        try await Self.withKeys(["dir/a", "x&y"]) { gateway in
            let answer = await gateway.send(
                .get, "/bucket?list-type=2&delimiter=%2F&prefix=&fetch-owner=true&start-after=a")
            let modified = try #require(answer.xml("LastModified"))
            let checksum = "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
            #expect(
                answer.text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
                    + "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bucket</Name><Prefix></Prefix>"
                    + "<StartAfter>a</StartAfter><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>"
                    + "<Delimiter>/</Delimiter><IsTruncated>false</IsTruncated><Contents><Key>x&amp;y</Key>"
                    + "<LastModified>\(modified)</LastModified>"
                    + "<ETag>&quot;\(Hex.encode(Digest.md5(Array("x&y".utf8))))&quot;</ETag>\(checksum)<Size>3</Size>"
                    + "<StorageClass>STANDARD</StorageClass><Owner><ID>\(gateway.alice.account)</ID>"
                    + "<DisplayName>alice</DisplayName></Owner></Contents>"
                    + "<CommonPrefixes><Prefix>dir/</Prefix></CommonPrefixes></ListBucketResult>")
            #expect(answer["content-type"] == "application/xml")
        }
    }

    @Test("keys are in the order of bytes")
    func order() async throws {
        let keys = ["a b", "a!", "a+b", "a-b", "a/b", "a0", "aß", "a😀", "A", "a"]
        try await Self.withKeys(keys.reversed()) { gateway in
            let expected = keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(await gateway.send(.get, "/bucket").all("Key") == expected)
            #expect(await gateway.send(.get, "/bucket?list-type=2").all("Key") == expected)
        }
    }

    @Test("pages of every size give the same entries, with both forms of listing", arguments: [1, 2, 3, 5, 1000])
    func pages(_ size: Int) async throws {
        let keys = ["a", "b/1", "b/2", "b/3/x", "c", "d/", "d/1", "e"]
        try await Self.withKeys(keys) { gateway in
            for delimiter in ["", "%2F"] {
                let whole = await gateway.send(.get, "/bucket?list-type=2&delimiter=\(delimiter)")
                let expected = (whole.all("Key") + Self.prefixes(whole)).sorted()
                #expect(expected == (delimiter.isEmpty ? keys : ["a", "b/", "c", "d/", "e"]))
                var entries: [String] = []
                var token: String?
                var pages = 0
                repeat {
                    let next = token.map {
                        "&continuation-token=" + PercentCoding.encoded($0.utf8, keepingSlash: false)
                    }
                    let page = await gateway.send(
                        .get, "/bucket?list-type=2&max-keys=\(size)&delimiter=\(delimiter)\(next ?? "")")
                    let here = page.all("Key") + Self.prefixes(page)
                    #expect(page.xml("KeyCount") == String(here.count))
                    #expect(here.count <= size)
                    entries += here
                    token = page.xml("NextContinuationToken")
                    #expect(page.xml("IsTruncated") == (token == nil ? "false" : "true"))
                    pages += 1
                } while token != nil && pages < 20
                #expect(entries.sorted() == expected)
                entries = []
                var marker = ""
                var isTruncated = false
                pages = 0
                repeat {
                    let page = await gateway.send(
                        .get,
                        "/bucket?max-keys=\(size)&delimiter=\(delimiter)&marker="
                            + PercentCoding.encoded(marker.utf8, keepingSlash: false)
                    )
                    entries += page.all("Key") + Self.prefixes(page)
                    isTruncated = page.xml("IsTruncated") == "true"
                    // NextMarker comes with a delimiter only; without, the last key is the marker.
                    #expect((page.xml("NextMarker") != nil) == (isTruncated && !delimiter.isEmpty))
                    marker = page.xml("NextMarker") ?? page.all("Key").last ?? ""
                    pages += 1
                } while isTruncated && pages < 20
                #expect(entries.sorted() == expected)
            }
        }
    }

    @Test("max-keys=0 is a page of nothing, and more than 1,000 is 1,000")
    func pageSizes() async throws {
        try await Self.withKeys(["a"]) { gateway in
            let none = await gateway.send(.get, "/bucket?list-type=2&max-keys=0")
            #expect(none.status == 200)
            #expect(none.xml("KeyCount") == "0")
            #expect(none.xml("MaxKeys") == "0")
            #expect(none.xml("IsTruncated") == "false")
            #expect(await gateway.send(.get, "/bucket?max-keys=5000").xml("MaxKeys") == "1000")
            for bad in ["-1", "x", "99999999999"] {
                #expect(await gateway.send(.get, "/bucket?max-keys=\(bad)").code == "InvalidArgument")
            }
            #expect(await gateway.send(.get, "/bucket?max-keys=").xml("MaxKeys") == "1000")
        }
    }

    @Test("an empty delimiter is none, and any text can be one")
    func delimiters() async throws {
        try await Self.withKeys(["b/ar", "b/az", "c/ab", "foo"]) { gateway in
            let empty = await gateway.send(.get, "/bucket?list-type=2&delimiter=")
            #expect(empty.all("Key").count == 4)
            #expect(empty.xml("Delimiter") == nil)
            let letter = await gateway.send(.get, "/bucket?delimiter=a")
            #expect(letter.all("Key") == ["foo"])
            #expect(Self.prefixes(letter) == ["b/a", "c/a"])
            let longer = await gateway.send(.get, "/bucket?delimiter=%2Fa&prefix=b")
            #expect(Self.prefixes(longer) == ["b/a"])
            let inside = await gateway.send(.get, "/bucket?delimiter=%2F&prefix=b%2F")
            #expect(inside.all("Key") == ["b/ar", "b/az"])
            #expect(Self.prefixes(inside) == [])
        }
    }

    @Test("encoding-type=url encodes keys, prefixes, delimiter and markers")
    func encoding() async throws {
        try await Self.withKeys(["asdf+b", "foo+1/bar", "foo/bar/xyzzy", "quux ab/thud"]) { gateway in
            let answer = await gateway.send(.get, "/bucket?delimiter=%2F&encoding-type=url")
            #expect(answer.all("Key") == ["asdf%2Bb"])
            #expect(Self.prefixes(answer) == ["foo%2B1/", "foo/", "quux%20ab/"])
            #expect(answer.xml("EncodingType") == "url")
            let second = await gateway.send(
                .get, "/bucket?list-type=2&prefix=quux%20&start-after=a%20b&delimiter=%20&encoding-type=url")
            #expect(second.xml("StartAfter") == "a%20b")
            #expect(second.xml("Delimiter") == "%20")
            #expect(second.xml("Prefix") == "quux%20")
            let first = await gateway.send(.get, "/bucket?max-keys=2&delimiter=%2F&encoding-type=url&marker=a%20")
            #expect(first.xml("Marker") == "a%20")
            #expect(first.xml("NextMarker") == "foo%2B1/")
            #expect(await gateway.send(.get, "/bucket?encoding-type=xml").code == "InvalidArgument")
        }
    }

    @Test("a prefix vanishes with its last key")
    func vanishing() async throws {
        try await Self.withKeys(["dir/x"]) { gateway in
            _ = await gateway.send(.delete, "/bucket/dir/x")
            let answer = await gateway.send(.get, "/bucket?delimiter=%2F")
            #expect(Self.prefixes(answer) == [])
            #expect(await gateway.send(.delete, "/bucket").status == 204)
        }
    }

    @Test("start-after skips, a foreign token is refused, and owners come only when asked for")
    func tokens() async throws {
        try await Self.withKeys(["a", "b", "c"]) { gateway in
            #expect(await gateway.send(.get, "/bucket?list-type=2&start-after=a").all("Key") == ["b", "c"])
            #expect(await gateway.send(.get, "/bucket?list-type=2&start-after=zzz").all("Key") == [])
            #expect(await gateway.send(.get, "/bucket?list-type=2&continuation-token=b").code == "InvalidArgument")
            let empty = await gateway.send(.get, "/bucket?list-type=2&continuation-token=")
            #expect(empty.all("Key") == ["a", "b", "c"])
            #expect(empty.xml("ContinuationToken") == "")
            #expect(await gateway.send(.get, "/bucket?list-type=2").xml("Owner") == nil)
            #expect(await gateway.send(.get, "/bucket").all("DisplayName").count == 3)
            let optional = await gateway.send(
                .get, "/bucket?list-type=2", ["x-amz-optional-object-attributes": "RestoreStatus"])
            #expect(optional.status == 200)
        }
    }

    @Test("versions and markers are one sequence, newest first, by pages", arguments: [1, 2, 1000])
    func versions(_ size: Int) async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/null", text: "0")
            _ = await gateway.send(
                .put, "/bucket?versioning",
                text: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
            var expected: [String] = []
            for text in ["1", "2", "3"] {
                expected.insert(
                    try #require(await gateway.send(.put, "/bucket/k", text: text)["x-amz-version-id"]), at: 0)
            }
            expected.insert(try #require(await gateway.send(.delete, "/bucket/k")["x-amz-version-id"]), at: 0)
            expected.append("null")
            var found: [String] = []
            var query = ""
            var pages = 0
            var latest = 0
            var markers = 0
            repeat {
                let page = await gateway.send(.get, "/bucket?versions&max-keys=\(size)\(query)")
                #expect(page.status == 200)
                found += page.all("VersionId")
                latest += page.all("IsLatest").filter { $0 == "true" }.count
                markers += page.all("DeleteMarker").count
                guard page.xml("IsTruncated") == "true" else { break }
                let key = try #require(page.xml("NextKeyMarker"))
                query = "&key-marker=\(key)&version-id-marker=\(page.xml("NextVersionIdMarker") ?? "")"
                pages += 1
            } while pages < 20
            #expect(found == expected)
            #expect(latest == 2)
            #expect(markers == 1)
            #expect(await gateway.send(.get, "/bucket?versions&version-id-marker=null").code == "InvalidArgument")
            #expect(await gateway.send(.get, "/bucket?versions&key-marker=k").all("VersionId") == ["null"])
            #expect(
                await gateway.send(.get, "/bucket?versions&key-marker=k&version-id-marker=x").code == "InvalidArgument")
        }
    }
}
