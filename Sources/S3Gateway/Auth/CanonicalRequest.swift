// Why this file exists: the text that a signature of version 4 covers. It is rebuilt from the bytes that were
// received and from SignedHeaders as given, never from a list of headers that the server happens to know.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html

/// Builds canonical requests.
enum CanonicalRequest {
    /// How path and query are written.
    enum Form {
        /// Decoded once and encoded again by S3's rule: what signers are told to do.
        case canonical
        /// As they stand in the request line: what some signers do. Both stand for the same resource, so believing
        /// either gives nothing away.
        case asSent
    }

    /// Whether both forms are the same for this request.
    static func formsAgree(_ request: S3Request) -> Bool {
        let head = request.head
        guard PercentCoding.isCanonical(head.slice(head.rawPath), keepingSlash: true) else { return false }
        return request.query.items.allSatisfy { item in
            PercentCoding.isCanonical(head.bytes[item.name], keepingSlash: false)
                && item.value.map { PercentCoding.isCanonical(head.bytes[$0], keepingSlash: false) } ?? true
        }
    }

    /// The canonical request.
    /// - Parameter payloadHash: the last line, as the client gave it.
    static func build(
        _ request: S3Request, claim: SignatureV4Claim, payloadHash: [UInt8], form: Form
    ) -> [UInt8] {
        let head = request.head
        var output: [UInt8] = []
        output.reserveCapacity(head.rawPath.count + head.rawQuery.count + 512)
        output.append(contentsOf: head.method.rawValue.utf8)
        output.append(0x0A)
        appendPath(head.slice(head.rawPath), form: form, to: &output)
        output.append(0x0A)
        appendQuery(request.query, isPresigned: claim.isPresigned, form: form, to: &output)
        output.append(0x0A)
        claim.forEachSignedHeader { name in
            output.append(contentsOf: name)
            output.append(UInt8(ascii: ":"))
            head.appendCanonicalValue(of: name, to: &output)
            output.append(0x0A)
        }
        output.append(0x0A)
        output.append(contentsOf: claim.signedHeaderList)
        output.append(0x0A)
        output.append(contentsOf: payloadHash)
        return output
    }

    private static func appendPath(_ path: ArraySlice<UInt8>, form: Form, to output: inout [UInt8]) {
        if form == .asSent || PercentCoding.isCanonical(path, keepingSlash: true) {
            output.append(contentsOf: path)
        } else {
            PercentCoding.encode(PercentCoding.decode(path) ?? [], keepingSlash: true, into: &output)
        }
    }

    /// A parameter in the form in which it is signed: ranges, so that sorting moves no references.
    private struct Piece {
        var name: Range<Int>
        var value: Range<Int>
    }

    private static func appendQuery(_ query: QueryItems, isPresigned: Bool, form: Form, to output: inout [UInt8]) {
        guard !query.isEmpty else { return }
        var pieces: [Piece] = []
        pieces.reserveCapacity(query.items.count)
        // What is not in canonical form already is written behind the received bytes, in a copy made on demand.
        var bytes = query.bytes
        for item in query.items {
            if isPresigned, query.isNamedIgnoringCase(item, "x-amz-signature") { continue }
            pieces.append(
                Piece(
                    name: piece(item.name, form: form, in: &bytes),
                    value: item.value.map { piece($0, form: form, in: &bytes) } ?? 0..<0))
        }
        // Most signers send the parameters in order already; an insertion sort then only looks.
        for index in pieces.indices.dropFirst() {
            var position = index
            while position > 0, precedes(pieces[position], pieces[position - 1], bytes) {
                pieces.swapAt(position, position - 1)
                position -= 1
            }
        }
        for index in pieces.indices {
            if index > 0 { output.append(UInt8(ascii: "&")) }
            output.append(contentsOf: bytes[pieces[index].name])
            output.append(UInt8(ascii: "="))
            output.append(contentsOf: bytes[pieces[index].value])
        }
    }

    private static func piece(_ range: Range<Int>, form: Form, in bytes: inout [UInt8]) -> Range<Int> {
        if form == .asSent || PercentCoding.isCanonical(bytes[range], keepingSlash: false) { return range }
        let start = bytes.count
        let decoded = PercentCoding.decode(bytes[range], plusIsSpace: true) ?? []
        PercentCoding.encode(decoded, keepingSlash: false, into: &bytes)
        return start..<bytes.count
    }

    private static func precedes(_ left: Piece, _ right: Piece, _ bytes: [UInt8]) -> Bool {
        switch compare(left.name, right.name, bytes) {
        case ..<0: true
        case 0: compare(left.value, right.value, bytes) < 0
        default: false
        }
    }

    private static func compare(_ left: Range<Int>, _ right: Range<Int>, _ bytes: [UInt8]) -> Int {
        let count = min(left.count, right.count)
        for offset in 0..<count {
            let difference = Int(bytes[left.lowerBound + offset]) - Int(bytes[right.lowerBound + offset])
            if difference != 0 { return difference }
        }
        return left.count - right.count
    }
}
