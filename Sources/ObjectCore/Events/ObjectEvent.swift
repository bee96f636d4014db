// Why this file exists: what an event says, kept from the change until it was delivered. Everything is written down at
// the change, because the object may be another one, or gone, when its destination answers again.

/// One event, without the form in which a destination wants it.
public struct ObjectEvent: Sendable, Hashable {
    public var kind: EventKind
    /// The id of the rule; empty for the event bus.
    public var rule: String
    public var bucketName: String
    public var bucketOwner: String
    public var region: String
    public var key: [UInt8]
    /// In bytes; what it says of a removed object is what the object had.
    public var size: Int64
    public var etag: String
    /// The version's public id; empty when the bucket keeps no versions.
    public var version: String
    /// Canonical id of the account that asked; empty for lifecycle and for nobody.
    public var account: String
    public var remoteAddress: String
    public var requestID: String
    /// The run that the change belongs to, as text; empty when it has none.
    public var run: String
    public var storageClass: String
    /// Until when an archived object can be read; nil when nothing was restored.
    public var restoredUntil: Timestamp?

    /// - Parameters:
    ///   - version: nil for a test event, which is about no object.
    init(_ kind: EventKind, _ version: ObjectVersion?, in bucket: Bucket, rule: String, origin: ChangeOrigin) {
        self.kind = kind
        self.rule = rule
        bucketName = bucket.name
        bucketOwner = bucket.owner
        region = bucket.region
        key = version?.key.bytes ?? []
        size = version?.size ?? 0
        etag = version?.etag ?? ""
        self.version = version.map { $0.isNull ? "" : $0.versionID.description } ?? ""
        account = origin.account
        remoteAddress = origin.remoteAddress
        requestID = origin.requestID
        run = origin.run?.description ?? ""
        storageClass = version?.attributes.storageClass ?? ""
        restoredUntil = version?.restoredUntil
    }
}

/// A row of the outbox: an event that has not been delivered.
public struct OutboxItem: Sendable {
    public var destination: String
    /// The journal position of the change; the same for no other event of the destination.
    public var sequence: Int64
    public var at: Timestamp
    /// Nil when the row is damaged: there is nothing to deliver then.
    public var event: ObjectEvent?
}

extension ObjectEvent {
    private static let formatVersion: UInt8 = 1

    static func sealedColumns(_ destination: String, _ sequence: Int64, _ at: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in [sequence, at] { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        return bytes + Array(destination.utf8)
    }

    func record(destination: String, sequence: Int64, at: Timestamp) -> [UInt8] {
        var writer = RecordWriter(reserving: 512)
        writer.byte(ObjectEvent.formatVersion)
        writer.byte(kind.rawValue)
        writer.text(rule)
        writer.text(bucketName)
        writer.text(bucketOwner)
        writer.text(region)
        writer.blob(key)
        writer.unsigned(UInt64(size))
        for text in [etag, version, account, remoteAddress, requestID, run, storageClass] {
            writer.text(text)
        }
        writer.signed(restoredUntil?.milliseconds ?? 0)
        return writer.sealed(with: ObjectEvent.sealedColumns(destination, sequence, at.milliseconds))
    }

    /// - Throws: ``StoreError/corrupt(_:)``.
    init(record: UnsafeRawBufferPointer, destination: String, sequence: Int64, at: Timestamp) throws(StoreError) {
        var reader = try RecordReader(
            sealed: record, columns: ObjectEvent.sealedColumns(destination, sequence, at.milliseconds),
            row: "event \(sequence) for \(destination)")
        guard try reader.byte() == ObjectEvent.formatVersion, let kind = EventKind(rawValue: try reader.byte()) else {
            throw .corrupt("an event has an unknown form")
        }
        self.kind = kind
        rule = try reader.text()
        bucketName = try reader.text()
        bucketOwner = try reader.text()
        region = try reader.text()
        key = try reader.blob()
        size = try reader.integer()
        etag = try reader.text()
        version = try reader.text()
        account = try reader.text()
        remoteAddress = try reader.text()
        requestID = try reader.text()
        run = try reader.text()
        storageClass = try reader.text()
        let until = try reader.signed()
        restoredUntil = until == 0 ? nil : Timestamp(milliseconds: until)
    }
}
