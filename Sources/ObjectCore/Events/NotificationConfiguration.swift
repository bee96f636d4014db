// Why this file exists: who is told of what in a bucket, as a value: without XML and without network. Rules may not
// overlap, so an event goes to one rule's destination at most, and to the event bus when the bucket has one.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html

/// The notifications of a bucket.
public struct NotificationConfiguration: Sendable, Hashable {
    /// The name of the bucket setting that holds it.
    public static let settingName = "notification"
    public static let rulesMaximum = 100
    /// The destination that takes the place of the event bus.
    public static let eventBusName = "eventbridge"

    public var rules: [NotificationRule]
    /// Whether everything goes to the event bus beside the rules.
    public var usesEventBus: Bool

    public init(rules: [NotificationRule] = [], usesEventBus: Bool = false) {
        self.rules = rules
        self.usesEventBus = usesEventBus
    }

    public var isEmpty: Bool { rules.isEmpty && !usesEventBus }

    /// The names of all destinations, each once, in order.
    public var destinations: [String] {
        var names = Set(rules.map(\.destination))
        if usesEventBus { names.insert(NotificationConfiguration.eventBusName) }
        return names.sorted()
    }

    /// Where an event goes and by which rule; at most one entry for each destination.
    func routes(_ kind: EventKind, key: [UInt8]) -> [(destination: String, rule: String)] {
        var routes: [(destination: String, rule: String)] = []
        if let rule = rules.first(where: { $0.matches(kind, key: key) }) { routes.append((rule.destination, rule.id)) }
        if usesEventBus, routes.first?.destination != NotificationConfiguration.eventBusName {
            routes.append((NotificationConfiguration.eventBusName, ""))
        }
        return routes
    }
}

/// One rule: these events of these keys go there.
public struct NotificationRule: Sendable, Hashable {
    /// What kind of destination the document named. All are webhooks here; the document is given back as it came.
    public enum Service: UInt8, Sendable {
        // The raw values are on disk: never renumber.
        case topic = 1
        case queue = 2
        case function = 3
    }

    public var id: String
    public var service: Service
    /// As the document said it.
    public var arn: String
    /// The last part of the ARN: the name of a destination that the operator configured.
    public var destination: String
    /// Names of events as the document said them, such as `s3:ObjectCreated:*`.
    public var events: [String] { didSet { wanted = NotificationRule.set(events) } }
    /// Everything that the names stand for.
    public private(set) var wanted: EventSet
    public var prefix: String?
    public var suffix: String?

    public init(
        id: String, service: Service, arn: String, destination: String, events: [String], prefix: String? = nil,
        suffix: String? = nil
    ) {
        self.id = id
        self.service = service
        self.arn = arn
        self.destination = destination
        self.events = events
        wanted = NotificationRule.set(events)
        self.prefix = prefix
        self.suffix = suffix
    }

    private static func set(_ names: [String]) -> EventSet {
        names.reduce(into: []) { set, name in set.formUnion(EventSet(named: name) ?? []) }
    }

    func matches(_ kind: EventKind, key: [UInt8]) -> Bool {
        wanted.contains(EventSet(kind)) && key.starts(with: (prefix ?? "").utf8)
            && key.reversed().starts(with: (suffix ?? "").utf8.reversed())
    }

    /// Whether some event could be meant by both.
    public func overlaps(_ other: NotificationRule) -> Bool {
        guard !wanted.isDisjoint(with: other.wanted) else { return false }
        let (left, right) = (Array((prefix ?? "").utf8), Array((other.prefix ?? "").utf8))
        guard left.starts(with: right) || right.starts(with: left) else { return false }
        let (leftEnd, rightEnd) = (Array((suffix ?? "").utf8.reversed()), Array((other.suffix ?? "").utf8.reversed()))
        return leftEnd.starts(with: rightEnd) || rightEnd.starts(with: leftEnd)
    }
}

// MARK: The stored form (docs/FORMAT.md, "Records")

extension NotificationConfiguration {
    private static let formatVersion: UInt8 = 1
    private static let seal = Array("notification".utf8)

    public var encoded: [UInt8] {
        var writer = RecordWriter()
        writer.byte(NotificationConfiguration.formatVersion)
        writer.byte(usesEventBus ? 1 : 0)
        writer.count(rules.count)
        for rule in rules {
            writer.text(rule.id)
            writer.byte(rule.service.rawValue)
            writer.text(rule.arn)
            writer.text(rule.destination)
            writer.count(rule.events.count)
            for event in rule.events { writer.text(event) }
            for part in [rule.prefix, rule.suffix] {
                writer.byte(part == nil ? 0 : 1)
                writer.text(part ?? "")
            }
        }
        return writer.sealed(with: NotificationConfiguration.seal)
    }

    /// - Throws: ``StoreError/corrupt(_:)``.
    public init(encoded bytes: [UInt8]) throws(StoreError) {
        self = try bytes.reading { raw throws(StoreError) in
            var reader = try RecordReader(
                sealed: raw, columns: NotificationConfiguration.seal, row: "notification configuration")
            guard try reader.byte() == NotificationConfiguration.formatVersion else {
                throw .corrupt("a notification configuration has an unknown form")
            }
            let usesEventBus = try reader.byte() != 0
            var rules: [NotificationRule] = []
            for _ in 0..<(try reader.count()) {
                let id = try reader.text()
                guard let service = NotificationRule.Service(rawValue: try reader.byte()) else {
                    throw .corrupt("a notification rule has an unknown kind of destination")
                }
                var rule = NotificationRule(
                    id: id, service: service, arn: try reader.text(), destination: try reader.text(), events: [])
                for _ in 0..<(try reader.count()) { rule.events.append(try reader.text()) }
                rule.prefix = try reader.optionalText()
                rule.suffix = try reader.optionalText()
                rules.append(rule)
            }
            return NotificationConfiguration(rules: rules, usesEventBus: usesEventBus)
        }
    }
}

extension RecordReader {
    fileprivate mutating func optionalText() throws(StoreError) -> String? {
        let isThere = try byte() != 0
        let text = try text()
        return isThere ? text : nil
    }
}
