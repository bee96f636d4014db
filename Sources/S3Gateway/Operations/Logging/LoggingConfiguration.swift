// Why this file exists: where access to a bucket is logged to, as a value and as the document of S3.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_BucketLoggingStatus.html
import ObjectCore

/// `LoggingEnabled`.
struct LoggingConfiguration: Sendable, Hashable {
    /// How the objects are called.
    enum KeyFormat: Sendable, Hashable {
        /// PREFIX and a time; the default, which a document need not name.
        case simple(isNamed: Bool)
        /// PREFIX, account, region, bucket and day, then a time.
        case partitioned(byEventTime: Bool)
    }

    static let lengthMaximum = 64 << 10
    /// Longer ones leave no room for the name behind them.
    static let prefixMaximum = 800

    var targetBucket: String
    var targetPrefix: String
    var keyFormat = KeyFormat.simple(isNamed: false)
    var grants: [AccessGrant] = []

    /// Reads a `BucketLoggingStatus`; nil for one that switches logging off.
    static func read(_ document: [UInt8]) throws(S3Error) -> LoggingConfiguration? {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "BucketLoggingStatus")
        guard let enabled = root.children.first else { return nil }
        guard root.children.count == 1, enabled.name == "LoggingEnabled",
            let bucket = enabled.child("TargetBucket")?.trimmedText, let prefix = enabled.child("TargetPrefix")?.text
        else { throw S3Error(.malformedXML) }
        guard prefix.utf8.count <= prefixMaximum else {
            throw .invalidArgument("The target prefix is too long", name: "TargetPrefix", value: prefix)
        }
        var configuration = LoggingConfiguration(targetBucket: bucket, targetPrefix: prefix)
        for child in enabled.children {
            switch child.name {
            case "TargetBucket", "TargetPrefix": continue
            case "TargetObjectKeyFormat": configuration.keyFormat = try keyFormat(child)
            case "TargetGrants":
                for grant in child.children { configuration.grants.append(try LoggingConfiguration.grant(grant)) }
            default: throw S3Error(.malformedXML)
            }
        }
        guard configuration.grants.count < AccessGrant.countMaximum else { throw S3Error(.malformedXML) }
        return configuration
    }

    private static func keyFormat(_ element: XMLElement) throws(S3Error) -> KeyFormat {
        guard element.children.count == 1, let form = element.children.first else { throw S3Error(.malformedXML) }
        switch form.name {
        case "SimplePrefix": return .simple(isNamed: true)
        case "PartitionedPrefix":
            switch form.child("PartitionDateSource")?.trimmedText {
            case "EventTime": return .partitioned(byEventTime: true)
            case "DeliveryTime", nil: return .partitioned(byEventTime: false)
            default: throw S3Error(.malformedXML)
            }
        default: throw S3Error(.malformedXML)
        }
    }

    private static let groups: [(uri: String, grantee: AccessGrant.Grantee)] = [
        ("http://acs.amazonaws.com/groups/global/AllUsers", .allUsers),
        ("http://acs.amazonaws.com/groups/global/AuthenticatedUsers", .authenticatedUsers),
        ("http://acs.amazonaws.com/groups/s3/LogDelivery", .logDelivery),
    ]
    private static let permissions: [(name: String, permission: AccessGrant.Permission)] = [
        ("FULL_CONTROL", .fullControl), ("READ", .read), ("WRITE", .write),
    ]

    private static func grant(_ element: XMLElement) throws(S3Error) -> AccessGrant {
        let name = element.child("Permission")?.trimmedText
        guard element.name == "Grant", let grantee = element.child("Grantee"),
            let permission = permissions.first(where: { $0.name == name })?.permission
        else { throw S3Error(.malformedXML) }
        if let id = grantee.child("ID")?.trimmedText { return AccessGrant(.account(id), permission) }
        let uri = grantee.child("URI")?.trimmedText
        guard let group = groups.first(where: { $0.uri == uri })?.grantee else { throw S3Error(.malformedXML) }
        return AccessGrant(group, permission)
    }

    /// The document that is kept and given back.
    var document: [UInt8] {
        var writer = XMLWriter()
        writer.element("BucketLoggingStatus", namespace: XMLWriter.s3Namespace) { writer in
            writer.element("LoggingEnabled") { writer in
                writer.leaf("TargetBucket", targetBucket)
                if !grants.isEmpty {
                    writer.element("TargetGrants") { writer in
                        for grant in grants { LoggingConfiguration.write(grant, into: &writer) }
                    }
                }
                writer.leaf("TargetPrefix", targetPrefix)
                switch keyFormat {
                case .simple(isNamed: false): break
                case .simple(isNamed: true):
                    writer.element("TargetObjectKeyFormat") { $0.empty("SimplePrefix") }
                case .partitioned(let byEventTime):
                    writer.element("TargetObjectKeyFormat") { writer in
                        writer.element("PartitionedPrefix") { writer in
                            writer.leaf("PartitionDateSource", byEventTime ? "EventTime" : "DeliveryTime")
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func write(_ grant: AccessGrant, into writer: inout XMLWriter) {
        let type: String
        if case .account = grant.grantee { type = "CanonicalUser" } else { type = "Group" }
        writer.element("Grant") { writer in
            writer.element(
                "Grantee",
                attributes: ["xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsi:type": type]
            ) { writer in
                if case .account(let id) = grant.grantee {
                    writer.leaf("ID", id)
                } else if let uri = groups.first(where: { $0.grantee == grant.grantee })?.uri {
                    writer.leaf("URI", uri)
                }
            }
            if let name = permissions.first(where: { $0.permission == grant.permission })?.name {
                writer.leaf("Permission", name)
            }
        }
    }
}
