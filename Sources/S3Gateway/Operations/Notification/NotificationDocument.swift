// Why this file exists: `NotificationConfiguration` in XML: read with AWS's checks, written as it was said.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_NotificationConfiguration.html
import ObjectCore

/// `NotificationConfiguration`.
enum NotificationDocument {
    static let lengthMaximum = 1 << 20
    static let idLengthMaximum = 255
    static let filterValueMaximum = 1024

    static func read(_ document: [UInt8]) throws(S3Error) -> NotificationConfiguration {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "NotificationConfiguration")
        var configuration = NotificationConfiguration()
        for child in root.children {
            switch child.name {
            case "TopicConfiguration": configuration.rules.append(try rule(child, .topic))
            case "QueueConfiguration": configuration.rules.append(try rule(child, .queue))
            case "CloudFunctionConfiguration": configuration.rules.append(try rule(child, .function))
            case "EventBridgeConfiguration": configuration.usesEventBus = true
            default: throw S3Error(.malformedXML)
            }
        }
        guard configuration.rules.count <= NotificationConfiguration.rulesMaximum else {
            throw S3Error(
                .invalidArgument,
                "The number of notification configurations exceeds \(NotificationConfiguration.rulesMaximum)")
        }
        try checkTogether(configuration.rules)
        return configuration
    }

    private static func checkTogether(_ rules: [NotificationRule]) throws(S3Error) {
        for (index, rule) in rules.enumerated() {
            for other in rules[..<index] {
                guard rule.id != other.id else {
                    throw .invalidArgument(
                        "Same ID used for multiple configurations. IDs must be unique", name: "Id", value: rule.id)
                }
                guard !rule.overlaps(other) else {
                    let hasFilters = [rule, other].contains { $0.prefix != nil || $0.suffix != nil }
                    throw S3Error(
                        .invalidArgument,
                        hasFilters
                            ? "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if "
                                + "the prefixes are overlapping for the same event type."
                            : "Configurations overlap. Configurations on the same bucket cannot share a common event "
                                + "type.")
                }
            }
        }
    }

    private static func rule(
        _ element: XMLElement, _ service: NotificationRule.Service
    ) throws(S3Error) -> NotificationRule {
        guard let arn = element.child(service.elementName)?.trimmedText else { throw S3Error(.malformedXML) }
        guard let name = destination(arn, service) else {
            throw .invalidArgument("The ARN is not well formed", name: service.elementName, value: arn)
        }
        var rule = NotificationRule(
            id: try id(element.child("Id")?.trimmedText), service: service, arn: arn, destination: name, events: [])
        for child in element.children {
            switch child.name {
            case "Id", service.elementName: continue
            case "Event":
                let event = child.trimmedText
                guard EventSet(named: event) != nil else {
                    throw .invalidArgument(
                        "A specified event is not supported for notifications.", name: "Event", value: event)
                }
                if !rule.events.contains(event) { rule.events.append(event) }
            case "Filter": try readFilter(child, into: &rule)
            default: throw S3Error(.malformedXML)
            }
        }
        guard !rule.events.isEmpty else { throw S3Error(.malformedXML) }
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
                "ID length should not exceed allowed limit of \(idLengthMaximum)", name: "Id", value: text)
        }
        return text
    }

    /// The name at the end of an ARN of that service; nil when it is none. Region and account say nothing here.
    static func destination(_ arn: String, _ service: NotificationRule.Service) -> String? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == service.arnName else {
            return nil
        }
        let name: Substring
        switch service {
        case .topic, .queue:
            guard parts.count == 6 else { return nil }
            name = parts[5]
        case .function:
            // A version or alias may follow: arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS.
            guard (7...8).contains(parts.count), parts[5] == "function" else { return nil }
            name = parts[6]
        }
        return name.isEmpty || name.utf8.count > WebhookDestination.nameLengthMaximum ? nil : String(name)
    }

    private static func readFilter(_ element: XMLElement, into rule: inout NotificationRule) throws(S3Error) {
        guard element.children.allSatisfy({ $0.name == "S3Key" }), element.children.count <= 1 else {
            throw S3Error(.malformedXML)
        }
        for part in element.children.first?.children ?? [] {
            guard part.name == "FilterRule", let name = part.child("Name")?.trimmedText,
                let value = part.child("Value")?.text
            else { throw S3Error(.malformedXML) }
            guard value.utf8.count <= filterValueMaximum else {
                throw .invalidArgument(
                    "Size of filter rule value cannot exceed \(filterValueMaximum) bytes in UTF-8 representation",
                    name: "Value", value: value)
            }
            switch name.lowercased() {
            case "prefix":
                guard rule.prefix == nil else { throw twice("prefix") }
                rule.prefix = value
            case "suffix":
                guard rule.suffix == nil else { throw twice("suffix") }
                rule.suffix = value
            default:
                throw .invalidArgument(
                    "filter rule name must be either prefix or suffix", name: "FilterRule.Name", value: name)
            }
        }
    }

    private static func twice(_ name: String) -> S3Error {
        .invalidArgument(
            "Cannot specify more than one \(name) rule in a filter.", name: "FilterRule.Name", value: name)
    }

    // MARK: Writing

    static func write(_ configuration: NotificationConfiguration, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("NotificationConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            for rule in configuration.rules {
                writer.element(rule.service.configurationName) { writer in write(rule, into: &writer) }
            }
            if configuration.usesEventBus { writer.empty("EventBridgeConfiguration") }
        }
        response.setXML(writer)
    }

    private static func write(_ rule: NotificationRule, into writer: inout XMLWriter) {
        writer.leaf("Id", rule.id)
        writer.leaf(name: rule.service.elementName, rule.arn)
        for event in rule.events { writer.leaf("Event", event) }
        guard rule.prefix != nil || rule.suffix != nil else { return }
        writer.element("Filter") { writer in
            writer.element("S3Key") { writer in
                for (name, value) in [("Prefix", rule.prefix), ("Suffix", rule.suffix)] {
                    guard let value else { continue }
                    writer.element("FilterRule") { writer in
                        writer.leaf("Name", name)
                        writer.leaf("Value", value)
                    }
                }
            }
        }
    }
}

extension NotificationRule.Service {
    fileprivate var configurationName: StaticString {
        switch self {
        case .topic: "TopicConfiguration"
        case .queue: "QueueConfiguration"
        case .function: "CloudFunctionConfiguration"
        }
    }

    fileprivate var elementName: String {
        switch self {
        case .topic: "Topic"
        case .queue: "Queue"
        case .function: "CloudFunction"
        }
    }

    fileprivate var arnName: String {
        switch self {
        case .topic: "sns"
        case .queue: "sqs"
        case .function: "lambda"
        }
    }
}
