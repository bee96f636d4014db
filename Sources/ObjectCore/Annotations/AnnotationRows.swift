// Why this file exists: rows of `annotations` are found, made and destroyed here, inside a commit; what an annotation was
// goes to `past_annotations` where somebody may ask for it.
// Invariant: an annotation that a snapshot of its version's bucket shows, or that a time may be asked about, has a row in
// one of the two tables, and that row owns its chunks.

enum AnnotationRows {
    static let columns: StaticString = "SELECT version, name, position, record FROM annotations"
    static let one: StaticString =
        "SELECT version, name, position, record FROM annotations WHERE version = $1 AND name = $2"
    static let after: StaticString =
        "SELECT version, name, position, record FROM annotations WHERE version = $1 AND name > $2 ORDER BY name"
    /// The one of a name at a journal index. Parameters: version, name, the index, bucket.
    static let oneThen: StaticString = """
        SELECT version, name, position, record FROM annotations
        WHERE version = $1 AND name = $2 AND position <= $3
        UNION ALL
        SELECT version, name, position, record FROM past_annotations
        WHERE bucket = $4 AND version = $1 AND name = $2 AND position <= $3 AND until > $3
        """
    /// Those behind a name at a journal index: of one name at most one. Parameters as of ``oneThen``.
    static let afterThen: StaticString = """
        SELECT version, name, position, record FROM annotations
        WHERE version = $1 AND name > $2 AND position <= $3
        UNION ALL
        SELECT version, name, position, record FROM past_annotations
        WHERE bucket = $4 AND version = $1 AND name > $2 AND position <= $3 AND until > $3
        ORDER BY name
        """
    static let pastColumns: StaticString =
        "SELECT version, name, position, record FROM past_annotations"
    static let pastOfVersion: StaticString =
        "SELECT version, name, position, record FROM past_annotations WHERE bucket = $1 AND version = $2"
}

extension Change {
    func annotation(_ name: String, of version: Int64) throws(StoreError) -> Annotation? {
        try first(AnnotationRows.one, [.integer(version), .bytes(Array(name.utf8))]) { row throws(StoreError) in
            try Annotation(row: row)
        }
    }

    /// How many annotations a version has.
    func annotationCount(of version: Int64) throws(StoreError) -> Int64 {
        try first("SELECT COUNT(*) FROM annotations WHERE version = $1", [.integer(version)]) {
            row throws(StoreError) in row.integer(0)
        } ?? 0
    }

    /// Writes an annotation of a version, in place of one of the same name.
    mutating func annotate(
        _ version: ObjectVersion, with staged: StagedAnnotation, in bucket: Bucket, origin: ChangeOrigin
    ) throws(StoreError) -> Annotation {
        let replaced = try annotation(staged.name, of: version.index)
        let position = try journal(
            .annotationPut, origin,
            bucket.members(key: version.key) + [
                ("version", .integer(version.index)), ("name", .text(staged.name)),
                ("size", .integer(staged.content.length)),
                ("sha256", .text(Hex.encode(staged.content.digests[.sha256] ?? []))),
            ])
        if let replaced { try retire(replaced, of: version, in: bucket, until: position) }
        let made = Annotation(
            name: staged.name, size: staged.content.length, modified: now, etag: staged.content.etag,
            checksums: staged.checksums, encryption: staged.content.encryption, position: position,
            manifest: try adopt(staged.content, owner: position))
        try execute(
            "INSERT INTO annotations (version, name, position, record) VALUES ($1, $2, $3, $4)",
            [
                .integer(version.index), .bytes(Array(made.name.utf8)), .integer(position),
                .bytes(made.record(version: version.index)),
            ])
        return made
    }

    /// Takes an annotation from a version that stays; it is remembered where its past may be asked for.
    /// - Parameter until: the journal position of the change that ends it.
    mutating func retire(
        _ annotation: Annotation, of version: ObjectVersion, in bucket: Bucket, until: Int64
    ) throws(StoreError) {
        let name: [SQLValue] = [.integer(version.index), .bytes(Array(annotation.name.utf8))]
        let snapshot = try newestSnapshot(of: bucket.id, notBefore: annotation.position, notAfter: until - 1)
        if bucket.versionedSince != nil || snapshot != nil {
            try execute(
                """
                INSERT INTO past_annotations (bucket, version, name, until, position, record)
                SELECT $3, version, name, $4, position, record FROM annotations WHERE version = $1 AND name = $2
                """, name + [.integer(bucket.id.value), .integer(until)])
        } else {
            try release(annotation.manifest, from: annotation.position)
        }
        try execute("DELETE FROM annotations WHERE version = $1 AND name = $2", name)
    }

    /// Removes what a version whose bytes go has and had beside it.
    mutating func removeAnnotations(of version: ObjectVersion) throws(StoreError) {
        for annotation in try allAnnotations(of: version) {
            try release(annotation.manifest, from: annotation.position)
        }
        try execute("DELETE FROM annotations WHERE version = $1", [.integer(version.index)])
        try execute(
            "DELETE FROM past_annotations WHERE bucket = $1 AND version = $2",
            [.integer(version.bucket.value), .integer(version.index)])
    }

    /// What a version has and had beside it.
    func allAnnotations(of version: ObjectVersion) throws(StoreError) -> [Annotation] {
        var found: [Annotation] = []
        func take(_ row: any SQLRow) throws(StoreError) -> Bool {
            found.append(try Annotation(row: row))
            return true
        }
        try query(AnnotationRows.after, [.integer(version.index), .bytes([])], take)
        try query(
            AnnotationRows.pastOfVersion, [.integer(version.bucket.value), .integer(version.index)], take)
        return found
    }

    /// Lets a remembered annotation go, unless a snapshot or a time may still ask for it.
    /// - Parameter bucket: nil when the bucket is gone.
    mutating func release(_ past: PastAnnotation, in bucket: Bucket?) throws(StoreError) {
        if let bucket {
            if let since = bucket.versionedSince, past.until > since { return }
            let (first, last) = (past.annotation.position, past.until - 1)
            guard try newestSnapshot(of: bucket.id, notBefore: first, notAfter: last) == nil else { return }
        }
        let removed = try execute(
            """
            DELETE FROM past_annotations WHERE bucket = $1 AND version = $2 AND name = $3 AND until = $4
            """,
            [
                .integer(past.bucket.value), .integer(past.version), .bytes(Array(past.annotation.name.utf8)),
                .integer(past.until),
            ])
        // A row that another pass let go is no failure.
        guard removed == 1 else { return }
        try release(past.annotation.manifest, from: past.annotation.position)
    }
}
