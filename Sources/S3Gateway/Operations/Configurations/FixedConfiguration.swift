// Why this file exists: some configurations cannot be anything but one thing here, and clients ask for them all the same.
import ObjectCore

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
