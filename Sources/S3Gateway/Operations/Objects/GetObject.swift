// Why this file exists: GET of an object, the operation that runs most. Its body is never copied: regions of segment
// files go to the socket. Only encrypted and packed objects are opened on the way, a buffer at a time.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
import ObjectCore

struct GetObject: S3Operation {
    static let name: StaticString = "GetObject"
    static let route = Route(.get, .object)
    static let permissions: [Action] = ["s3:GetObject", "s3:GetObjectVersion"]
    static let logName: StaticString = "REST.GET.OBJECT"
    static let tellsThePast = true

    struct Output {
        var found: ObjectRead.Found
        var body: HTTPResponse.Body
    }

    let read: ObjectRead

    static func action(for request: VerifiedRequest) -> Action { ObjectRead.action(for: request) }

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        read = try ObjectRead(request)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let found = try read.find(in: context)
        return Output(found: found, body: try await GetObject.body(of: found, in: context))
    }

    /// The bytes that were found, whose reading is noted.
    static func body(
        of found: ObjectRead.Found, in context: OperationContext
    ) async throws(S3Error) -> HTTPResponse.Body {
        guard !found.isNotModified, !found.range.isEmpty else {
            context.noteExamined(found.version)
            return .empty
        }
        let body: HTTPResponse.Body
        if found.key != nil || found.version.packed != nil {
            body = try await opened(found, in: context)
        } else {
            body = .regions(
                try context.looked { () throws(StoreError) in
                    try context.store.regions(of: found.version, range: found.range)
                })
        }
        // Before the first byte can leave.
        context.noteRead(found.version, from: found.range.lowerBound)
        return body
    }

    // The first buffer is opened before anything is answered, so that damage to a small object is an error document
    // and not a broken connection.
    private static func opened(
        _ found: ObjectRead.Found, in context: OperationContext
    ) async throws(S3Error) -> HTTPResponse.Body {
        var reader = try context.looked { () throws(StoreError) in
            try context.store.reader(of: found.version, range: found.range, key: found.key)
        }
        let first = try await context.stored { () async throws(StoreError) in try await reader.next() } ?? []
        if Int64(first.count) == reader.length { return .bytes(first) }
        let rest = reader
        return .sized(reader.length) { writer in
            try await writer.write(first)
            var reader = rest
            while let bytes = try await reader.next() { try await writer.write(bytes) }
        }
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        read.encode(output.found, into: &response)
        response.body = output.body
    }
}
