// Why this file exists: the shape that every S3 operation has. One type decodes, performs and encodes, one line of
// ``OperationTable`` makes it reachable, and the way from a verified request to the answer stands here once.
// Invariant: `perform` is reached only through an AuthorizedRequest, which only the authorizer makes.
import ObjectCore

/// One operation of the S3 API, decoded from a request.
protocol S3Operation: SendableMetatype {
    associatedtype Output

    /// As the API reference names it.
    static var name: StaticString { get }
    static var route: Route { get }
    /// The permissions that it may ask for; the first is asked for unless ``action(for:)`` picks another.
    static var permissions: [Action] { get }
    /// As server access logs name it, such as `REST.GET.OBJECT`.
    static var logName: StaticString { get }
    /// How many bytes of XML it reads before it is decoded; nil when it reads none, or reads its body itself.
    static var documentMaximum: Int? { get }
    /// Whether `x-amz-checksum-*` headers are about the document; else they are the operation's to read.
    static var checksumHeadersDescribeBody: Bool { get }
    /// Whether the document must come with Content-MD5 or a checksum.
    static var documentNeedsDigest: Bool { get }
    /// Whether it answers 404 when the bucket of the request does not exist.
    static var needsBucket: Bool { get }

    /// Whether it changes nothing, so that it may be asked of a snapshot.
    static var isReadOnly: Bool { get }
    /// Whether it can be asked about the past with `x-cairn-as-of`; every other operation refuses the header.
    static var tellsThePast: Bool { get }

    /// The permission that this request needs.
    static func action(for request: VerifiedRequest) -> Action
    /// Decodes. Everything that a client can get wrong in the request itself is refused here.
    /// - Parameter document: the body, for an operation that reads one.
    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error)
    func perform(in context: OperationContext) async throws(S3Error) -> Output
    /// Writes status (200 unless changed), headers and body.
    func encode(_ output: Output, into response: inout HTTPResponse)

    /// The whole way from a verified request to its answer. Only operations that carry their proof of permission in
    /// the body, or need none, have a way of their own.
    static func serve(_ request: VerifiedRequest, in context: OperationContext) async throws(S3Error) -> HTTPResponse
}

extension S3Operation {
    static var documentMaximum: Int? { nil }
    static var checksumHeadersDescribeBody: Bool { true }
    static var documentNeedsDigest: Bool { false }
    static var needsBucket: Bool { route.resource != .service }
    static var isReadOnly: Bool { route.method == .get || route.method == .head || route.method == .options }
    static var tellsThePast: Bool { false }

    static func action(for request: VerifiedRequest) -> Action { permissions[0] }

    static func serve(
        _ request: VerifiedRequest, in context: OperationContext
    ) async throws(S3Error) -> HTTPResponse {
        var context = context
        let authorized = try context.authorize(action(for: request))
        try context.checkExpectedOwner()
        var document: [UInt8] = []
        if let documentMaximum {
            document = try await context.document(
                maximum: documentMaximum,
                checksumHeaders: checksumHeadersDescribeBody ? .describeBody : .describeObject,
                needsDigest: documentNeedsDigest)
        }
        let operation = try Self(decoding: authorized, document: document)
        let output = try await operation.perform(in: context)
        // Nothing leaves that was not asked about.
        guard authorized.isSettled else { throw S3Error(.accessDenied) }
        var response = HTTPResponse(status: 200)
        context.addRequestIDs(to: &response)
        operation.encode(output, into: &response)
        return response
    }
}

/// What an operation gives back that has nothing to tell.
struct NoOutput {}
