// Why this file exists: the rows of uploads and parts, read and written in one place.

enum UploadRows {
    static let find: StaticString = "SELECT record FROM uploads WHERE bucket = $1 AND key = $2 AND id = $3"
    static let parts: StaticString = """
        SELECT number, position, size, modified, record FROM parts WHERE upload = $1 AND number > $2 ORDER BY number
        """

    static func key(_ id: UploadID, _ key: ObjectKey, _ bucket: BucketID) -> [SQLValue] {
        [.integer(bucket.value), .bytes(key.bytes), .integer(id.index)]
    }
}

extension Change {
    func upload(
        _ id: UploadID, of key: ObjectKey, in bucket: BucketID, accounts: some AccountNumbers
    ) throws(StoreError) -> MultipartUpload? {
        try first(UploadRows.find, UploadRows.key(id, key, bucket)) { row throws(StoreError) in
            try MultipartUpload(bucket: bucket, key: key, id: id, row: row, column: 0, accounts: accounts)
        }
    }

    /// - Throws: ``StoreError/noSuchUpload`` when the upload was completed or aborted meanwhile.
    func checkOpen(_ upload: MultipartUpload) throws(StoreError) {
        let found = try first(UploadRows.find, UploadRows.key(upload.id, upload.key, upload.bucket)) {
            row throws(StoreError) in true
        }
        guard found != nil else { throw .noSuchUpload }
    }

    /// Makes a part visible, in place of an earlier one of its number.
    mutating func settle(_ part: UploadedPart, position: Int64, of upload: UploadID) throws(StoreError) {
        let earlier = try first(
            "SELECT number, position, size, modified, record FROM parts WHERE upload = $1 AND number = $2",
            [.integer(upload.index), .integer(Int64(part.number))]
        ) { row throws(StoreError) in try UploadedPart.read(row, upload: upload) }
        if let earlier { try release(earlier.part.manifest, from: earlier.position) }
        try execute(
            """
            INSERT INTO parts (upload, number, position, size, modified, record) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (upload, number) DO UPDATE SET position = excluded.position, size = excluded.size,
                modified = excluded.modified, record = excluded.record
            """,
            [
                .integer(upload.index), .integer(Int64(part.number)), .integer(position), .integer(part.size),
                .integer(part.modified.milliseconds), .bytes(part.record(upload: upload, position: position)),
            ])
    }

    /// - Throws: ``StoreError/invalidPart(_:)`` when a part was replaced after the assembly was made.
    func check(_ assembly: Assembly, isStillThatOf upload: UploadID) throws(StoreError) {
        var positions: [Int64: Int64] = [:]
        try query("SELECT number, position FROM parts WHERE upload = $1", [.integer(upload.index)]) {
            row throws(StoreError) in
            positions[row.integer(0)] = row.integer(1)
            return true
        }
        for (part, position) in zip(assembly.parts, assembly.positions)
        where positions[Int64(part.number)] != position {
            throw .invalidPart(part.number)
        }
    }

    /// Removes an upload with its parts, taking the parts' references back.
    mutating func remove(_ upload: UploadID, of key: ObjectKey, in bucket: BucketID) throws(StoreError) {
        var parts: [(part: UploadedPart, position: Int64)] = []
        try query(UploadRows.parts, [.integer(upload.index), .integer(0)]) { row throws(StoreError) in
            parts.append(try UploadedPart.read(row, upload: upload))
            return true
        }
        for (part, position) in parts { try release(part.manifest, from: position) }
        try execute("DELETE FROM parts WHERE upload = $1", [.integer(upload.index)])
        try execute(
            "DELETE FROM uploads WHERE bucket = $1 AND key = $2 AND id = $3", UploadRows.key(upload, key, bucket))
    }

