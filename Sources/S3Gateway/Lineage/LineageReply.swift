// Why this file exists: what a question is answered with, before it is on the wire.
import Lineage
import ObjectCore

/// An answer.
struct LineageReply: Sendable {
    var status: Int
    var contentType: String
    var body: [UInt8]
    /// Whether caches may keep it for ever: full tiles of the log, and bytes that are named by their digest.
    var isImmutable = false
    /// Whether caches may keep it at all.
    var isStorable = true

    init(_ value: JSONDocument, status: Int = 200, contentType: String = "application/json") {
        self.status = status
        self.contentType = contentType
        body = value.encoded + [UInt8(ascii: "\n")]
        isStorable = false
    }

    init(_ body: [UInt8], contentType: String, status: Int = 200) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// Nothing but a status.
    init(status: Int) {
        self.status = status
        contentType = ""
        body = []
    }

    var response: HTTPResponse {
        var response = HTTPResponse(status: status, body: body.isEmpty ? .empty : .bytes(body))
        if !contentType.isEmpty { response.add("Content-Type", contentType) }
        if isImmutable {
            response.add("Cache-Control", "public, max-age=31536000, immutable")
        } else if !isStorable {
            response.add("Cache-Control", "no-store")
        }
        return response
    }

    /// The same head for HEAD.
    static func withoutBody(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        if case .bytes(let bytes) = response.body { response.body = .absent(length: Int64(bytes.count)) }
        return response
    }
}
