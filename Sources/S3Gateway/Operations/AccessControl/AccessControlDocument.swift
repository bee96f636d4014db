// Why this file exists: an access control list as XML, as it is told and as it is sent.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
import ObjectCore

/// A list with the account that the thing belongs to.
struct AccessControlList: Sendable, Equatable {
    var owner: String
    var grants: [AccessGrant]

    /// - Parameter grants: nil leaves the owner alone with full control.
    init(owner: String, grants: [AccessGrant]?) {
        self.owner = owner
        self.grants = grants ?? [AccessGrant(.account(owner), .fullControl)]
    }
}

/// `AccessControlPolicy`
enum AccessControlDocument {
    static let lengthMaximum = 64 * 1024

    private static let instance = "http://www.w3.org/2001/XMLSchema-instance"

    /// - Parameter shown: how an account is shown.
    static func write(
        _ list: AccessControlList, into response: inout HTTPResponse, shown: (String) -> ShownOwner
    ) {
        response.add("content-type", "application/xml")
        response.body = .bytes(document(list, shown: shown))
    }

    /// - Parameter shown: how an account is shown.
    static func document(_ list: AccessControlList, shown: (String) -> ShownOwner) -> [UInt8] {
        var writer = XMLWriter()
        writer.element("AccessControlPolicy", namespace: XMLWriter.s3Namespace) { writer in
            writer.owner(shown(list.owner))
            writer.element("AccessControlList") { writer in
                // Groups come first: S3 gives no order, and this is the one that clients have been tested with.
                let groups = list.grants.filter { $0.grantee.isGroup }
                for grant in groups + list.grants.filter({ !$0.grantee.isGroup }) {
                    writer.element("Grant") { writer in
                        write(grant.grantee, into: &writer, shown: shown)
                        writer.leaf("Permission", grant.permission.wireName)
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func write(
        _ grantee: AccessGrant.Grantee, into writer: inout XMLWriter, shown: (String) -> ShownOwner
    ) {
        let uri = GranteeGroup.uri(of: grantee)
        let attributes: KeyValuePairs<StaticString, String> = [
            "xmlns:xsi": instance, "xsi:type": uri == nil ? "CanonicalUser" : "Group",
        ]
        writer.element("Grantee", attributes: attributes) { writer in
            if let uri { writer.leaf("URI", uri) }
            guard case .account(let id) = grantee else { return }
            let owner = shown(id)
            writer.leaf("ID", owner.id)
            if !owner.displayName.isEmpty { writer.leaf("DisplayName", owner.displayName) }
        }
    }

    /// What a document asks for.
    struct Requested: Sendable, Equatable {
        /// Nil when the document does not say it.
        var owner: String?
        var grants: [RequestedGrant]
    }

    /// - Throws: MalformedACLError.
    static func read(_ document: [UInt8]) throws(S3Error) -> Requested {
        let root: XMLElement
        do {
            root = try XMLReader.read(document, root: "AccessControlPolicy")
        } catch {
            throw S3Error(.malformedACL)
        }
        var requested = Requested(owner: root.child("Owner")?.child("ID")?.trimmedText, grants: [])
        guard let list = root.child("AccessControlList") else { throw S3Error(.malformedACL) }
        for element in list.children {
            guard element.name == "Grant", let grantee = element.child("Grantee"),
                let permission = AccessGrant.Permission(wireName: element.child("Permission")?.trimmedText ?? "")
            else { throw S3Error(.malformedACL) }
            requested.grants.append(RequestedGrant(grantee: try read(grantee), permission: permission))
        }
        return requested
    }

    // The type is an attribute, but what stands inside tells it too, and some clients leave the attribute out.
    private static func read(_ grantee: XMLElement) throws(S3Error) -> RequestedGrant.Grantee {
        let type = grantee.attributes["type"]
        if let id = grantee.child("ID")?.trimmedText, type == nil || type == "CanonicalUser" { return .id(id) }
        if let uri = grantee.child("URI")?.trimmedText, type == nil || type == "Group" { return .uri(uri) }
        if let address = grantee.child("EmailAddress")?.trimmedText, type == nil || type == "AmazonCustomerByEmail" {
            return .emailAddress(address)
        }
        throw S3Error(.malformedACL)
    }
}

/// A list as PutBucketAcl and PutObjectAcl take it: in headers or in a document, never in both.
enum NewAccessControlList: Sendable, Equatable {
    case headers(AccessControlHeaders)
    case document(AccessControlDocument.Requested)

    init(_ request: VerifiedRequest, document: [UInt8]) throws(S3Error) {
        let headers = try AccessControlHeaders(request)
        switch (headers, document.isEmpty) {
        case (.absent, true):
            throw S3Error(.missingSecurityHeader, fields: ["MissingHeaderName": "x-amz-acl"])
        case (.absent, false): self = .document(try AccessControlDocument.read(document))
        case (_, true): self = .headers(headers)
        case (_, false): throw S3Error(.unexpectedContent)
        }
    }
}

extension OperationContext {
    /// The grants of a new list; nil for the owner's full control alone.
    /// - Parameters:
    ///   - bucketOwner: nil for the list of a bucket.
    /// - Throws: AccessDenied when the document names another owner.
    func grants(
        _ list: NewAccessControlList, owner: String, bucketOwner: String?
    ) throws(S3Error) -> [AccessGrant]? {
        switch list {
        case .headers(let headers): return try grants(headers, owner: owner, bucketOwner: bucketOwner)
        case .document(let requested):
            // A list changes what is given, never whose the thing is.
            guard requested.owner == nil || requested.owner == owner else { throw S3Error(.accessDenied) }
            let grants = try resolved(requested.grants)
            return grants.isOwnersAlone(owner) ? nil : grants
        }
    }

    /// Where lists are off, only what holds anyway can be asked for.
    /// - Throws: AccessControlListNotSupported.
    func checkGrantsNothing(_ list: NewAccessControlList, bucketOwner: String) throws(S3Error) {
        switch list {
        case .headers(.canned(.bucketOwnerFullControl)): return
        case .headers(.canned): throw S3Error(.accessControlListNotSupported)
        case .headers:
            guard try grants(list, owner: bucketOwner, bucketOwner: bucketOwner) == nil else {
                throw S3Error(.accessControlListNotSupported)
            }
        case .document(let requested):
            guard requested.owner == nil || requested.owner == bucketOwner,
                try resolved(requested.grants).isOwnersAlone(bucketOwner)
            else { throw S3Error(.accessControlListNotSupported) }
        }
    }

    /// The account that owns whatever anybody writes into the request's bucket; nil where writers do.
    func ownerOfAll() -> String? {
        guard let bucketOrNil else { return nil }
        let access = try? service.access(of: bucketOrNil)
        return access?.listsAreOff ?? true ? bucketOrNil.owner : nil
    }

    /// The owner of an object or an upload.
    func shownOwner(of attributes: ObjectAttributes, in bucket: Bucket) throws(S3Error) -> ShownOwner {
        shownOwner(try service.access(of: bucket).owner(of: attributes, in: bucket))
    }
}
