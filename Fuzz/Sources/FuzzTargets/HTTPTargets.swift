// Why this file exists: what comes off a socket before anybody has signed for it: request heads, and the two framings of
// bodies. Beside not crashing, what is read must not depend on where the reads ended: two readers that disagree about that
// are request smuggling.
@testable import ObjectCore
@testable import S3Gateway

/// Request heads, whole and in pieces, on to the resource that they name.
enum HeadTarget {
    private static let limits = RequestLimits()

    static func run(_ input: [UInt8]) {
        let whole = parse(input, endingAt: [])
        // The first byte says where the input is cut.
        let cut = input.isEmpty ? 0 : Int(input[0]) * input.count / 256
        let pieces = parse(input, endingAt: [cut, min(cut + 1, input.count)])
        require(summary(whole) == summary(pieces), "a head reads otherwise when it comes in pieces")
        guard case .success(let parsed)? = whole else { return }
        for field in parsed.head.fields {
            require(
                field.name.range.upperBound <= parsed.head.bytes.count
                    && field.value.range.upperBound <= parsed.head.bytes.count, "a field lies outside of its head")
        }
        guard let request = try? S3Request(parsed.head, configuration: .init(virtualHostDomains: ["s3.test"])) else {
            return
        }
        if let key = request.resource.key { require(!key.bytes.isEmpty && key.bytes.count <= 1024, "a key's length") }
        _ = request.head.joinedValue("host")
    }

    static func parse(_ bytes: [UInt8], endingAt ends: [Int]) -> Result<ParsedRequest, RequestRefusal>? {
        var scanner = RequestHeadScanner()
        for end in ends + [bytes.count] {
            if let result = feed(&scanner, Array(bytes[..<end])) { return result }
        }
        return nil
    }

    private static func feed(
        _ scanner: inout RequestHeadScanner, _ bytes: [UInt8]
    ) -> Result<ParsedRequest, RequestRefusal>? {
        bytes.withUnsafeBytes { raw in
            switch scanner.scan(raw, limits: limits) {
            case .incomplete: return nil
            case .refused(let refusal): return .failure(refusal)
            case .complete(let start, let end):
                do throws(RequestRefusal) {
                    return .success(
                        try RequestHeadParser.parse(
                            raw, start: start, end: end, lineEnds: scanner.lineEnds, limits: limits,
                            remoteAddress: "192.0.2.1", isSecure: false))
                } catch {
                    return .failure(error)
                }
            }
        }
    }

    private static func summary(_ result: Result<ParsedRequest, RequestRefusal>?) -> String {
        switch result {
        case nil: "incomplete"
        case .failure: "refused"
        case .success(let parsed):
            "\(parsed.head.method) \(parsed.head.bytes) \(parsed.head.framing) \(parsed.head.fields.count)"
        }
    }
}

/// The chunked transfer coding.
enum ChunkedTarget {
    static func run(_ input: [UInt8]) {
        let whole = decode(input, step: max(1, input.count))
        let single = decode(input, step: 1)
        require(whole.body == single.body && whole.isEnd == single.isEnd, "chunks read otherwise byte by byte")
        require(whole.body.count <= input.count, "more came out than went in")
    }

    private static func decode(_ input: [UInt8], step: Int) -> (body: [UInt8], isEnd: Bool) {
        var decoder = ChunkedDecoder(limits: RequestLimits())
        var body: [UInt8] = []
        var position = 0
        var visible = min(step, input.count)
        while true {
            let rest = Array(input[position..<visible])
            let (consumed, next) = rest.withUnsafeBytes { decoder.advance(over: $0) }
            require(consumed <= rest.count, "more was consumed than given")
            position += consumed
            switch next {
            case .finished: return (body, true)
            case .malformed: return (body, false)
            case .data(let count):
                let taken = Int(min(count, Int64(visible - position)))
                body += input[position..<position + taken]
                decoder.took(taken)
                position += taken
                if taken > 0 { continue }
                fallthrough
            case .needsInput:
                guard visible < input.count else { return (body, decoder.isFinished) }
                visible = min(visible + step, input.count)
            }
        }
    }
}

/// aws-chunked: the first byte says how it is signed, the second how long it claims to be.
enum AWSChunkedTarget {
    private static let signing = ChunkSigning(
        signingKey: Secret("key"), timestamp: Array("20130524T000000Z".utf8),
        scope: Array("20130524/us-east-1/s3/aws4_request".utf8), seedSignature: [UInt8](repeating: 0x30, count: 64))

    static func run(_ input: [UInt8]) {
        guard input.count >= 2 else { return }
        let body = Array(input[2...])
        let whole = decode(body, mode: input[0], length: Int64(input[1]), step: max(1, body.count))
        let single = decode(body, mode: input[0], length: Int64(input[1]), step: 1)
        require(whole.isWhole == single.isWhole, "aws-chunked is judged otherwise byte by byte")
        guard let bytes = whole.isWhole ? whole.body : nil else { return }
        require(bytes == single.body, "aws-chunked reads otherwise byte by byte")
        require(bytes.count == Int(input[1]), "a body was taken that has another length than it claims")
    }

    private static func decode(
        _ body: [UInt8], mode: UInt8, length: Int64, step: Int
    ) -> (body: [UInt8], isWhole: Bool) {
        var decoder = AWSChunkedDecoder(
            signing: mode & 1 == 1 ? signing : nil, hasTrailer: mode & 2 == 2, decodedLength: length)
        var output: [UInt8] = []
        do {
            var position = 0
            while position < body.count {
                let end = min(position + step, body.count)
                try decoder.push(Array(body[position..<end]))
                while let bytes = decoder.take(maximum: 7) { output += bytes }
                position = end
            }
            try decoder.finish()
            while let bytes = decoder.take(maximum: 1 << 20) { output += bytes }
            return (output, true)
        } catch {
            return (output, false)
        }
    }
}

/// multipart/form-data, in pieces of any length.
enum FormTarget {
    static func run(_ input: [UInt8]) {
        let whole = parse(input, step: max(1, input.count))
        let single = parse(input, step: 1)
        require(whole.file == single.file && whole.isWhole == single.isWhole, "a form reads otherwise byte by byte")
    }

    private static func parse(_ input: [UInt8], step: Int) -> (file: [UInt8], isWhole: Bool) {
        var file: [UInt8] = []
        do {
            var parser = try FormDataParser(boundary: Array("b".utf8))
            var position = 0
            while true {
                switch try parser.next() {
                case .needsBytes:
                    if position == input.count {
                        parser.endOfInput()
                    } else {
                        let end = min(position + step, input.count)
                        parser.append(Array(input[position..<end]))
                        position = end
                    }
                case .field, .file: continue
                case .content(let bytes): file += bytes
                case .end: return (file, true)
                }
            }
        } catch {
            return (file, false)
        }
    }
}
