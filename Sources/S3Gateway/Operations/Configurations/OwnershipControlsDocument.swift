// Why this file exists: the ownership controls of a bucket as XML: one rule, always.
import ObjectCore

/// `OwnershipControls`
enum OwnershipControlsDocument {
    static let lengthMaximum = 64 * 1024

    static func read(_ document: [UInt8]) throws(S3Error) -> ObjectOwnership {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "OwnershipControls")
        guard root.children.count == 1, let rule = root.child("Rule"),
            let text = rule.child("ObjectOwnership")?.trimmedText, let value = ObjectOwnership(rawValue: text),
            value != .none
        else { throw S3Error(.malformedXML) }
        return value
    }

    static func write(_ ownership: ObjectOwnership, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("OwnershipControls", namespace: XMLWriter.s3Namespace) { writer in
            writer.element("Rule") { $0.leaf("ObjectOwnership", ownership.rawValue) }
        }
        response.setXML(writer)
    }
}
