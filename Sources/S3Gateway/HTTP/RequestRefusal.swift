// Why this file exists: a head that the server refuses before any handler sees it. The set of reasons is closed,
// so that each can be tested by name.

/// Why a request head was refused. The connection is closed after the answer, since what follows on it cannot be
/// trusted to begin where the next request begins. See: RFC 9112 section 11.2.
struct RequestRefusal: Error, Equatable {
    /// The status of the answer.
    let status: Int
    /// One sentence for the client.
    let reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    /// 400 with a reason.
    static func malformed(_ reason: String) -> RequestRefusal { RequestRefusal(400, reason) }

    static let targetTooLong = RequestRefusal(414, "The request target is too long.")
    static let headTooLong = RequestRefusal(431, "The request head is too long.")
    static let tooManyFields = RequestRefusal(431, "The request has too many header fields.")
    static let bareLineFeed = malformed("A line of the request head does not end with CRLF.")
    static let plainHTTP = malformed("A plain HTTP request was sent to a port that serves HTTPS.")
    static let headTimedOut = RequestRefusal(408, "The request head did not arrive in time.")
}
