// Why this file exists: GET of an object, the operation that runs most. Its body is never copied: regions of segment
// files go to the socket. See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
import ObjectCore

struct GetObject: S3Operation {
    static let name: StaticString = "GetObject"
    static let route = Route(.get, .object)
    static let permissions: [Action] = ["s3:GetObject", "s3:GetObjectVersion"]
    static let logName: StaticString = "REST.GET.OBJECT"

    struct Output {
        var found: ObjectRead.Found
        var regions: [FileRegion]
    }

    let read: ObjectRead

    static func action(for request: VerifiedRequest) -> Action { ObjectRead.action(for: request) }

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        read = try ObjectRead(request)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let found = try read.find(in: context)
        guard !found.isNotModified, !found.range.isEmpty else { return Output(found: found, regions: []) }
        let regions = try context.looked { () throws(StoreError) in
            try context.store.regions(of: found.version, range: found.range)
        }
        return Output(found: found, regions: regions)
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        read.encode(output.found, into: &response)
        response.body = output.regions.isEmpty ? .empty : .regions(output.regions)
    }
}
