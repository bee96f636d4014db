// Why this file exists: all framings and announcements of a body, and each way in which they can be wrong.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite("S3Body")
struct S3BodyTests {
    private static let payload = Array("Hello, aws-chunked world".utf8)

    private func body(
        _ bytes: [UInt8], payload: String, headers: [(name: String, value: String)] = [],
        checksumHeaders: S3Body.ChecksumHeaders = .describeBody, raw: PiecedBody? = nil
    ) throws -> S3Body {
        let request = try signedRequest(.put, "/b/k", headers: headers, payload: payload)
        return try authenticator().verify(request, id: "id", now: exampleTime)
            .body(over: raw ?? PiecedBody(bytes), checksumHeaders: checksumHeaders)
    }

    private func collect(
        _ bytes: [UInt8], payload: String, headers: [(name: String, value: String)] = [], requires: Bool = false
    ) async throws -> [UInt8] {
        try await body(bytes, payload: payload, headers: headers).collect(limit: 1 << 20, requiresIntegrity: requires)
    }

    // MARK: Announcements

    @Test("a digest of the payload is compared")
    func payloadDigest() async throws {
        let right = Hex.encode(Digest.sha256(Self.payload))
        #expect(try await collect(Self.payload, payload: right) == Self.payload)
        #expect(try await collect(Self.payload, payload: right.uppercased()) == Self.payload)
        let error = await asyncRefusal { _ = try await collect(Self.payload + [1], payload: right) }
        #expect(error?.code == .contentSHA256Mismatch)
        #expect(error?.fields.first?.value == right)
        #expect(try body(Self.payload, payload: right).requiredDigests == [.sha256])
    }

