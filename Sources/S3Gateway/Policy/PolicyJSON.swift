// Why this file exists: a policy is JSON by rules that are stricter than JSON's own. A name that occurs twice would let
// two readers see two policies, so it is refused, as AWS refuses it; so is everything that RFC 8259 leaves to the reader.
// Invariant: the reader never goes deeper than ``PolicyJSON/depthMax``; its work grows with the text only.
import ObjectCore

/// A JSON value of a policy; numbers are as they were written.
typealias PolicyJSON = JSONDocument

extension PolicyJSON {
    /// How deep objects and lists may lie in each other; a policy needs six.
    static let depthMax = 16

    static let notJSON = PolicyError("Policies must be valid JSON and the first byte must be '{'")

    /// Reads a whole document, which is an object.
    static func policy(_ bytes: [UInt8]) throws(PolicyError) -> PolicyJSON {
        guard bytes.first == UInt8(ascii: "{") else { throw notJSON }
        do throws(JSONDocumentError) {
            return try PolicyJSON(bytes, depthMaximum: depthMax + 1)
        } catch {
            switch error.kind {
            case .malformed: throw notJSON
            case .tooDeep: throw PolicyError("The policy is nested too deeply.")
            case .duplicate(let name): throw PolicyError("Policy contains the duplicate key \"\(name.shortened)\"")
            }
        }
    }

    /// A string, or a number or truth value as it is written: conditions take any of them.
    var scalarText: String? {
        switch self {
        case .text(let text), .number(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .object, .array, .null: nil
        }
    }
}

extension String {
    /// As much of a client's text as a message repeats.
    var shortened: String { utf8.count <= 200 ? self : String(prefix(100)) + "…" }
}
