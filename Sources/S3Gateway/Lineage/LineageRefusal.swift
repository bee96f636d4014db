// Why this file exists: the one form in which questions are refused over HTTP.
import Lineage
import ObjectCore

/// A refusal.
struct LineageRefusal: Error, Sendable, Equatable {
    var status: Int
    var code: String
    var message: String

    init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static func invalid(_ message: String) -> LineageRefusal { LineageRefusal(400, "InvalidArgument", message) }

    init(_ error: S3Error) {
        self.init(error.code.status, error.code.wireName, error.message ?? error.code.defaultMessage)
    }

    init(_ error: QuestionError) {
        let status =
            switch error.code {
            case .invalid: 400
            case .denied: 403
            case .noSuchBucket, .noSuchKey, .noSuchVersion, .noSuchRun, .noSuchCollection, .noSuchEvent, .notFound: 404
            case .conflict: 409
            case .failed: 500
            case .unavailable: 503
            }
        self.init(status, error.code.rawValue, error.message)
    }

    init(_ error: StoreError) { self.init(QuestionError(error)) }

    init(_ error: AuditError) { self.init(500, "InternalError", error.description) }

    func response(_ ids: RequestIDs) -> HTTPResponse {
        var reply = LineageReply(
            .members([
                "error": .members([
                    "code": .text(code), "message": .text(message), "requestId": .text(ids.request),
                ])
            ]), status: status)
        reply.isStorable = false
        var response = reply.response
        response.add("x-amz-request-id", ids.request)
        // What was not read of the body cannot be told from the next request.
        if status == 413 { response.closesConnection = true }
        return response
    }
}
