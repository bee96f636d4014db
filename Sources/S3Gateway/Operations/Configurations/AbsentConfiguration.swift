// Why this file exists: clients probe for configurations before they do anything else, and each has its own way of
// saying that there is none. Nothing of these can be configured yet, so saying so is the truth; setting one is 501.
import ObjectCore

/// An operation that asks for something which no bucket has.
protocol AbsentConfiguration: S3Operation where Output == NoOutput {
    /// How its absence is told.
    static var absence: S3Error.Code { get }
    init()
}

extension AbsentConfiguration {
    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) { self.init() }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        throw S3Error(Self.absence, fields: ["BucketName": bucket.name])
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}

/// An operation that answers a document which is the same for every bucket.
protocol FixedConfiguration: S3Operation where Output == NoOutput {
    static func write(into writer: inout XMLWriter)
    init()
}

extension FixedConfiguration {
    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) { self.init() }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        _ = try context.bucket()
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        Self.write(into: &writer)
        response.setXML(writer)
    }
}
