// Why this file exists: framing of a response is decided here and nowhere else: which responses have a body, how
// its end is told, and whether the connection goes on. See: RFC 9112 section 6.3, RFC 9110 section 8.6.
private import ObjectCore

/// How the body of a response is framed.
enum ResponseFraming: Equatable {
    /// No body and no length: 204, 304.
    case none
    /// `Content-Length`; whether that many bytes follow is ``ResponseHeadEncoder/sendsBody``'s to say.
    case length(Int64)
    case chunked
    /// The body ends where the connection ends: a stream for HTTP/1.0.
    case untilClose
}

/// Writes heads of responses.
struct ResponseHeadEncoder {
    let status: Int
    let framing: ResponseFraming
    /// False for HEAD, 204 and 304, whatever body the handler gave.
    let sendsBody: Bool
    let closes: Bool

    /// - Parameters:
    ///   - isHead: the request's method was HEAD.
    ///   - isHTTP10: the request was HTTP/1.0.
    ///   - closes: the connection ends after this response in any case.
    init(_ response: HTTPResponse, isHead: Bool, isHTTP10: Bool, closes: Bool) {
        // A handler has no interim or otherwise impossible statuses to give.
        status = (200...599).contains(response.status) ? response.status : 500
        let isBodyless = status == 204 || status == 304
        let framing: ResponseFraming =
            switch response.body {
            case _ where isBodyless: .none
            case .empty: .length(0)
            case .bytes(let bytes): .length(Int64(bytes.count))
            case .regions(let regions): .length(regions.reduce(0) { $0 + Int64($1.length) })
            case .absent(let length): .length(max(0, length))
            case .sized(let length, _): .length(max(0, length))
            case .stream: isHTTP10 ? .untilClose : .chunked
            }
        self.framing = framing
        if case .absent = response.body {
            sendsBody = false
        } else {
            sendsBody = !isHead && !isBodyless
        }
        var missesBody = false
        if case .absent(let length) = response.body { missesBody = !isHead && !isBodyless && length > 0 }
        // A length that no body follows would swallow the next response; only HEAD may say it and go on.
        self.closes = closes || isHTTP10 || framing == .untilClose || missesBody
    }

    /// Appends status line, framing, date, the handler's fields and the closing empty line.
    func encode(_ headerBytes: [UInt8], date: [UInt8], into output: OutputBuffer) {
        encodeStatus(into: output)
        output.append(date)
        switch framing {
        case .none, .untilClose: break
        case .length(let length):
            output.append("Content-Length: ")
            output.append(number: UInt64(length))
            output.append("\r\n")
        case .chunked: output.append("Transfer-Encoding: chunked\r\n")
        }
        if closes { output.append("Connection: close\r\n") }
        output.append(headerBytes)
        output.append("\r\n")
    }

    private func encodeStatus(into output: OutputBuffer) {
        if status == 200 {
            output.append("HTTP/1.1 200 OK\r\n")
            return
        }
        output.append("HTTP/1.1 ")
        output.append(number: UInt64(status))
        output.append(" ")
        output.append(Self.phrase(status))
        output.append("\r\n")
    }

    /// The reason phrase, for pages that show it.
    static func reason(_ status: Int) -> String { phrase(status).description }

    /// The reason phrase; clients do not read it, people do. Empty for a status that the gateway never gives.
    private static func phrase(_ status: Int) -> StaticString {
        switch status {
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        case 507: "Insufficient Storage"
        default: ""
        }
    }
}
