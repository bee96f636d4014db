// Why this file exists: what a record may have behind the fields that every record has. Each such field is a tag and a
// byte string, so that a reader passes over those that it does not know, and records written before a field existed
// stay as they are.

/// The tags. They are on disk: never change one.
enum RecordTag {
    static let encryption: UInt8 = 1
    static let grants: UInt8 = 2
    static let initiator: UInt8 = 3
    static let packed: UInt8 = 4
    static let restoredUntil: UInt8 = 5
    static let versionedSince: UInt8 = 6
    static let replication: UInt8 = 10
}

/// The fields that were there.
struct RecordTail {
    var encryption: ObjectEncryption?
    var grants: [AccessGrant]?
    var initiator: String?
    var packed: PackedContent?
    var restoredUntil: Timestamp?
    var versionedSince: Int64?
    var replication: ReplicationState?
}

extension RecordWriter {
    mutating func encryption(_ value: ObjectEncryption?) {
        guard let value else { return }
        byte(RecordTag.encryption)
        blob(value.encoded())
    }

    mutating func grants(_ grants: [AccessGrant]?) {
        guard let grants else { return }
        byte(RecordTag.grants)
        blob(AccessGrant.encode(grants))
    }

    mutating func packed(_ value: PackedContent?) {
        guard let value else { return }
        byte(RecordTag.packed)
        blob(value.encoded())
    }

    mutating func restoredUntil(_ time: Timestamp?) {
        guard let time else { return }
        byte(RecordTag.restoredUntil)
        var writer = RecordWriter()
        writer.signed(time.milliseconds)
        blob(writer.bytes)
    }

    mutating func replication(_ state: ReplicationState?) {
        guard let state else { return }
        byte(RecordTag.replication)
        blob(state.encoded())
    }

    mutating func versionedSince(_ index: Int64?) {
        guard let index else { return }
        byte(RecordTag.versionedSince)
        var value = RecordWriter(reserving: 10)
        value.signed(index)
        blob(value.bytes)
    }

    mutating func initiator(_ account: String?) {
        guard let account else { return }
        byte(RecordTag.initiator)
        blob(Array(account.utf8))
    }
}

extension RecordReader {
    /// Reads what follows the fixed fields.
    mutating func recordTail() throws(StoreError) -> RecordTail {
        var tail = RecordTail()
        while !isAtEnd {
            let tag = try byte()
            let value = try blob()
            switch tag {
            case RecordTag.encryption: tail.encryption = try ObjectEncryption(encoded: value)
            case RecordTag.grants: tail.grants = try AccessGrant.decode(value)
            case RecordTag.initiator: tail.initiator = String(decoding: value, as: UTF8.self)
            case RecordTag.packed: tail.packed = try PackedContent(encoded: value)
            case RecordTag.restoredUntil:
                tail.restoredUntil = try value.reading { buffer throws(StoreError) in
                    var reader = RecordReader(buffer)
                    return Timestamp(milliseconds: try reader.signed())
                }
            case RecordTag.replication: tail.replication = try ReplicationState(encoded: value)
            case RecordTag.versionedSince:
                tail.versionedSince = try value.reading { bytes throws(StoreError) in
                    var reader = RecordReader(bytes)
                    return try reader.signed()
                }
            default: continue
            }
        }
        return tail
    }
}
