// Why this file exists: `x-cairn-as-of` asks for a bucket as it was. It is Cairn's own, so no client sends it by chance;
// and since it changes every answer, an operation that does not know of it refuses it.
import ObjectCore

extension PastPoint {
    static let header: StaticString = "x-cairn-as-of"
    /// Numbers from here on are seconds since 1970 (September 2001), smaller ones journal indices. `index:` and `@` before
    /// a number say which it is.
    static let secondsMinimum: Int64 = 1_000_000_000

    /// The point of the past that a request names, in a header or in its query; nil when it asks for the present.
    /// - Throws: InvalidArgument, InvalidRequest for an operation that cannot tell the past.
    init?(of request: VerifiedRequest, for operation: any S3Operation.Type) throws(S3Error) {
        guard let text = request.pastPointText else { return nil }
        guard operation.tellsThePast else {
            throw S3Error(.invalidRequest, "\(PastPoint.header) cannot be used with \(operation.name).")
        }
        switch request.authenticationKind {
        case .headerV2, .queryV2, .formV2:
            throw S3Error(.invalidRequest, "\(PastPoint.header) needs a signature of version 4, which covers it.")
        case .anonymous, .headerV4, .queryV4, .formV4: break
        }
        guard let point = PastPoint(text) else {
            throw .invalidArgument(
                "\(PastPoint.header) must be a time (RFC 3339, or seconds since 1970) or an index of the journal.",
                name: PastPoint.header.description, value: text)
        }
        self = point
    }

    /// Reads `2026-11-24T10:00:00Z`, `1795514400`, `@1795514400.25`, `4711` or `index:4711`.
    init?(_ text: String) {
        if text.hasPrefix("index:") {
            guard let index = ASCII.decimal(text.dropFirst("index:".count).utf8) else { return nil }
            self = .index(index)
        } else if text.hasPrefix("@") {
            guard let time = PastPoint.seconds(text.dropFirst()) else { return nil }
            self = .time(time)
        } else if let number = ASCII.decimal(text.utf8), number < PastPoint.secondsMinimum {
            self = .index(number)
        } else if let time = PastPoint.seconds(text[...]) ?? HTTPDate.parseISO8601(text) {
            self = .time(time)
        } else {
            return nil
        }
    }

    /// Seconds since 1970, with up to three decimal places.
    private static func seconds(_ text: Substring) -> Timestamp? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = ASCII.decimal(parts[0].utf8), whole <= Int64.max / 1000 - 1 else { return nil }
        guard parts.count == 2 else { return Timestamp(milliseconds: whole * 1000) }
        let digits = String(parts[1])
        guard (1...3).contains(digits.utf8.count), let fraction = ASCII.decimal(digits.utf8) else { return nil }
        let scale: [Int64] = [100, 10, 1]
        return Timestamp(milliseconds: whole * 1000 + fraction * scale[digits.utf8.count - 1])
    }
}

extension VerifiedRequest {
    /// What the request says of the past, unread.
    fileprivate var pastPointText: String? { header(PastPoint.header) ?? query(PastPoint.header.description) }

    /// Whether the request may be answered with a version that is not the current one.
    var namesVersion: Bool { hasQuery("versionId") || pastPointText != nil }
}
