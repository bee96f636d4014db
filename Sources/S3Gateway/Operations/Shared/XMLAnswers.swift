// Why this file exists: elements that several answers share, written in one way.
import ObjectCore

extension HTTPResponse {
    /// The document as the body.
    mutating func setXML(_ writer: XMLWriter) {
        add("content-type", "application/xml")
        body = .bytes(writer.bytes)
    }
}

/// An account as answers show it.
struct ShownOwner: Sendable {
    var id: String
    var displayName: String
}

extension OperationContext {
    func shownOwner(_ account: String) -> ShownOwner {
        ShownOwner(id: account, displayName: displayName(of: account))
    }
}

extension XMLWriter {
    /// `<Owner>` or `<Initiator>`.
    mutating func owner(_ owner: ShownOwner, as name: StaticString = "Owner") {
        element(name) { writer in
            writer.leaf("ID", owner.id)
            if !owner.displayName.isEmpty { writer.leaf("DisplayName", owner.displayName) }
        }
    }
}
