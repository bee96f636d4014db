// Why this file exists: browsers ask before they send a request to another origin. No bucket has cross-origin rules
// yet, so the answer is AWS's for that case. Nobody signs a preflight, so no permission is asked for.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
import ObjectCore

struct PreflightRequest: S3Operation {
    static let name: StaticString = "PreflightRequest"
    static let route = Route(.options, .object)
    static let permissions: [Action] = []
    static let logName: StaticString = "REST.OPTIONS.PREFLIGHT"
    static let needsBucket = false

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    static func serve(
        _ request: VerifiedRequest, in context: OperationContext
    ) async throws(S3Error) -> HTTPResponse {
        guard request.hasHeader("origin") else {
            throw S3Error(.badRequest, "Insufficient information. Origin request header needed.")
        }
        let method = request.header("access-control-request-method")
        guard let method, HTTPMethod(rawValue: method) != nil else {
            throw S3Error(.badRequest, "Invalid Access-Control-Request-Method: \(method ?? "null")")
        }
        if request.resource.bucket != nil { _ = try context.bucket() }
        throw S3Error(
            .accessForbidden, "CORSResponse: CORS is not enabled for this bucket.",
            fields: ["Method": method, "ResourceType": request.resource.key == nil ? "BUCKET" : "OBJECT"])
    }

    // A preflight has its own way, through ``serve(_:in:)``.
    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput { throw S3Error(.accessForbidden) }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