    @Test("every checksum of S3 is compared", arguments: DigestAlgorithm.allCases)
    func checksums(_ algorithm: DigestAlgorithm) async throws {
        let hasher = DigestHasher(algorithm)
        hasher.update(Self.payload)
        var value = hasher.finalize()
        let name = "x-amz-checksum-\(algorithm.s3Name.lowercased())"
        func headers() -> [(name: String, value: String)] {
            [(name, Base64.encode(value)), ("x-amz-sdk-checksum-algorithm", algorithm.s3Name)]
        }
        #expect(
            try await collect(Self.payload, payload: "UNSIGNED-PAYLOAD", headers: headers(), requires: true)
                == Self.payload)
        value[0] ^= 1
        let wrong = headers()
        let error = await asyncRefusal {
            _ = try await collect(Self.payload, payload: "UNSIGNED-PAYLOAD", headers: wrong)
        }
        #expect(error?.code == .badDigest)
        value.removeLast()
        #expect(
            refusal { _ = try body([], payload: "UNSIGNED-PAYLOAD", headers: headers()) }?.code == .invalidRequest)
    }

    @Test(
        "announcements that cannot be",
        arguments: [
            ([("content-md5", "")], S3Error.Code.invalidDigest),
            ([("content-md5", "YWJyYWNhZGFicmE=")], .invalidDigest),
            ([("content-md5", "not base64 at all !!")], .invalidDigest),
            ([("x-amz-checksum-crc32", "AAAA")], .invalidRequest), ([("x-amz-checksum-crc32", "")], .invalidRequest),
            ([("x-amz-checksum-crc32", "AAAAAA==,AAAAAA==")], .invalidRequest),
            (
                [("x-amz-checksum-crc32", "AAAAAA=="), ("x-amz-checksum-crc32c", "AAAAAA==")], .invalidRequest
            ),
            ([("x-amz-checksum-xxhash32", "AAAAAA==")], .notImplemented),
            ([("x-amz-trailer", "x-amz-checksum-crc32")], .invalidRequest),
        ] as [([(String, String)], S3Error.Code)])
    func announcements(_ headers: [(String, String)], _ code: S3Error.Code) {
        let error = refusal {
            _ = try body([], payload: "UNSIGNED-PAYLOAD", headers: headers.map { (name: $0.0, value: $0.1) })
        }
        #expect(error?.code == code)
    }

    @Test("headers that carry no value of a checksum are let be")
    func checksumNonValues() throws {
        let body = try body(
            [], payload: "UNSIGNED-PAYLOAD",
            headers: [
                ("x-amz-checksum-algorithm", "CRC32"), ("x-amz-checksum-type", "FULL_OBJECT"),
                ("x-amz-checksum-mode", "ENABLED"), ("x-amz-sdk-checksum-algorithm", "CRC32"),
            ])
        #expect(body.requiredDigests.isEmpty && body.expectedChecksum == nil)
    }

    @Test("checksums of an object are not taken for those of the body that completes it")
    func describeObject() throws {
        let body = try body(
            [], payload: "UNSIGNED-PAYLOAD",
            headers: [("x-amz-checksum-sha256", "AAAA-3"), ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")],
            checksumHeaders: .describeObject)
        #expect(body.requiredDigests == [.md5])
    }

    @Test("a control body may have to prove itself")
    func integrity() async throws {
        #expect(
            await asyncRefusal { _ = try await collect([], payload: "UNSIGNED-PAYLOAD", requires: true) }?.code
                == .invalidRequest)
        let md5 = [(name: "content-md5", value: "1B2M2Y8AsgTpgAmY7PhCfg==")]
        #expect(try await collect([], payload: "UNSIGNED-PAYLOAD", headers: md5, requires: true) == [])
        #expect(
            await asyncRefusal { _ = try await collect([1], payload: "UNSIGNED-PAYLOAD", headers: md5) }?.code
                == .badDigest)
    }

    @Test("limits and lengths of plain bodies")
    func plain() async throws {
        let long = try body(Self.payload, payload: "UNSIGNED-PAYLOAD")
        #expect(await asyncRefusal { _ = try await long.collect(limit: 5) }?.code == .maxMessageLengthExceeded)
        let unannounced = try body(
            [], payload: "UNSIGNED-PAYLOAD", raw: PiecedBody([Self.payload, Self.payload], announcedLength: nil))
        #expect(unannounced.decodedLength == nil)
        #expect(await asyncRefusal { _ = try await unannounced.collect(limit: 30) }?.code == .maxMessageLengthExceeded)
        let broken = try body(
            [], payload: "UNSIGNED-PAYLOAD", raw: PiecedBody([[1]], announcedLength: 2, failure: .truncated))
        #expect(await asyncRefusal { _ = try await broken.collect(limit: 30) }?.code == .incompleteBody)
        let short = try body([], payload: "UNSIGNED-PAYLOAD", raw: PiecedBody([[1]], announcedLength: 2))
        #expect(await asyncRefusal { _ = try await short.collect(limit: 30) }?.code == .incompleteBody)
    }

    @Test("verify wants every announced digest, after the end")
    func verifyOrder() async throws {
        let body = try body(Self.payload, payload: Hex.encode(Digest.sha256(Self.payload)))
        let digests = [DigestAlgorithm.sha256: Digest.sha256(Self.payload)]
        #expect(refusal { try body.verify(digests: digests, length: 24) }?.code == .incompleteBody)
        #expect(try await body.next(maximum: 100) == Self.payload)
        #expect(refusal { try body.verify(digests: digests, length: 24) }?.code == .incompleteBody)
        #expect(try await body.next(maximum: 100) == nil)
        #expect(refusal { try body.verify(digests: [:], length: 24) }?.code == .internalError)
        #expect(refusal { try body.verify(digests: digests, length: 23) }?.code == .incompleteBody)
        #expect(refusal { try body.verify(digests: digests, length: 24) } == nil)
    }

    // MARK: Unsigned chunks

    private static let trailerMode = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

    private func unsigned(_ framed: String, decoded: String? = "24", trailer: String? = "x-amz-checksum-crc32")
        async throws -> [UInt8]
    {
        var headers: [(name: String, value: String)] = []
        if let decoded { headers.append(("x-amz-decoded-content-length", decoded)) }
        if let trailer { headers.append(("x-amz-trailer", trailer)) }
        return try await collect(Array(framed.utf8), payload: Self.trailerMode, headers: headers)
    }

    private static var crc32: String {
        let hasher = DigestHasher(.crc32)
        hasher.update(payload)
        return Base64.encode(hasher.finalize())
    }

    @Test("unsigned chunks with a trailer, as SDKs send them")
    func unsignedChunks() async throws {
        let data = String(decoding: Self.payload, as: UTF8.self)
        let trailer = "x-amz-checksum-crc32:\(Self.crc32)"
        for framed in [
            "18\r\n\(data)\r\n0\r\n\(trailer)\r\n\r\n", "18\r\n\(data)\r\n0\r\n\(trailer)\r\n",
            "18\r\n\(data)\r\n0\r\n\(trailer)\n\r\n", "018\r\n\(data)\r\n000\r\n\(trailer) \r\n\r\n",
            "6\r\nHello,\r\n12\r\n aws-chunked world\r\n0\r\nX-Amz-Checksum-CRC32: \(Self.crc32)\r\n\r\n",
        ] {
            #expect(try await unsigned(framed) == Self.payload)
        }
        #expect(try await unsigned("18\r\n\(data)\r\n0\r\n\r\n", trailer: nil) == Self.payload)
        #expect(
            try await unsigned("0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", decoded: "0") == [])
    }

    @Test("every broken framing has its code")
    func brokenFraming() async {
        let data = String(decoding: Self.payload, as: UTF8.self)
        let trailer = "x-amz-checksum-crc32:\(Self.crc32)\r\n\r\n"
        let cases: [(String, S3Error.Code)] = [
            ("", .incompleteBody), ("18\r\n", .incompleteBody), ("18\r\nHello", .incompleteBody),
            ("18\r\n\(data)", .incompleteBody), ("18\r\n\(data)\r\n", .incompleteBody),
            ("18\r\n\(data)\r\n0", .incompleteBody), ("17\r\n\(data.dropLast())\r\n0\r\n\(trailer)", .incompleteBody),
            ("19\r\n\(data)x\r\n0\r\n\(trailer)", .incompleteBody), ("5\r\nHello\r\n0\r\n\(trailer)", .incompleteBody),
            ("FFFFFFFFFFFFFFFF\r\n", .invalidRequest), ("FFFFFFFFFFFFFFFFF\r\n", .invalidRequest),
            ("7FFFFFFFFFFFFFFF\r\n", .invalidRequest), ("140000000\r\n", .incompleteBody),
            ("140000001\r\n", .invalidRequest), ("\r\n", .invalidRequest), ("-1\r\n", .invalidRequest),
            ("+18\r\n", .invalidRequest), ("0x18\r\n", .invalidRequest), (" 18\r\n", .invalidRequest),
            ("18 \r\n", .invalidRequest), ("18\n\(data)", .invalidRequest), ("18\r\n\(data)0\r\n", .invalidRequest),
            ("18\r\n\(data)\n0\r\n", .invalidRequest), ("18\r\n\(data)\r\n0\r\n\(trailer)x", .invalidRequest),
            (String(repeating: "0", count: 2000), .invalidRequest),
            ("18;" + String(repeating: "x", count: 2000), .invalidRequest),
            ("18\r\n\(data)\r\n0\r\n\r\n", .malformedTrailer),
            ("18\r\n\(data)\r\n0\r\nnonsense\r\n\r\n", .malformedTrailer),
            ("18\r\n\(data)\r\n0\r\n:x\r\n\r\n", .malformedTrailer),
            ("18\r\n\(data)\r\n0\r\nx-amz-checksum-crc32c:\(Self.crc32)\r\n\r\n", .malformedTrailer),
            ("18\r\n\(data)\r\n0\r\nx-amz-checksum-crc32:\(Self.crc32)\r\n\(trailer)", .malformedTrailer),
            ("18\r\n\(data)\r\n0\r\nx-amz-trailer-signature:x\r\n\(trailer)", .malformedTrailer),
            ("18\r\n\(data)\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", .invalidRequest),
            ("18\r\n\(data)\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", .badDigest),
        ]
        for (framed, code) in cases {
            #expect(await asyncRefusal { _ = try await unsigned(framed) }?.code == code, "\(framed)")
        }
    }

    @Test("the decoded length must be told, and be a number")
    func decodedLength() async {
        for (text, code) in [
            (nil, S3Error.Code.missingContentLength), ("", .invalidArgument), ("-1", .invalidArgument),
            ("1x", .invalidArgument), ("99999999999999999999", .invalidArgument),
            ("9223372036854775807", .maxMessageLengthExceeded),
        ] as [(String?, S3Error.Code)] {
            #expect(
                await asyncRefusal { _ = try await unsigned("0\r\n\r\n", decoded: text, trailer: nil) }?.code == code)
        }
    }

    @Test("header and trailer must not both bring a checksum")
    func twoChecksums() async {
        let error = await asyncRefusal {
            _ = try await collect(
                [], payload: Self.trailerMode,
                headers: [
                    ("x-amz-decoded-content-length", "0"), ("x-amz-trailer", "x-amz-checksum-crc32"),
                    ("x-amz-checksum-sha1", Base64.encode(Array(repeating: 0, count: 20))),
                ])
        }
        #expect(error?.code == .invalidRequest)
    }

    // MARK: Signed chunks

    private static let signing = ChunkSigning(
        signingKey: Secret("key"), timestamp: Array("20130524T000000Z".utf8), scope: Array("scope".utf8),
        seedSignature: Array(repeating: 0x61, count: 64))

    /// Frames `payload` in signed chunks of the given lengths.
    private func frame(_ payload: [UInt8], lengths: [Int], trailer: String? = nil, isMinio: Bool = false) -> [UInt8] {
        var framed: [UInt8] = []
        var previous = Self.signing.seedSignature
        var position = 0
        for length in lengths + [0] {
            let chunk = Array(payload[position..<(position + length)])
            position += length
            previous = SignatureV4.sign(
                SignatureV4.chunkStringToSign(
                    Self.signing, previous: previous, chunkDigest: Digest.sha256(chunk)), with: Self.signing.signingKey)
            framed += Array("\(String(length, radix: 16));chunk-signature=".utf8) + previous + [13, 10] + chunk
            if length > 0 || trailer == nil { framed += [13, 10] }
        }
        guard let trailer else { return framed }
        let digest = Digest.sha256(Array((trailer + "\n").utf8))
        let signature = SignatureV4.sign(
            SignatureV4.trailerStringToSign(Self.signing, previous: previous, trailerDigest: digest),
            with: Self.signing.signingKey)
        framed += Array(trailer.utf8) + (isMinio ? [10, 13, 10] : [13, 10])
        return framed + Array("x-amz-trailer-signature:".utf8) + signature + [13, 10, 13, 10]
    }

    private func decode(
        _ framed: [UInt8], pieces: [Int], length: Int, hasTrailer: Bool, released: inout [UInt8]
    ) throws(S3Error) {
        var decoder = AWSChunkedDecoder(
            signing: Self.signing, hasTrailer: hasTrailer, decodedLength: Int64(length))
        var position = 0
        for piece in pieces where position < framed.count {
            let end = min(position + piece, framed.count)
            try decoder.push(Array(framed[position..<end]))
            position = end
            while let part = decoder.take(maximum: 1000) { released += part }
        }
        try decoder.push(Array(framed[position...]))
        try decoder.finish()
        while let part = decoder.take(maximum: 1 << 30) { released += part }
    }

    @Test("signed chunks of any length, in pieces of any length", arguments: 1...60)
    func randomSplits(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let lengths = (0..<Int.random(in: 0...6, using: &random)).map { _ in Int.random(in: 1...9000, using: &random) }
        let payload = (0..<lengths.reduce(0, +)).map { _ in UInt8.random(in: 0...255, using: &random) }
        let trailer = Bool.random(using: &random) ? "x-amz-checksum-crc32:AAAAAA==" : nil
        let framed = frame(payload, lengths: lengths, trailer: trailer, isMinio: Bool.random(using: &random))
        let pieces = (0..<framed.count).map { _ in Int.random(in: 1...(seed % 3 == 0 ? 2 : 4000), using: &random) }
        var released: [UInt8] = []
        try decode(framed, pieces: pieces, length: payload.count, hasTrailer: trailer != nil, released: &released)
        #expect(released == payload)
    }

    @Test("no byte of a signed body can change, and nothing of a changed chunk is handed on")
    func mutations() {
        let payload = Array("0123456789abcdef".utf8)
        let trailer = "x-amz-checksum-crc32:AAAAAA=="
        let framed = frame(payload, lengths: [10, 6], trailer: trailer)
        for index in framed.indices {
            for bit in [0, 3, 5, 7] {
                var changed = framed
                changed[index] ^= UInt8(1 << bit)
                var released: [UInt8] = []
                let error = refusal {
                    try decode(changed, pieces: [], length: payload.count, hasTrailer: true, released: &released)
                }
                // The case of a hexadecimal length and of a trailer's name is not signed and means nothing.
                let isCaseOnly = bit == 5 && error == nil
                #expect(error != nil || isCaseOnly, "byte \(index) bit \(bit)")
                #expect(payload.starts(with: released), "byte \(index) bit \(bit)")
            }
        }
        for length in 0..<(framed.count - 2) {
            var released: [UInt8] = []
            let error = refusal {
                try decode(
                    Array(framed.prefix(length)), pieces: [], length: payload.count, hasTrailer: true,
                    released: &released)
            }
            #expect(error != nil, "prefix of \(length)")
        }
    }

    @Test("chunks cannot be left out, doubled or put in another order")
    func chunkOrder() {
        let payload = Array("aaaabbbb".utf8)
        let framed = frame(payload, lengths: [4, 4])
        let head = 1 + ";chunk-signature=".utf8.count + 64 + 2
        let first = Array(framed[..<(head + 6)])
        let second = Array(framed[(head + 6)..<(2 * (head + 6))])
        let last = Array(framed[(2 * (head + 6))...])
        for (pieces, length) in [
            (second + first + last, 8), (first + last, 4), (first + first + last, 8), (last, 0), (second + last, 4),
        ] {
            var released: [UInt8] = []
            let error = refusal {
                try decode(pieces, pieces: [], length: length, hasTrailer: false, released: &released)
            }
            #expect(error?.code == .signatureDoesNotMatch)
        }
    }

    @Test("a trailer that must be signed must be signed")
    func unsignedTrailer() {
        let framed = frame([], lengths: [])
        var released: [UInt8] = []
        let bare = Array(framed.dropLast(2)) + Array("x-amz-checksum-crc32:AAAAAA==\r\n\r\n".utf8)
        #expect(
            refusal { try decode(bare, pieces: [], length: 0, hasTrailer: true, released: &released) }?.code
                == .malformedTrailer)
        #expect(
            refusal { try decode(bare, pieces: [], length: 0, hasTrailer: false, released: &released) }?.code
                == .malformedTrailer)
        #expect(
            refusal { try decode(framed, pieces: [], length: 0, hasTrailer: true, released: &released) }?.code
                == .malformedTrailer)
    }

    @Test("of a chunk that is larger than the hold-back its end waits for the signature")
    func holdBack() throws {
        let payload = [UInt8](repeating: 7, count: AWSChunkedDecoder.holdBackMax + 5000)
        var framed = frame(payload, lengths: [payload.count])
        var decoder = AWSChunkedDecoder(
            signing: Self.signing, hasTrailer: false, decodedLength: Int64(payload.count))
        let lastByte = framed.firstIndex(of: 7).map { $0 + payload.count - 1 } ?? 0
        try decoder.push(Array(framed[..<lastByte]))
        #expect(decoder.available == 4999)
        try decoder.push(Array(framed[lastByte...]))
        #expect(decoder.available == payload.count)
        framed[lastByte] = 8
        var released: [UInt8] = []
        let error = refusal {
            try decode(framed, pieces: [100], length: payload.count, hasTrailer: false, released: &released)
        }
        #expect(error?.code == .signatureDoesNotMatch)
    }

    @Test("random bytes never make the decoder trap", arguments: 1...20)
    func fuzz(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let original = frame(Array("0123456789".utf8), lengths: [7, 3], trailer: "a:b")
        var refused = 0
        for round in 0..<300 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(Array("0fF;\r\n:=\0".utf8).randomElement(using: &random) ?? 0, at: index)
                }
            }
            let mode = round % 3
            var decoder = AWSChunkedDecoder(
                signing: mode == 0 ? Self.signing : nil, hasTrailer: mode != 1, decodedLength: 10)
            do {
                for byte in bytes { try decoder.push([byte]) }
                try decoder.finish()
            } catch { refused += 1 }
        }
        #expect(refused > 150)
    }
}
