// Why this file exists: rows of `annotations` are found, made and destroyed here, inside a commit.

enum AnnotationRows {
    static let columns: StaticString = "SELECT version, name, position, record FROM annotations"
    static let one: StaticString =
        "SELECT version, name, position, record FROM annotations WHERE version = $1 AND name = $2"
    static let after: StaticString =
        "SELECT version, name, position, record FROM annotations WHERE version = $1 AND name > $2 ORDER BY name"
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
        if let replaced { try remove(replaced, of: version.index) }
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

    mutating func remove(_ annotation: Annotation, of version: Int64) throws(StoreError) {
        try execute(
            "DELETE FROM annotations WHERE version = $1 AND name = $2",
            [.integer(version), .bytes(Array(annotation.name.utf8))])
        try release(annotation.manifest, from: annotation.position)
    }

    /// Removes what a version that goes had beside it.
    mutating func removeAnnotations(of version: Int64) throws(StoreError) {
        var found: [Annotation] = []
        try query(AnnotationRows.after, [.integer(version), .bytes([])]) { row throws(StoreError) in
            found.append(try Annotation(row: row))
            return true
        }
        for annotation in found { try remove(annotation, of: version) }
    }
}
