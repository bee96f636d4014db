// Why this file exists: the row of one object version, written and read in one place (docs/FORMAT.md, "versions").
// The fields that a listing shows come first, so that a listing decodes no more than those.

/// The columns of a row of `versions` beside its key.
struct VersionRow {
    static let nullFlag: Int64 = 1
    static let markerFlag: Int64 = 2

    /// Newest first: the negated journal index.
    var position: Int64
    var flags: Int64
    var size: Int64
    var modified: Int64
    var record: [UInt8]

    /// What the record's seal covers beside the record: key and columns.
    static func sealedColumns(
        bucket: BucketID, key: [UInt8], position: Int64, flags: Int64, size: Int64, modified: Int64
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(40 + key.count)
        for value in [bucket.value, position, flags, size, modified] {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: key)
        return bytes
    }
}

/// Accounts are numbers in rows; this gives the number of an account and back.
protocol AccountNumbers {
    func number(of account: String) -> Int64
    func account(_ number: Int64) -> String
}

extension ObjectVersion {
    /// The row to be stored.
    func row(accounts: some AccountNumbers) -> VersionRow {
        let flags = (isNull ? VersionRow.nullFlag : 0) | (isDeleteMarker ? VersionRow.markerFlag : 0)
        var writer = RecordWriter()
        writer.text(etag)
        writer.text(attributes.storageClass == "STANDARD" ? "" : attributes.storageClass)
        writer.unsigned(UInt64(accounts.number(of: attributes.owner)))
        writer.checksums(attributes.checksums)
        writer.blob(sha256 ?? [])
        writer.manifest(manifest)
        attributes.write(to: &writer)
        writer.count(parts.count)
        for part in parts {
            writer.count(part.number)
            writer.unsigned(UInt64(part.size))
            writer.checksums(part.checksums)
        }
        writer.unsigned(UInt64(uploadIndex))
        writer.encryption(encryption)
        writer.grants(attributes.grants)
        writer.replication(attributes.replication)
        writer.packed(packed)
        writer.restoredUntil(restoredUntil)
        let columns = VersionRow.sealedColumns(
            bucket: bucket, key: key.bytes, position: -index, flags: flags, size: size,
            modified: modified.milliseconds)
        return VersionRow(
            position: -index, flags: flags, size: size, modified: modified.milliseconds,
            record: writer.sealed(with: columns))
    }

    /// Reads a row whose columns are position, flags, size, modified, record, from column `first` on.
    init(
        bucket: BucketID, key: ObjectKey, row: any SQLRow, first: Int = 0, accounts: some AccountNumbers
    ) throws(StoreError) {
        let position = row.integer(first)
        let flags = row.integer(first + 1)
        let size = row.integer(first + 2)
        let modified = row.integer(first + 3)
        let columns = VersionRow.sealedColumns(
            bucket: bucket, key: key.bytes, position: position, flags: flags, size: size, modified: modified)
        self = try row.withBytes(first + 4) { bytes throws(StoreError) in
            var reader = try RecordReader(sealed: bytes, columns: columns, row: "object \(key)")
            let etag = try reader.text()
            let storageClass = try reader.text()
            let owner = accounts.account(try reader.integer())
            let checksums = try reader.checksums()
            let sha256 = try reader.blob()
            let manifest = try reader.manifest()
            var attributes = try ObjectAttributes(from: &reader)
            attributes.storageClass = storageClass.isEmpty ? "STANDARD" : storageClass
            attributes.owner = owner
            attributes.checksums = checksums
            let count = try reader.count()
            var parts: [ObjectPart] = []
            for _ in 0..<count {
                parts.append(
                    ObjectPart(
                        number: try reader.count(), size: try reader.integer(), checksums: try reader.checksums()))
            }
            let uploadIndex = try reader.integer()
            var version = ObjectVersion(
                bucket: bucket, key: key, index: -position, isNull: flags & VersionRow.nullFlag != 0,
                isDeleteMarker: flags & VersionRow.markerFlag != 0, size: size,
                modified: Timestamp(milliseconds: modified), etag: etag, sha256: sha256.isEmpty ? nil : sha256,
                attributes: attributes, parts: parts, manifest: manifest)
            version.uploadIndex = uploadIndex
            let tail = try reader.recordTail()
            version.encryption = tail.encryption
            version.attributes.grants = tail.grants
            version.attributes.replication = tail.replication
            version.packed = tail.packed
            version.restoredUntil = tail.restoredUntil
            return version
        }
    }
}

extension ListedObject {
    /// Reads only what a listing shows; columns as in ``ObjectVersion``'s reader. The seal is not checked here:
    /// reads of the object itself and `cairn check` do that.
    init(key: ObjectKey, row: any SQLRow, first: Int, accounts: some AccountNumbers) throws(StoreError) {
        let flags = row.integer(first + 1)
        let index = -row.integer(first)
        let size = row.integer(first + 2)
        let modified = Timestamp(milliseconds: row.integer(first + 3))
        self = try row.withBytes(first + 4) { bytes throws(StoreError) in
            var reader = RecordReader(bytes)
            let etag = try reader.text()
            let storageClass = try reader.text()
            let owner = accounts.account(try reader.integer())
            let checksum = try reader.checksums().first
            return ListedObject(
                key: key, versionID: flags & VersionRow.nullFlag != 0 ? .null : .index(index), size: size,
                modified: modified, etag: etag, storageClass: storageClass.isEmpty ? "STANDARD" : storageClass,
                checksum: checksum.map { ($0.algorithm, $0.kind) }, owner: owner)
        }
    }
}

extension ObjectAttributes {
    /// Everything but storage class, owner and checksums, which rows keep apart.
    func write(to writer: inout RecordWriter) {
        writer.count(headers.count)
        for header in ObjectHeader.allCases {
            guard let value = headers[header] else { continue }
            writer.byte(header.rawValue)
            writer.text(value)
        }
        writer.pairs(userMetadata)
        writer.pairs(tags)
        writer.byte(retention?.mode.rawValue ?? 0)
        if let retention { writer.signed(retention.until.milliseconds) }
        // Never set, on, off.
        writer.byte(isOnLegalHold ? 1 : hasLegalHoldStatus ? 2 : 0)
    }

    init(from reader: inout RecordReader) throws(StoreError) {
        self.init()
        for _ in 0..<(try reader.count()) {
            guard let header = ObjectHeader(rawValue: try reader.byte()) else {
                throw .corrupt("a record names an unknown header")
            }
            headers[header] = try reader.text()
        }
        userMetadata = try reader.pairs()
        tags = try reader.pairs()
        let mode = try reader.byte()
        if mode != 0 {
            guard let known = Retention.Mode(rawValue: mode) else {
                throw .corrupt("a record names an unknown retention mode")
            }
            retention = Retention(mode: known, until: Timestamp(milliseconds: try reader.signed()))
        }
        let hold = try reader.byte()
        guard hold <= 2 else { throw .corrupt("a record names an unknown state of legal hold") }
        isOnLegalHold = hold == 1
        hasLegalHoldStatus = hold != 0
    }
}
