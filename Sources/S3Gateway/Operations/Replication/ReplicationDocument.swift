// Why this file exists: `ReplicationConfiguration` in XML: read with AWS's checks, written as it was said. What is not
// carried out is refused by its name.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationConfiguration.html
import ObjectCore

/// `ReplicationConfiguration`.
enum ReplicationDocument {
    static let lengthMaximum = 2 << 20
    static let idLengthMaximum = 255

    static func read(_ document: [UInt8]) throws(S3Error) -> ReplicationConfiguration {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "ReplicationConfiguration")
        guard let role = root.child("Role")?.trimmedText else { throw S3Error(.malformedXML) }
        var configuration = ReplicationConfiguration(role: role, rules: [])
        for child in root.children where child.name != "Role" {
            guard child.name == "Rule" else { throw S3Error(.malformedXML) }
            configuration.rules.append(try rule(child))
        }
        guard (1...ReplicationConfiguration.rulesMaximum).contains(configuration.rules.count) else {
            throw S3Error(.malformedXML)
        }
        try checkTogether(configuration.rules)
        return configuration
    }

    private static func checkTogether(_ rules: [ReplicationRule]) throws(S3Error) {
        for (index, rule) in rules.enumerated() {
            for other in rules[..<index] {
                guard rule.id != other.id else {
                    throw .invalidArgument("Rule Id must be unique", name: "ID", value: rule.id)
                }
                let isOld = rule.filter.form == .rulePrefix
                guard isOld == (other.filter.form == .rulePrefix) else {
                    throw S3Error(
                        .invalidRequest, "All rules must be of one form: with Prefix, or with Filter and Priority")
                }
                if isOld {
                    let (left, right) = (rule.filter.prefix ?? "", other.filter.prefix ?? "")
                    guard !left.hasPrefix(right), !right.hasPrefix(left) else {
                        throw S3Error(
                            .invalidRequest, "Found overlapping prefixes '\(other.filter.prefix ?? "")' and '\(left)'")
                    }
                } else if rule.priority == other.priority {
                    throw S3Error(.invalidRequest, "Found duplicate priority: Rule priorities must be unique.")
                }
            }
        }
    }

    private static func rule(_ element: XMLElement) throws(S3Error) -> ReplicationRule {
        guard let isEnabled = try status(element), let destination = element.child("Destination") else {
            throw S3Error(.malformedXML)
        }
        let filter = try filter(element)
        guard let arn = destination.child("Bucket")?.trimmedText, arn.hasPrefix("arn:aws:s3:::"),
            BucketName.isValid(String(arn.dropFirst(13)))
        else { throw .invalidArgument("Invalid bucket ARN.", name: "Bucket", value: destination.text("Bucket") ?? "") }
        var rule = ReplicationRule(
            id: try id(element.child("ID")?.trimmedText), isEnabled: isEnabled, filter: filter,
            destination: ReplicationRule.Destination(target: "", bucket: String(arn.dropFirst(13))))
        for child in element.children {
            switch child.name {
            case "ID", "Status", "Prefix", "Filter", "Destination": continue
            case "Priority":
                guard let priority = ASCII.decimal(child.trimmedText.utf8), priority <= Int64(Int32.max) else {
                    throw S3Error(.malformedXML)
                }
                rule.priority = priority
            case "DeleteMarkerReplication": rule.copiesMarkers = try status(child)
            case "SourceSelectionCriteria": try readSelection(child, into: &rule)
            case "ExistingObjectReplication":
                if try status(child) == true { throw unserved("ExistingObjectReplication") }
            default: throw S3Error(.malformedXML)
            }
        }
        try checkForm(rule)
        try readDestination(destination, into: &rule)
        return rule
    }

    private static func checkForm(_ rule: ReplicationRule) throws(S3Error) {
        if rule.filter.form == .rulePrefix {
            guard rule.priority == nil, rule.copiesMarkers == nil else { throw S3Error(.malformedXML) }
            return
        }
        guard rule.priority != nil else {
            throw S3Error(.invalidRequest, "Priority must be specified for this version of Cross Region Replication")
        }
        guard let copiesMarkers = rule.copiesMarkers else {
            throw S3Error(
                .invalidRequest,
                "DeleteMarkerReplication must be specified for this version of Cross Region Replication")
        }
        guard !copiesMarkers || rule.filter.tags.isEmpty else {
            throw S3Error(
                .invalidRequest, "Delete marker replication is not supported if any Tag filter is specified.")
        }
    }

    private static func filter(_ element: XMLElement) throws(S3Error) -> LifecycleFilter {
        let filter = try LifecycleFilterDocument.filter(element)
        // Sizes are of lifecycle rules only.
        guard filter.sizeGreaterThan == nil, filter.sizeLessThan == nil else { throw S3Error(.malformedXML) }
        return filter
    }

    private static func readSelection(_ element: XMLElement, into rule: inout ReplicationRule) throws(S3Error) {
        for child in element.children {
            switch child.name {
            case "SseKmsEncryptedObjects": rule.copiesNamedKeys = try status(child)
            case "ReplicaModifications":
                if try status(child) == true { throw unserved("ReplicaModifications") }
            default: throw S3Error(.malformedXML)
            }
        }
    }

    private static func readDestination(_ element: XMLElement, into rule: inout ReplicationRule) throws(S3Error) {
        for child in element.children {
            switch child.name {
            case "Bucket": continue
            case "Account": rule.account = child.trimmedText
            case "StorageClass": rule.storageClass = try StorageClass.decode(child.trimmedText)
            case "AccessControlTranslation":
                guard child.child("Owner")?.trimmedText == "Destination" else { throw S3Error(.malformedXML) }
                rule.translatesOwner = true
            case "EncryptionConfiguration": rule.keyID = child.child("ReplicaKmsKeyID")?.trimmedText
            case "ReplicationTime", "Metrics":
                // There is no promise of minutes here; how replication stands is told by the server's own metrics.
                if try status(child) == true { throw unserved(child.name) }
            default: throw S3Error(.malformedXML)
            }
        }
        guard rule.copiesNamedKeys != true || rule.keyID != nil else {
            throw S3Error(
                .invalidRequest, "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.")
        }
    }

    private static func status(_ element: XMLElement) throws(S3Error) -> Bool? {
        switch element.child("Status")?.trimmedText {
        case "Enabled": true
        case "Disabled": false
        default: throw S3Error(.malformedXML)
        }
    }

    private static func unserved(_ name: String) -> S3Error {
        S3Error(.notImplemented, "Replication with \(name) is not implemented.", fields: ["Element": name])
    }

    // Without an id a rule gets one, as on AWS.
    private static func id(_ text: String?) throws(S3Error) -> String {
        guard let text, !text.isEmpty else {
            var generator = SystemRandomNumberGenerator()
            return Hex.encode((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        guard text.unicodeScalars.count <= idLengthMaximum, !text.utf8.contains(10) else {
            throw .invalidArgument("ID length should not exceed allowed limit of 255", name: "ID", value: text)
        }
        return text
    }

    // MARK: Writing

    static func write(_ configuration: ReplicationConfiguration, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("ReplicationConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Role", configuration.role)
            for rule in configuration.rules {
                writer.element("Rule") { writer in write(rule, into: &writer) }
            }
        }
        response.setXML(writer)
    }

    private static func write(_ rule: ReplicationRule, into writer: inout XMLWriter) {
        writer.leaf("ID", rule.id)
        if let priority = rule.priority { writer.leaf("Priority", priority) }
        LifecycleFilterDocument.write(rule.filter, into: &writer)
        writer.leaf("Status", rule.isEnabled ? "Enabled" : "Disabled")
        if let copies = rule.copiesNamedKeys {
            writer.element("SourceSelectionCriteria") { writer in
                writer.element("SseKmsEncryptedObjects") { $0.leaf("Status", copies ? "Enabled" : "Disabled") }
            }
        }
        writer.element("Destination") { writer in
            writer.leaf("Bucket", "arn:aws:s3:::\(rule.destination.bucket)")
            if let account = rule.account { writer.leaf("Account", account) }
            if let storageClass = rule.storageClass { writer.leaf("StorageClass", storageClass) }
            if rule.translatesOwner {
                writer.element("AccessControlTranslation") { $0.leaf("Owner", "Destination") }
            }
            if let key = rule.keyID {
                writer.element("EncryptionConfiguration") { $0.leaf("ReplicaKmsKeyID", key) }
            }
        }
        if let copies = rule.copiesMarkers {
            writer.element("DeleteMarkerReplication") { $0.leaf("Status", copies ? "Enabled" : "Disabled") }
        }
    }
}
