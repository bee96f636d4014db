// Why this file exists: scanner and parser together, as the connection uses them, for the tests of both.
@testable import S3Gateway

enum HeadParsing {
    /// The parsed head, the refusal, or nil when more input is needed.
    static func parse(
        _ bytes: [UInt8], limits: RequestLimits = RequestLimits()
    ) -> Result<ParsedRequest, RequestRefusal>? {
        var scanner = RequestHeadScanner()
        return feed(&scanner, bytes, limits: limits)
    }

    /// The same, with the input arriving in pieces that end at `ends`.
    static func parse(
        _ bytes: [UInt8], piecesEndingAt ends: [Int], limits: RequestLimits = RequestLimits()
    ) -> Result<ParsedRequest, RequestRefusal>? {
        var scanner = RequestHeadScanner()
        for end in ends + [bytes.count] {
            if let result = feed(&scanner, Array(bytes[..<end]), limits: limits) { return result }
        }
        return nil
    }

    private static func feed(
        _ scanner: inout RequestHeadScanner, _ bytes: [UInt8], limits: RequestLimits
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
}