    mutating func abortAllUploads(of bucket: BucketID) throws(StoreError) {
        var uploads: [(ObjectKey, UploadID)] = []
        try query("SELECT key, id FROM uploads WHERE bucket = $1", [.integer(bucket.value)]) {
            row throws(StoreError) in
            uploads.append((try ObjectKey(row.bytes(0)), UploadID(row.integer(1))))
            return true
        }
        for (key, id) in uploads { try remove(id, of: key, in: bucket) }
    }
}

extension MultipartUpload {
    private static func sealedColumns(_ bucket: BucketID, _ key: ObjectKey, _ id: UploadID) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in [bucket.value, id.index] {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes + key.bytes
    }

    func record(accounts: some AccountNumbers) -> [UInt8] {
        var writer = RecordWriter()
        writer.signed(initiated.milliseconds)
        writer.text(attributes.storageClass)
        writer.unsigned(UInt64(accounts.number(of: attributes.owner)))
        writer.byte(checksumAlgorithm?.rawValue ?? 0)
        writer.byte(checksumKind.rawValue)
        attributes.write(to: &writer)
        writer.encryption(encryption)
        writer.grants(attributes.grants)
        writer.replication(attributes.replication)
        writer.initiator(initiator)
        return writer.sealed(with: MultipartUpload.sealedColumns(bucket, key, id))
    }

    init(
        bucket: BucketID, key: ObjectKey, id: UploadID, row: any SQLRow, column: Int, accounts: some AccountNumbers
    ) throws(StoreError) {
        self = try row.withBytes(column) { bytes throws(StoreError) in
            var reader = try RecordReader(
                sealed: bytes, columns: MultipartUpload.sealedColumns(bucket, key, id), row: "upload \(id)")
            let initiated = Timestamp(milliseconds: try reader.signed())
            let storageClass = try reader.text()
            let owner = accounts.account(try reader.integer())
            let algorithm = try reader.byte()
            let kind = try reader.byte()
            guard algorithm == 0 || DigestAlgorithm(rawValue: algorithm) != nil,
                let checksumKind = Checksum.Kind(rawValue: kind)
            else { throw .corrupt("the row of upload \(id) names an unknown checksum") }
            var attributes = try ObjectAttributes(from: &reader)
            attributes.storageClass = storageClass
            attributes.owner = owner
            let tail = try reader.recordTail()
            attributes.grants = tail.grants
            attributes.replication = tail.replication
            var upload = MultipartUpload(
                bucket: bucket, key: key, id: id, initiated: initiated, attributes: attributes,
                checksumAlgorithm: DigestAlgorithm(rawValue: algorithm), checksumKind: checksumKind)
            upload.initiator = tail.initiator
            upload.encryption = tail.encryption
            return upload
        }
    }
}

extension UploadedPart {
    private static func sealedColumns(
        _ upload: UploadID, _ number: Int64, _ position: Int64, _ size: Int64, _ modified: Int64
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in [upload.index, number, position, size, modified] {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    func record(upload: UploadID, position: Int64) -> [UInt8] {
        var writer = RecordWriter()
        writer.text(etag)
        writer.checksums(checksums)
        writer.manifest(manifest)
        return writer.sealed(
            with: UploadedPart.sealedColumns(upload, Int64(number), position, size, modified.milliseconds))
    }

    /// Reads a row whose columns are number, position, size, modified, record.
    static func read(_ row: any SQLRow, upload: UploadID) throws(StoreError) -> (part: UploadedPart, position: Int64) {
        let number = row.integer(0)
        let position = row.integer(1)
        let size = row.integer(2)
        let modified = row.integer(3)
        let columns = sealedColumns(upload, number, position, size, modified)
        return try row.withBytes(4) { bytes throws(StoreError) in
            var reader = try RecordReader(
                sealed: bytes, columns: columns, row: "part \(number) of upload \(upload)")
            let part = UploadedPart(
                number: Int(number), size: size, modified: Timestamp(milliseconds: modified),
                etag: try reader.text(), checksums: try reader.checksums(), manifest: try reader.manifest())
            return (part, position)
        }
    }
}
