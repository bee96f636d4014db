// Why this file exists: encryption on the wire: what is asked for is done and told, in every operation that makes or
// reads bytes, and what is wrong is refused with AWS's codes.
import Foundation
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct EncryptionTests {
    static let sse = "x-amz-server-side-encryption"

    /// A harness with a master key and the named keys `k1` and `k2`.
    private static func run(
        takesCustomerKeys: Bool = true, _ work: (GatewayHarness) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "cairn-keyring-" + UUID().uuidString
        defer {
            for end in ["", ".lock"] { try? FileManager.default.removeItem(atPath: path + end) }
        }
        var configuration = S3Service.Configuration()
        configuration.keyring = try Keyring(
            masterKeys: [try #require(SymmetricKey([UInt8](repeating: 1, count: 32)))], path: path)
        for name in ["k1", "k2"] { _ = try configuration.keyring.addVersion(of: name, isNew: true) }
        configuration.takesCustomerKeysOverHTTP = takesCustomerKeys
        let harness = try await GatewayHarness(configuration: configuration)
        do {
            _ = await harness.send(.put, "/bucket")
            try await work(harness)
        } catch {
            await harness.close()
            throw error
        }
        await harness.close()
    }

    /// The headers of a customer's key of 32 times `byte`.
    private static func customer(_ byte: UInt8, prefix: String = "x-amz-") -> [(name: String, value: String)] {
        let key = [UInt8](repeating: byte, count: 32)
        let start = prefix + "server-side-encryption-customer-"
        return [
            (start + "algorithm", "AES256"), (start + "key", Base64.encode(key)),
            (start + "key-md5", Base64.encode(Digest.md5(key))),
        ]
    }

    private static func send(
        _ gateway: GatewayHarness, _ method: HTTPMethod, _ path: String, _ headers: [(name: String, value: String)],
        query: [(name: String, value: String?)] = [], _ body: [UInt8]? = nil
    ) async -> Received {
        await gateway.exchange(
            Sent(method: method, path: path, query: query, headers: headers, body: body, key: gateway.alice))
    }

    private static func bytes(_ count: Int) -> [UInt8] {
        var state: UInt64 = 88_172_645_463_325_252
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }

    /// How an object can be written: request headers, headers to read it with, what answers tell.
    struct Mode: Sendable, CustomTestStringConvertible {
        var name: String
        var write: [(name: String, value: String)] = []
        var read: [(name: String, value: String)] = []
        var copySource: [(name: String, value: String)] = []
        var told: [(name: String, value: String)] = []
        var testDescription: String { name }
    }

    static let modes = [
        Mode(name: "plain"),
        Mode(name: "SSE-S3", write: [(sse, "AES256")], told: [(sse, "AES256")]),
        Mode(
            name: "SSE-KMS", write: [(sse, "aws:kms"), (sse + "-aws-kms-key-id", "k1")],
            told: [(sse, "aws:kms"), (sse + "-aws-kms-key-id", "k1")]),
        Mode(
            name: "SSE-C", write: customer(7), read: customer(7), copySource: customer(7, prefix: "x-amz-copy-source-"),
            told: [(sse + "-customer-algorithm", "AES256"), (customer(7)[2].name, customer(7)[2].value)]),
    ]

    private static func expect(_ answer: Received, tells mode: Mode, _ what: String) {
        for (name, value) in mode.told {
            #expect(answer[name] == value, "\(what): \(name)")
        }
        if mode.name == "plain" {
            #expect(!answer.headers.contains { $0.name.hasPrefix(sse) }, "\(what)")
        }
    }

    @Test("objects come back as they were, whole and in ranges, and say how they are encrypted", arguments: modes)
    func roundTrip(_ mode: Mode) async throws {
        try await Self.run { gateway in
            for size in [0, 5, 3_000_000] {
                let content = Self.bytes(size)
                let put = await Self.send(gateway, .put, "/bucket/k", mode.write, content)
                #expect(put.status == 200, "\(put.text)")
                Self.expect(put, tells: mode, "PUT")
                let isDigest = put["etag"] == "\"\(Hex.encode(Digest.md5(content)))\""
                #expect(isDigest == ["plain", "SSE-S3"].contains(mode.name))
                let got = await Self.send(gateway, .get, "/bucket/k", mode.read)
                #expect(got.status == 200, "\(got.text)")
                #expect(got.body == content)
                #expect(got["etag"] == put["etag"])
                Self.expect(got, tells: mode, "GET")
                let head = await Self.send(gateway, .head, "/bucket/k", mode.read)
                #expect(head.announcedLength == Int64(size))
                Self.expect(head, tells: mode, "HEAD")
                guard size > 0 else { continue }
                for (from, end) in [(0, 0), (1, 3), (size / 2, size - 1)] where end < size {
                    let range = await Self.send(
                        gateway, .get, "/bucket/k", mode.read + [("range", "bytes=\(from)-\(end)")])
                    #expect(range.status == 206)
                    #expect(range.body == Array(content[from...end]))
                    #expect(range["content-range"] == "bytes \(from)-\(end)/\(size)")
                }
            }
        }
    }

    @Test("copies between all ways of encryption keep the content", arguments: modes, modes)
    func copies(_ from: Mode, _ to: Mode) async throws {
        try await Self.run { gateway in
            let content = Self.bytes(400_000)
            let put = await Self.send(gateway, .put, "/bucket/from", from.write, content)
            let copy = await Self.send(
                gateway, .put, "/bucket/to",
                to.write + from.copySource + [("x-amz-copy-source", "bucket/from")], [])
            #expect(copy.status == 200, "\(copy.text)")
            Self.expect(copy, tells: to, "COPY")
            let got = await Self.send(gateway, .get, "/bucket/to", to.read)
            #expect(got.body == content)
            #expect(got["etag"]?.replacing("\"", with: "&quot;") == copy.xml("ETag"))
            #expect(await gateway.store.isClean())
            if from.name == to.name { #expect(got["etag"] == put["etag"]) }
            // The source as a part of an upload.
            let begun = await Self.send(
                gateway, .post, "/bucket/parts", to.write, query: [("uploads", nil)], [])
            Self.expect(begun, tells: to, "Create")
            let id = try #require(begun.xml("UploadId"))
            let part = await Self.send(
                gateway, .put, "/bucket/parts",
                to.read + from.copySource
                    + [("x-amz-copy-source", "bucket/from"), ("x-amz-copy-source-range", "bytes=100-300099")],
                query: [("partNumber", "1"), ("uploadId", id)], [])
            #expect(part.status == 200, "\(part.text)")
            Self.expect(part, tells: to, "UploadPartCopy")
            let etag = try #require(part.xml("ETag"))
            let document =
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\(etag)</ETag></Part>"
                + "</CompleteMultipartUpload>"
            let done = await Self.send(
                gateway, .post, "/bucket/parts", to.read, query: [("uploadId", id)], Array(document.utf8))
            #expect(done.status == 200, "\(done.text)")
            Self.expect(done, tells: to, "Complete")
            #expect(await Self.send(gateway, .get, "/bucket/parts", to.read).body == Array(content[100...300_099]))
        }
    }

    @Test("a customer's object is told and given to nobody without the key")
    func customerKeyIsNeeded() async throws {
        try await Self.run { gateway in
            _ = await Self.send(gateway, .put, "/bucket/k", Self.customer(7), Array("hello".utf8))
            _ = await gateway.send(.put, "/bucket/plain", text: "hello")
            for method in [HTTPMethod.get, .head] {
                #expect(await gateway.send(method, "/bucket/k").status == 400)
                #expect(await Self.send(gateway, method, "/bucket/k", Self.customer(8)).status == 403)
                #expect(await Self.send(gateway, method, "/bucket/plain", Self.customer(7)).status == 400)
            }
            #expect(await gateway.send(.get, "/bucket/k").code == "InvalidRequest")
            #expect(await Self.send(gateway, .get, "/bucket/k", Self.customer(8)).code == "AccessDenied")
            let attributes = [(name: "x-amz-object-attributes", value: "ETag,ObjectSize")]
            let query: [(name: String, value: String?)] = [("attributes", nil)]
            #expect(await Self.send(gateway, .get, "/bucket/k", attributes, query: query).status == 400)
            let told = await Self.send(gateway, .get, "/bucket/k", attributes + Self.customer(7), query: query)
            #expect(told.xml("ObjectSize") == "5")
            // Copies need it too, and not as the key of the target.
            let copy = [(name: "x-amz-copy-source", value: "bucket/k")]
            #expect(await Self.send(gateway, .put, "/bucket/c", copy, []).code == "InvalidRequest")
            #expect(await Self.send(gateway, .put, "/bucket/c", copy + Self.customer(7), []).code == "InvalidRequest")
            let wrong = Self.customer(8, prefix: "x-amz-copy-source-")
            #expect(await Self.send(gateway, .put, "/bucket/c", copy + wrong, []).code == "AccessDenied")
            #expect(await gateway.send(.head, "/bucket/c").status == 404)
        }
    }

    @Test(
        "headers that contradict each other or are incomplete are refused",
        arguments: [
            ([(sse, "AES256")] + customer(7), "InvalidArgument"),
            ([(sse, "aws:kms"), (sse + "-aws-kms-key-id", "k1")] + customer(7), "InvalidArgument"),
            ([(sse, "AES256"), (sse + "-aws-kms-key-id", "k1")], "InvalidArgument"),
            ([(sse + "-aws-kms-key-id", "k1")], "InvalidArgument"),
            ([(sse, "rot13")], "InvalidArgument"), ([(sse, "aws:kms:dsse")], "NotImplemented"),
            ([(sse, "aws:kms"), (sse + "-aws-kms-key-id", "nobody")], "KMS.NotFoundException"),
            ([(sse, "aws:kms"), (sse + "-aws-kms-key-id", "k1"), (sse + "-context", "e30x")], "InvalidArgument"),
            ([customer(7)[0]], "InvalidArgument"), ([customer(7)[1]], "InvalidArgument"),
            ([customer(7)[0], customer(7)[1]], "InvalidArgument"),
            ([customer(7)[0], customer(7)[1], (customer(7)[2].name, customer(8)[2].value)], "InvalidArgument"),
            ([(customer(7)[0].name, "AES128"), customer(7)[1], customer(7)[2]], "InvalidEncryptionAlgorithmError"),
            ([customer(7)[0], (customer(7)[1].name, "c2hvcnQ="), customer(7)[2]], "InvalidArgument"),
        ] as [([(name: String, value: String)], String)])
    func refused(_ headers: [(name: String, value: String)], _ code: String) async throws {
        try await Self.run { gateway in
            let put = await Self.send(gateway, .put, "/bucket/k", headers, Array("hello".utf8))
            #expect(put.code == code, "\(put.text)")
            #expect(!put.text.contains(Self.customer(7)[1].value), "a key is never told back")
            let begun = await Self.send(gateway, .post, "/bucket/k", headers, query: [("uploads", nil)], [])
            #expect(begun.code == code, "\(begun.text)")
            #expect(await gateway.send(.head, "/bucket/k").status == 404)
        }
    }

    @Test("reads take no header that asks for encryption")
    func readsDoNotAsk() async throws {
        try await Self.run { gateway in
            _ = await Self.send(gateway, .put, "/bucket/k", [(Self.sse, "AES256")], Array("hello".utf8))
            #expect(await gateway.send(.get, "/bucket/k", [Self.sse: "AES256"]).code == "InvalidArgument")
        }
    }

    @Test("a customer's key over plain http is refused wherever it is, unless that is switched on")
    func insecure() async throws {
        try await Self.run(takesCustomerKeys: false) { gateway in
            let answer = await Self.send(gateway, .put, "/bucket/k", Self.customer(7), Array("hello".utf8))
            #expect(answer.code == "InvalidRequest")
            #expect(answer.text.contains("secure connection"))
            #expect(await Self.send(gateway, .get, "/bucket/k", [Self.customer(7)[1]]).code == "InvalidRequest")
            let source = Self.customer(7, prefix: "x-amz-copy-source-")
            let copy = await Self.send(
                gateway, .put, "/bucket/k", source + [("x-amz-copy-source", "bucket/k")], [])
            #expect(copy.text.contains("secure connection"))
        }
    }

    @Test("without a master key SSE-S3 and SSE-KMS are refused in words and SSE-C works")
    func noMasterKey() async throws {
        var configuration = S3Service.Configuration()
        configuration.takesCustomerKeysOverHTTP = true
        let gateway = try await GatewayHarness(configuration: configuration)
        _ = await gateway.send(.put, "/bucket")
        for headers in Self.modes[1...2].map(\.write) {
            let put = await Self.send(gateway, .put, "/bucket/k", headers, Array("hello".utf8))
            #expect(put.status == 501)
            #expect(put.text.contains("master key"))
        }
        let rule = await Self.send(
            gateway, .put, "/bucket", [], query: [("encryption", nil)], Array(Self.rule("AES256").utf8))
        #expect(rule.status == 501)
        #expect(await gateway.send(.head, "/bucket/k").status == 404)
        #expect(await Self.send(gateway, .put, "/bucket/k", Self.customer(7), Array("hello".utf8)).status == 200)
        #expect(await Self.send(gateway, .get, "/bucket/k", Self.customer(7)).text == "hello")
        await gateway.close()
    }

    private static func rule(_ algorithm: String, key: String? = nil, blocked: String? = nil) -> String {
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>\(algorithm)"
            + "</SSEAlgorithm>" + (key.map { "<KMSMasterKeyID>\($0)</KMSMasterKeyID>" } ?? "")
            + "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled>"
            + (blocked.map { "<BlockedEncryptionTypes><EncryptionType>\($0)</EncryptionType></BlockedEncryptionTypes>" }
                ?? "") + "</Rule></ServerSideEncryptionConfiguration>"
    }

    @Test("a bucket's default is applied to PUT, copy and uploads in parts, and headers go before it")
    func bucketDefault() async throws {
        try await Self.run { gateway in
            let query: [(name: String, value: String?)] = [("encryption", nil)]
            #expect(
                await gateway.send(.get, "/bucket?encryption").code == "ServerSideEncryptionConfigurationNotFoundError")
            _ = await gateway.send(.put, "/bucket/before", text: "hello")
            let set = await Self.send(
                gateway, .put, "/bucket", [], query: query, Array(Self.rule("aws:kms", key: "k2").utf8))
            #expect(set.status == 200, "\(set.text)")
            let told = await gateway.send(.get, "/bucket?encryption")
            #expect(told.xml("SSEAlgorithm") == "aws:kms")
            #expect(told.xml("KMSMasterKeyID") == "k2")
            #expect(told.xml("BucketKeyEnabled") == "true")
            #expect(await gateway.send(.get, "/bucket/before")[Self.sse] == nil, "what is there stays as it is")
            let put = await gateway.send(.put, "/bucket/k", text: "hello")
            #expect(put[Self.sse] == "aws:kms")
            #expect(put[Self.sse + "-aws-kms-key-id"] == "k2")
            #expect(put[Self.sse + "-bucket-key-enabled"] == "true")
            let copy = await gateway.send(.put, "/bucket/c", ["x-amz-copy-source": "bucket/before"], body: [])
            #expect(copy[Self.sse] == "aws:kms")
            #expect(await gateway.send(.get, "/bucket/c").text == "hello")
            #expect(await gateway.send(.post, "/bucket/u?uploads", body: [])[Self.sse] == "aws:kms")
            #expect(await gateway.send(.put, "/bucket/k", [Self.sse: "AES256"], text: "x")[Self.sse] == "AES256")
            #expect(await Self.send(gateway, .put, "/bucket/k", Self.customer(7), [1]).status == 200)
            _ = await Self.send(
                gateway, .put, "/bucket", [], query: query, Array(Self.rule("AES256", blocked: "SSE-C").utf8))
            #expect(await Self.send(gateway, .put, "/bucket/k", Self.customer(7), [1]).code == "AccessDenied")
            #expect(await gateway.send(.put, "/bucket/k", text: "x")[Self.sse] == "AES256")
            #expect(await gateway.send(.delete, "/bucket?encryption").status == 204)
            #expect(await gateway.send(.put, "/bucket/k", text: "x")[Self.sse] == nil)
            #expect(
                await gateway.send(.get, "/bucket?encryption").code == "ServerSideEncryptionConfigurationNotFoundError")
        }
    }

    @Test(
        "documents that say nothing or too much are refused",
        arguments: [
            "", "<ServerSideEncryptionConfiguration/>", rule("ROT13"), rule("AES256", key: "k1"),
            rule("aws:kms:dsse", key: "k1"), rule("AES256", blocked: "ALL"),
            "<ServerSideEncryptionConfiguration><Rule/></ServerSideEncryptionConfiguration>",
        ])
    func badDocuments(_ document: String) async throws {
        try await Self.run { gateway in
            let set = await Self.send(
                gateway, .put, "/bucket", [], query: [("encryption", nil)], Array(document.utf8))
            #expect(set.status == (document.contains("dsse") ? 501 : 400), "\(set.text)")
            #expect(await gateway.send(.put, "/bucket/k", text: "x")[Self.sse] == nil)
        }
    }

    @Test("parts need the upload's key, and say nothing that the upload did not")
    func parts() async throws {
        try await Self.run { gateway in
            func begin(_ headers: [(name: String, value: String)]) async throws -> String {
                let begun = await Self.send(gateway, .post, "/bucket/k", headers, query: [("uploads", nil)], [])
                return try #require(begun.xml("UploadId"))
            }
            func part(_ id: String, _ headers: [(name: String, value: String)]) async -> Received {
                await Self.send(
                    gateway, .put, "/bucket/k", headers, query: [("partNumber", "1"), ("uploadId", id)], [1])
            }
            let customer = try await begin(Self.customer(7))
            #expect(await part(customer, []).code == "InvalidRequest")
            #expect(await part(customer, Self.customer(8)).code == "InvalidRequest")
            #expect(await part(customer, [(Self.sse, "AES256")]).code == "InvalidRequest")
            let sent = await part(customer, Self.customer(7))
            #expect(sent.status == 200)
            let plain = try await begin([])
            #expect(await part(plain, Self.customer(7)).code == "InvalidRequest")
            #expect(await part(plain, [(Self.sse, "AES256")]).code == "InvalidRequest")
            let named = try await begin(Self.modes[2].write)
            #expect(await part(named, Self.modes[2].write).status == 200)
            #expect(
                await part(named, [(Self.sse, "aws:kms"), (Self.sse + "-aws-kms-key-id", "k2")]).code
                    == "InvalidRequest")
            #expect(await part(named, [])[Self.sse] == "aws:kms")
            let etag = try #require(sent["etag"])
            let document = Array(
                ("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\(etag)</ETag></Part>"
                    + "</CompleteMultipartUpload>").utf8)
            for headers in [[], Self.customer(8)] {
                let refused = await Self.send(
                    gateway, .post, "/bucket/k", headers, query: [("uploadId", customer)], document)
                #expect(refused.code == "InvalidRequest", "\(refused.text)")
            }
            let done = await Self.send(
                gateway, .post, "/bucket/k", Self.customer(7), query: [("uploadId", customer)], document)
            #expect(done.status == 200, "\(done.text)")
        }
    }

    @Test("an encryption context is bound and told; a key may be named by an ARN; a copy onto itself may encrypt")
    func contextAndNames() async throws {
        try await Self.run { gateway in
            let context = Base64.encode(Array("{\"team\":\"a\"}".utf8))
            let put = await Self.send(
                gateway, .put, "/bucket/k",
                [
                    (Self.sse, "aws:kms"),
                    (Self.sse + "-aws-kms-key-id", "arn:aws:kms:us-east-1:123456789012:key/k1"),
                    (Self.sse + "-context", context),
                ], Array("hello".utf8))
            #expect(put.status == 200, "\(put.text)")
            #expect(put[Self.sse + "-context"] == context)
            #expect(put[Self.sse + "-aws-kms-key-id"] == "k1")
            #expect(await gateway.send(.get, "/bucket/k").text == "hello")
            _ = await gateway.send(.put, "/bucket/p", text: "hello")
            let onto = await gateway.send(
                .put, "/bucket/p", ["x-amz-copy-source": "bucket/p", Self.sse: "AES256"], body: [])
            #expect(onto.status == 200, "\(onto.text)")
            #expect(await gateway.send(.get, "/bucket/p")[Self.sse] == "AES256")
        }
    }
}

extension ObjectStore {
    fileprivate func isClean() async -> Bool { (try? check().problems.isEmpty) ?? false }
}
