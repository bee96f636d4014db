// Why this file exists: `LifecycleConfiguration` in XML: read with AWS's checks, written as it was said.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
import ObjectCore

/// `LifecycleConfiguration`.
enum LifecycleDocument {
    static let lengthMaximum = 2 << 20
    static let idLengthMaximum = 255
    static let newerVersionsMaximum: Int64 = 100
    private static let day: Int64 = 86_400_000

    static func rules(_ document: [UInt8]) throws(S3Error) -> [LifecycleRule] {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "LifecycleConfiguration")
        guard !root.children.isEmpty, root.children.count <= LifecycleConfiguration.rulesMaximum,
            root.children.allSatisfy({ $0.name == "Rule" })
        else { throw S3Error(.malformedXML) }
        var rules: [LifecycleRule] = []
        var ids: Set<String> = []
        for element in root.children {
            let rule = try LifecycleDocument.rule(element)
            guard ids.insert(rule.id).inserted else {
                throw .invalidArgument(
                    "Rule ID must be unique. Found same ID for more than one rule", name: "ID", value: rule.id)
            }
            rules.append(rule)
        }
        return rules
    }

    private static func rule(_ element: XMLElement) throws(S3Error) -> LifecycleRule {
        let isEnabled: Bool
        switch element.child("Status")?.trimmedText {
        case "Enabled": isEnabled = true
        case "Disabled": isEnabled = false
        default: throw S3Error(.malformedXML)
        }
        var rule = LifecycleRule(
            id: try id(element.child("ID")?.trimmedText), isEnabled: isEnabled,
            filter: try LifecycleFilterDocument.filter(element))
        var actions = 0
        for child in element.children {
            switch child.name {
            case "ID", "Status", "Filter", "Prefix": continue
            case "Expiration": rule.expiration = try expiration(child)
            case "NoncurrentVersionExpiration": try readNoncurrent(child, into: &rule)
            case "AbortIncompleteMultipartUpload":
                guard let text = child.child("DaysAfterInitiation")?.trimmedText else { throw S3Error(.malformedXML) }
                rule.abortUploadDays = try positive(
                    text, name: "DaysAfterInitiation", action: "AbortIncompleteMultipartUpload")
            case "Transition": rule.transitions.append(try TransitionDocument.transition(child))
            case "NoncurrentVersionTransition":
                rule.noncurrentTransitions.append(try TransitionDocument.noncurrent(child))
            default: throw S3Error(.malformedXML)
            }
            actions += 1
        }
        guard actions > 0 else {
            throw S3Error(.invalidRequest, "At least one action needs to be specified in a rule")
        }
        try checkFilter(of: rule)
        try TransitionDocument.check(rule)
        return rule
    }

    // Without an id a rule gets one, as on AWS.
    private static func id(_ text: String?) throws(S3Error) -> String {
        guard let text, !text.isEmpty else {
            var generator = SystemRandomNumberGenerator()
            return Hex.encode((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        guard text.unicodeScalars.count <= idLengthMaximum else {
            throw .invalidArgument(
                "ID length should not exceed allowed limit of \(idLengthMaximum)", name: "ID", value: text)
        }
        return text
    }

    private static func expiration(_ element: XMLElement) throws(S3Error) -> LifecycleRule.Expiration {
        guard element.children.count == 1, let child = element.children.first else { throw S3Error(.malformedXML) }
        switch child.name {
        case "Days": return .days(try positive(child.trimmedText, name: "Days", action: "Expiration"))
        case "Date": return .date(milliseconds: try date(child.trimmedText))
        case "ExpiredObjectDeleteMarker":
            switch child.trimmedText {
            case "true": return .expiredDeleteMarker(true)
            case "false": return .expiredDeleteMarker(false)
            default: throw S3Error(.malformedXML)
            }
        default: throw S3Error(.malformedXML)
        }
    }

    private static func readNoncurrent(_ element: XMLElement, into rule: inout LifecycleRule) throws(S3Error) {
        guard let days = element.child("NoncurrentDays")?.trimmedText else { throw S3Error(.malformedXML) }
        rule.noncurrentDays = try positive(days, name: "NoncurrentDays", action: "NoncurrentVersionExpiration")
        guard let newer = element.child("NewerNoncurrentVersions")?.trimmedText else { return }
        rule.newerNoncurrentVersions = try newerVersions(newer, action: "NoncurrentVersionExpiration")
    }

    static func newerVersions(_ text: String, action: String) throws(S3Error) -> Int {
        guard let number = Int64(text) else { throw S3Error(.malformedXML) }
        guard (1...newerVersionsMaximum).contains(number) else {
            throw .invalidArgument(
                "'NewerNoncurrentVersions' for \(action) action must be between 1 and \(newerVersionsMaximum)",
                name: "NewerNoncurrentVersions", value: text)
        }
        return Int(number)
    }

    private static func positive(_ text: String, name: String, action: String) throws(S3Error) -> Int {
        guard let number = Int64(text), number <= Int64(Int32.max) else { throw S3Error(.malformedXML) }
        guard number > 0 else {
            throw .invalidArgument("'\(name)' for \(action) action must be a positive integer", name: name, value: text)
        }
        return Int(number)
    }

    static func date(_ text: String) throws(S3Error) -> Int64 {
        guard let time = HTTPDate.parseISO8601(text) else { throw S3Error(.malformedXML) }
        guard time.milliseconds % day == 0 else {
            throw .invalidArgument("'Date' must be at midnight GMT", name: "Date", value: text)
        }
        return time.milliseconds
    }

    // See: the section "Lifecycle rule: combinations" of the user guide: uploads and markers have no tags and no size.
    private static func checkFilter(of rule: LifecycleRule) throws(S3Error) {
        let filter = rule.filter
        if rule.abortUploadDays != nil {
            guard filter.tags.isEmpty else {
                throw S3Error(.invalidRequest, "AbortIncompleteMultipartUpload cannot be specified with Tags.")
            }
            guard filter.sizeGreaterThan == nil, filter.sizeLessThan == nil else {
                throw S3Error(.invalidRequest, "AbortIncompleteMultipartUpload cannot be specified with Object Size.")
            }
        }
        if case .expiredDeleteMarker = rule.expiration, !filter.tags.isEmpty {
            throw S3Error(.invalidRequest, "ExpiredObjectDeleteMarker cannot be specified with Tags.")
        }
        if rule.newerNoncurrentVersions != nil, filter.form == .rulePrefix {
            throw S3Error(.invalidRequest, "NewerNoncurrentVersions must be used with a Filter element.")
        }
    }
}

// MARK: Writing

extension LifecycleDocument {
    static func write(_ configuration: LifecycleConfiguration, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("LifecycleConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            for rule in configuration.rules {
                writer.element("Rule") { writer in write(rule, into: &writer) }
            }
        }
        response.setXML(writer)
    }

    private static func write(_ rule: LifecycleRule, into writer: inout XMLWriter) {
        writer.leaf("ID", rule.id)
        LifecycleFilterDocument.write(rule.filter, into: &writer)
        writer.leaf("Status", rule.isEnabled ? "Enabled" : "Disabled")
        TransitionDocument.write(rule, into: &writer)
        if let expiration = rule.expiration {
            writer.element("Expiration") { writer in
                switch expiration {
                case .days(let days): writer.leaf("Days", days)
                case .date(let date): writer.leaf("Date", HTTPDate.iso8601(Timestamp(milliseconds: date)))
                case .expiredDeleteMarker(let isOn): writer.leaf("ExpiredObjectDeleteMarker", isOn)
                }
            }
        }
        if let days = rule.noncurrentDays {
            writer.element("NoncurrentVersionExpiration") { writer in
                writer.leaf("NoncurrentDays", days)
                if let newer = rule.newerNoncurrentVersions { writer.leaf("NewerNoncurrentVersions", newer) }
            }
        }
        if let days = rule.abortUploadDays {
            writer.element("AbortIncompleteMultipartUpload") { writer in
                writer.leaf("DaysAfterInitiation", days)
            }
        }
    }
}
