// Why this file exists: the public access block of a bucket as XML.
import ObjectCore

/// `PublicAccessBlockConfiguration`
enum PublicAccessBlockDocument {
    static let lengthMaximum = 64 * 1024

    /// A switch that is not named is off.
    static func read(_ document: [UInt8]) throws(S3Error) -> PublicAccessBlock {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "PublicAccessBlockConfiguration")
        var block = PublicAccessBlock()
        for child in root.children {
            guard let bit = PublicAccessBlock.names.first(where: { $0.element.description == child.name })?.bit else {
                throw S3Error(.malformedXML)
            }
            switch child.trimmedText.lowercased() {
            case "true", "1": block.insert(bit)
            case "false", "0": continue
            default: throw S3Error(.malformedXML)
            }
        }
        return block
    }

    static func write(_ block: PublicAccessBlock, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("PublicAccessBlockConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            for (element, bit) in PublicAccessBlock.names { writer.leaf(element, block.contains(bit)) }
        }
        response.setXML(writer)
    }
}
