// Why this file exists: with access control lists off, every list reads the same: the owner may do everything. It is
// written here for buckets and objects.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
import ObjectCore

enum AccessControlDocument {
    static let lengthMaximum = 64 * 1024

    static func write(owner: ShownOwner, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("AccessControlPolicy", namespace: XMLWriter.s3Namespace) { writer in
            writer.owner(owner)
            writer.element("AccessControlList") { writer in
                writer.element("Grant") { writer in
                    writer.element(
                        "Grantee",
                        attributes: [
                            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsi:type": "CanonicalUser",
                        ]
                    ) { writer in
                        writer.leaf("ID", owner.id)
                        if !owner.displayName.isEmpty { writer.leaf("DisplayName", owner.displayName) }
                    }
                    writer.leaf("Permission", "FULL_CONTROL")
                }
            }
        }
        response.setXML(writer)
    }

    /// Refuses every list but the one that holds already: full control for the owner alone.
    /// - Parameter document: empty when the list came in a header, which was checked before.
    static func check(_ document: [UInt8], owner: String) throws(S3Error) {
        guard !document.isEmpty else { return }
        let root: XMLElement
        do {
            root = try XMLReader.read(document, root: "AccessControlPolicy")
        } catch {
            throw S3Error(.malformedACL)
        }
        let grants = root.child("AccessControlList")?.children("Grant") ?? []
        let isOwnersAlone = grants.allSatisfy { grant in
            grant.child("Grantee")?.child("ID")?.trimmedText == owner
                && grant.child("Permission")?.trimmedText == "FULL_CONTROL"
        }
        guard isOwnersAlone, !grants.isEmpty else { throw S3Error(.accessControlListNotSupported) }
    }
}
