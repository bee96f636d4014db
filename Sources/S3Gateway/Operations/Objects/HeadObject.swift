// Why this file exists: HEAD of an object: everything that GET says, and no byte of it.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
import ObjectCore

struct HeadObject: S3Operation {
    static let name: StaticString = "HeadObject"
    static let route = Route(.head, .object)
    static let permissions: [Action] = ["s3:GetObject", "s3:GetObjectVersion"]
    static let logName: StaticString = "REST.HEAD.OBJECT"
    static let tellsThePast = true

    let read: ObjectRead

    static func action(for request: VerifiedRequest) -> Action { ObjectRead.action(for: request) }

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        read = try ObjectRead(request)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> ObjectRead.Found {
        let found = try read.find(in: context)
        context.noteExamined(found.version)
        return found
    }

    func encode(_ output: ObjectRead.Found, into response: inout HTTPResponse) {
        read.encode(output, into: &response)
        if !output.isNotModified { response.body = .absent(length: output.range.upperBound - output.range.lowerBound) }
    }
}
