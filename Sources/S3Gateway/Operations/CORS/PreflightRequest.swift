// Why this file exists: browsers ask before they send a request from a page of another origin. The bucket's rules
// answer. Nobody signs a preflight, so no permission is asked for, and it tells nothing but what a rule says.
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
        guard let origin = request.header("origin") else {
            throw S3Error(.badRequest, "Insufficient information. Origin request header needed.")
        }
        let method = request.header("access-control-request-method")
        guard let method, HTTPMethod(rawValue: method) != nil else {
            throw S3Error(.badRequest, "Invalid Access-Control-Request-Method: \(method ?? "null")")
        }
        let fields: KeyValuePairs = [
            "Method": method, "ResourceType": request.resource.key == nil ? "BUCKET" : "OBJECT",
        ]
        let bucket = request.resource.bucket == nil ? nil : try context.bucket()
        guard let rules = bucket.flatMap({ context.service.corsRules(of: $0) }) else {
            throw S3Error(
                .accessForbidden, "CORSResponse: CORS is not enabled for this bucket.", fields: fields)
        }
        let asked = request.header("access-control-request-headers") ?? ""
        let headers = asked.split(separator: ",").map { name in
            String(decoding: ASCII.trimmed(Array(name.utf8)[...]), as: UTF8.self).lowercased()
        }.filter { !$0.isEmpty }
        guard let rule = rules.rule(origin: origin, method: method, headers: headers) else {
            throw S3Error(
                .accessForbidden,
                "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
                    + "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not "
                    + "whitelisted by the resource's CORS spec.", fields: fields)
        }
        var response = HTTPResponse(status: 200)
        context.addRequestIDs(to: &response)
        response.addCORS(rule, origin: origin, method: method)
        if !headers.isEmpty { response.add("access-control-allow-headers", headers.joined(separator: ", ")) }
        response.add("vary", CORSRule.varying)
        return response
    }

    // A preflight has its own way, through ``serve(_:in:)``.
    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput { throw S3Error(.accessForbidden) }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
