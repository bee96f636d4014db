// Why this file exists: a list comes in headers as one canned name or as up to five headers of grants, on eight
// operations, and is read in one way here. What it comes to depends on the bucket and is decided beside.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#setting-acls
import ObjectCore

/// `x-amz-acl` and `x-amz-grant-*`.
enum AccessControlHeaders: Sendable, Equatable {
    /// Nothing was said.
    case absent
    case canned(CannedACL)
    case grants([RequestedGrant])

    private static let grantHeaders: [(name: StaticString, permission: AccessGrant.Permission)] = [
        ("x-amz-grant-read", .read), ("x-amz-grant-write", .write), ("x-amz-grant-read-acp", .readACP),
        ("x-amz-grant-write-acp", .writeACP), ("x-amz-grant-full-control", .fullControl),
    ]

    init(_ request: VerifiedRequest) throws(S3Error) {
        var grants: [RequestedGrant] = []
        var hasGrants = false
        for (name, permission) in AccessControlHeaders.grantHeaders {
            guard let value = request.header(name) else { continue }
            hasGrants = true
            for grantee in try AccessControlHeaders.grantees(value, header: name) {
                grants.append(RequestedGrant(grantee: grantee, permission: permission))
            }
        }
        guard let canned = request.header("x-amz-acl") else {
            self = hasGrants ? .grants(grants) : .absent
            return
        }
        guard !hasGrants else {
            throw S3Error(.invalidRequest, "Specifying both Canned ACLs and Header Grants is not allowed")
        }
        self = .canned(try CannedACL(canned))
    }

    /// `id="…", uri="…", emailAddress="…"`
    private static func grantees(
        _ value: String, header: StaticString
    ) throws(S3Error) -> [RequestedGrant.Grantee] {
        var grantees: [RequestedGrant.Grantee] = []
        for piece in value.split(separator: ",") {
            let text = piece.trimmingSpaces
            guard !text.isEmpty else { continue }
            guard let equals = text.firstIndex(of: "=") else { throw malformed(text, header) }
            var name = text[text.index(after: equals)...].trimmingSpaces
            if name.hasPrefix("\""), name.hasSuffix("\""), name.utf8.count >= 2 { name = name.dropFirst().dropLast() }
            switch text[..<equals].trimmingSpaces.lowercased() {
            case "id": grantees.append(.id(String(name)))
            case "uri": grantees.append(.uri(String(name)))
            case "emailaddress": grantees.append(.emailAddress(String(name)))
            default: throw malformed(text, header)
            }
        }
        return grantees
    }

    private static func malformed(_ text: Substring, _ header: StaticString) -> S3Error {
        .invalidArgument("Argument format not recognized", name: header.description, value: String(text))
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var rest = drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return rest
    }
}
