// Why this file exists: how a lifecycle configuration lies in `bucket_settings`: a sealed record like all others
// (docs/FORMAT.md, "Lifecycle"), so that damage is seen before a rule removes anything, and equal rules are equal bytes.

extension LifecycleConfiguration {
    /// 1 had no transitions.
    private static let formatVersion: UInt8 = 2
    private static let seal = Array("lifecycle".utf8)

    /// The stored form.
    public var encoded: [UInt8] {
        var writer = RecordWriter()
        writer.byte(LifecycleConfiguration.formatVersion)
        writer.text(transitionDefaultMinimumObjectSize)
        writer.count(rules.count)
        for rule in rules { rule.write(to: &writer) }
        return writer.sealed(with: LifecycleConfiguration.seal)
    }

    /// - Throws: ``StoreError/corrupt(_:)``.
    public init(encoded bytes: [UInt8]) throws(StoreError) {
        self = try bytes.reading { raw throws(StoreError) in
            var reader = try RecordReader(
                sealed: raw, columns: LifecycleConfiguration.seal, row: "lifecycle configuration")
            let form = try reader.byte()
            guard (1...LifecycleConfiguration.formatVersion).contains(form) else {
                throw .corrupt("a lifecycle configuration has an unknown form")
            }
            let size = try reader.text()
            var rules: [LifecycleRule] = []
            for _ in 0..<(try reader.count()) {
                var rule = try LifecycleRule(from: &reader)
                if form > 1 { try rule.readTransitions(from: &reader) }
                rules.append(rule)
            }
            return LifecycleConfiguration(rules: rules, transitionDefaultMinimumObjectSize: size)
        }
    }
}

extension LifecycleRule {
    fileprivate func write(to writer: inout RecordWriter) {
        writer.text(id)
        writer.byte(isEnabled ? 1 : 0)
        writer.byte(filter.form.rawValue)
        writer.byte(filter.prefix == nil ? 0 : 1)
        writer.text(filter.prefix ?? "")
        writer.pairs(filter.tags.map { NameValue($0.key, $0.value) })
        writer.optional(filter.sizeGreaterThan)
        writer.optional(filter.sizeLessThan)
        switch expiration {
        case nil: writer.byte(0)
        case .days(let days):
            writer.byte(1)
            writer.count(days)
        case .date(let milliseconds):
            writer.byte(2)
            writer.signed(milliseconds)
        case .expiredDeleteMarker(let isOn): writer.byte(isOn ? 4 : 3)
        }
        for days in [noncurrentDays, newerNoncurrentVersions, abortUploadDays] {
            writer.optional(days.map { Int64($0) })
        }
        writer.count(transitions.count)
        for transition in transitions {
            switch transition.time {
            case .days(let days):
                writer.byte(1)
                writer.count(days)
            case .date(let milliseconds):
                writer.byte(2)
                writer.signed(milliseconds)
            }
            writer.text(transition.storageClass)
        }
        writer.count(noncurrentTransitions.count)
        for transition in noncurrentTransitions {
            writer.count(transition.days)
            writer.optional(transition.newerVersions.map { Int64($0) })
            writer.text(transition.storageClass)
        }
    }

    fileprivate mutating func readTransitions(from reader: inout RecordReader) throws(StoreError) {
        for _ in 0..<(try reader.count()) {
            let time: Transition.Time
            switch try reader.byte() {
            case 1: time = .days(try reader.count())
            case 2: time = .date(milliseconds: try reader.signed())
            default: throw .corrupt("a lifecycle rule has an unknown transition")
            }
            transitions.append(Transition(time: time, storageClass: try reader.text()))
        }
        for _ in 0..<(try reader.count()) {
            noncurrentTransitions.append(
                NoncurrentTransition(
                    days: try reader.count(), newerVersions: try reader.optional().map { Int($0) },
                    storageClass: try reader.text()))
        }
    }

    fileprivate init(from reader: inout RecordReader) throws(StoreError) {
        let id = try reader.text()
        let isEnabled = try reader.byte() != 0
        guard let form = LifecycleFilter.Form(rawValue: try reader.byte()) else {
            throw .corrupt("a lifecycle filter has an unknown form")
        }
        let hasPrefix = try reader.byte() != 0
        let prefix = try reader.text()
        let tags = try reader.pairs().map { LifecycleTag(key: $0.name, value: $0.value) }
        let filter = LifecycleFilter(
            form: form, prefix: hasPrefix ? prefix : nil, tags: tags, sizeGreaterThan: try reader.optional(),
            sizeLessThan: try reader.optional())
        let expiration: Expiration?
        switch try reader.byte() {
        case 0: expiration = nil
        case 1: expiration = .days(try reader.count())
        case 2: expiration = .date(milliseconds: try reader.signed())
        case 3: expiration = .expiredDeleteMarker(false)
        case 4: expiration = .expiredDeleteMarker(true)
        default: throw .corrupt("a lifecycle rule has an unknown expiration")
        }
        let noncurrentDays = try reader.optional().map { Int($0) }
        let newer = try reader.optional().map { Int($0) }
        self.init(
            id: id, isEnabled: isEnabled, filter: filter, expiration: expiration, noncurrentDays: noncurrentDays,
            newerNoncurrentVersions: newer, abortUploadDays: try reader.optional().map { Int($0) })
    }
}

extension RecordWriter {
    /// A number that may be missing; none is negative.
    fileprivate mutating func optional(_ value: Int64?) { signed(value ?? -1) }
}

extension RecordReader {
    fileprivate mutating func optional() throws(StoreError) -> Int64? {
        let value = try signed()
        return value < 0 ? nil : value
    }
}
