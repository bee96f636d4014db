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
        _ request: S3Request, claim: SignatureV4Claim, payloadHash: some Collection<UInt8>, form: Form
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
        for name in claim.signedHeaders {
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

    private static func appendQuery(_ query: QueryItems, isPresigned: Bool, form: Form, to output: inout [UInt8]) {
        var pieces: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []
        pieces.reserveCapacity(query.items.count)
        for item in query.items {
            if isPresigned, query.isNamedIgnoringCase(item, "x-amz-signature") { continue }
            pieces.append(
                (
                    piece(query.bytes[item.name], form: form),
                    item.value.map { piece(query.bytes[$0], form: form) } ?? []
                ))
        }
        // Most signers send the parameters in order already; a stable insertion sort then only looks.
        for index in pieces.indices.dropFirst() {
            var position = index
            while position > 0, precedes(pieces[position], pieces[position - 1]) {
                pieces.swapAt(position, position - 1)
                position -= 1
            }
        }
        var isFirst = true
        for piece in pieces {
            if !isFirst { output.append(UInt8(ascii: "&")) }
            isFirst = false
            output.append(contentsOf: piece.name)
            output.append(UInt8(ascii: "="))
            output.append(contentsOf: piece.value)
        }
    }

    private static func piece(_ raw: ArraySlice<UInt8>, form: Form) -> ArraySlice<UInt8> {
        if form == .asSent || PercentCoding.isCanonical(raw, keepingSlash: false) { return raw }
        var encoded: [UInt8] = []
        PercentCoding.encode(
            PercentCoding.decode(raw, plusIsSpace: true) ?? [], keepingSlash: false, into: &encoded)
        return encoded[...]
    }

    private static func precedes(
        _ left: (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>),
        _ right: (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)
    ) -> Bool {
        if left.name.elementsEqual(right.name) { return left.value.lexicographicallyPrecedes(right.value) }
        return left.name.lexicographicallyPrecedes(right.name)
    }
}
