// Why this file exists: which objects of a bucket are copied to which buckets elsewhere, as a value: without XML and
// without network.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html

/// The replication of a bucket.
public struct ReplicationConfiguration: Sendable, Hashable {
    /// The name of the bucket setting that holds it.
    public static let settingName = "replication"
    public static let rulesMaximum = 1000

    /// Kept and told; nothing here assumes a role.
    public var role: String
    public var rules: [ReplicationRule]

    public init(role: String, rules: [ReplicationRule]) {
        self.role = role
        self.rules = rules
    }

    /// The rules that a version is copied by, by the name of their target: of several rules for one bucket the one of the
    /// highest priority counts. Targets are in order.
    func routes(_ version: ObjectVersion) -> [(target: String, rules: [String])] {
        var chosen: [ReplicationRule.Destination: ReplicationRule] = [:]
        for rule in rules where rule.isEnabled && rule.takes(version) {
            if let other = chosen[rule.destination], other.priority ?? 0 >= rule.priority ?? 0 { continue }
            chosen[rule.destination] = rule
        }
        let byTarget = Dictionary(grouping: chosen.values) { $0.destination.target }
        return byTarget.sorted { $0.key < $1.key }.map { ($0.key, $0.value.map(\.id).sorted()) }
    }
}

/// One rule: these objects are copied there.
public struct ReplicationRule: Sendable, Hashable {
    /// Where copies go.
    public struct Destination: Sendable, Hashable {
        /// The name of an endpoint that the operator configured.
        public var target: String
        public var bucket: String

        public init(target: String, bucket: String) {
            self.target = target
            self.bucket = bucket
        }
    }

    public var id: String
    public var priority: Int64?
    public var isEnabled: Bool
    public var filter: LifecycleFilter
    public var destination: Destination
    /// `Destination/Account` as the document said it.
    public var account: String?
    /// The class of copies; nil for that of the source.
    public var storageClass: String?
    /// Whether copies belong to the owner of their bucket, which they do anyway.
    public var translatesOwner = false
    /// `DeleteMarkerReplication`; nil when it was not said.
    public var copiesMarkers: Bool?
    /// `SseKmsEncryptedObjects`; nil when it was not said.
    public var copiesNamedKeys: Bool?
    /// `ReplicaKmsKeyID`.
    public var keyID: String?

    public init(
        id: String, priority: Int64? = nil, isEnabled: Bool, filter: LifecycleFilter, destination: Destination
    ) {
        self.id = id
        self.priority = priority
        self.isEnabled = isEnabled
        self.filter = filter
        self.destination = destination
    }

    /// Whether a new version, or marker, is copied.
    func takes(_ version: ObjectVersion) -> Bool {
        guard filter.matches(version) else { return false }
        // Rules of the first form copy markers, those with a filter when they say so.
        if version.isDeleteMarker { return copiesMarkers ?? (filter.form == .rulePrefix) }
        if version.encryption?.scheme == .named { return copiesNamedKeys == true }
        return true
    }
}

// MARK: The stored form (docs/FORMAT.md, "Records")

extension ReplicationConfiguration {
    private static let formatVersion: UInt8 = 1
    private static let seal = Array("replication".utf8)

    public var encoded: [UInt8] {
        var writer = RecordWriter()
        writer.byte(ReplicationConfiguration.formatVersion)
        writer.text(role)
        writer.count(rules.count)
        for rule in rules {
            writer.text(rule.id)
            writer.signed(rule.priority ?? -1)
            writer.byte(rule.isEnabled ? 1 : 0)
            writer.byte(rule.filter.form.rawValue)
            writer.optional(rule.filter.prefix)
            writer.pairs(rule.filter.tags.map { NameValue($0.key, $0.value) })
            writer.text(rule.destination.target)
            writer.text(rule.destination.bucket)
            for text in [rule.account, rule.storageClass, rule.keyID] { writer.optional(text) }
            for flag in [rule.copiesMarkers, rule.copiesNamedKeys] { writer.byte(flag.map { $0 ? 1 : 2 } ?? 0) }
            writer.byte(rule.translatesOwner ? 1 : 0)
        }
        return writer.sealed(with: ReplicationConfiguration.seal)
    }

    /// - Throws: ``StoreError/corrupt(_:)``.
    public init(encoded bytes: [UInt8]) throws(StoreError) {
        self = try bytes.reading { raw throws(StoreError) in
            var reader = try RecordReader(
                sealed: raw, columns: ReplicationConfiguration.seal, row: "replication configuration")
            guard try reader.byte() == ReplicationConfiguration.formatVersion else {
                throw .corrupt("a replication configuration has an unknown form")
            }
            var configuration = ReplicationConfiguration(role: try reader.text(), rules: [])
            for _ in 0..<(try reader.count()) { configuration.rules.append(try ReplicationRule(from: &reader)) }
            return configuration
        }
    }
}

extension ReplicationRule {
    fileprivate init(from reader: inout RecordReader) throws(StoreError) {
        let id = try reader.text()
        let priority = try reader.signed()
        let isEnabled = try reader.byte() != 0
        guard let form = LifecycleFilter.Form(rawValue: try reader.byte()) else {
            throw .corrupt("a replication filter has an unknown form")
        }
        let prefix = try reader.optional()
        let tags = try reader.pairs().map { LifecycleTag(key: $0.name, value: $0.value) }
        self.init(
            id: id, priority: priority < 0 ? nil : priority, isEnabled: isEnabled,
            filter: LifecycleFilter(form: form, prefix: prefix, tags: tags),
            destination: Destination(target: try reader.text(), bucket: try reader.text()))
        account = try reader.optional()
        storageClass = try reader.optional()
        keyID = try reader.optional()
        copiesMarkers = try reader.optionalFlag()
        copiesNamedKeys = try reader.optionalFlag()
        translatesOwner = try reader.byte() != 0
    }
}

extension RecordWriter {
    fileprivate mutating func optional(_ text: String?) {
        byte(text == nil ? 0 : 1)
        self.text(text ?? "")
    }
}

extension RecordReader {
    fileprivate mutating func optional() throws(StoreError) -> String? {
        let isThere = try byte() != 0
        let text = try text()
        return isThere ? text : nil
    }

    fileprivate mutating func optionalFlag() throws(StoreError) -> Bool? {
        switch try byte() {
        case 0: nil
        case 1: true
        default: false
        }
    }
}
