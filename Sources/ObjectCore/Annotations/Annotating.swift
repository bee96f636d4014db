// Why this file exists: annotations as a program uses them: written, read, listed and removed beside a version.

extension ObjectStore {
    /// Begins to take the text of an annotation that goes along with a copy.
    func stageBulk(key: DataKey?) -> ContentWriter { stage(expectedLength: .max, key: key) }

    /// Writes an annotation, in place of one of the same name.
    /// - Parameters:
    ///   - annotation: name and text; the text has 1 to ``Annotation/lengthMaximum`` bytes.
    ///   - key: the object's.
    ///   - version: nil means the current version.
    ///   - index: the version that the caller judged; another one that took its place meanwhile is left alone.
    ///   - etag: what the object's ETag must be; nil for whatever it is.
    ///   - bucket: where.
    ///   - origin: who asks, for the journal.
    /// - Returns: the annotation and the version that it belongs to.
    /// - Throws: ``StoreError/preconditionFailed(_:)``, ``StoreError/tooManyAnnotations``,
    ///   ``StoreError/objectLocked(_:)`` when one of a locked version would be replaced, ``StoreError/noSuchKey``,
    ///   ``StoreError/noSuchVersion``, ``StoreError/isDeleteMarker(_:)``, ``StoreError/invalidArgument(_:)``.
    public func annotate(
        _ key: ObjectKey, version: VersionID? = nil, expecting index: Int64? = nil, with annotation: StagedAnnotation,
        ifMatch etag: String? = nil, in bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> (annotation: Annotation, version: ObjectVersion) {
        guard (1...Annotation.nameLengthMaximum).contains(annotation.name.utf8.count) else {
            throw .invalidArgument("an annotation's name has 1 to \(Annotation.nameLengthMaximum) bytes")
        }
        guard (1...Int64(Annotation.lengthMaximum)).contains(annotation.content.length) else {
            throw .invalidArgument("an annotation has 1 to \(Annotation.lengthMaximum) bytes")
        }
        let catalog = catalog
        return try await committer.commit(chunks: annotation.content.pending) { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            let target = try change.existing(key, version: version, in: bucket.id, accounts: catalog)
            if let index, target.index != index { throw .conditionalConflict }
            try target.check(ifMatch: etag)
            if try change.annotation(annotation.name, of: target.index) != nil {
                try target.checkUnlocked(at: change.trusted, bypassesGovernance: false)
            } else if try change.annotationCount(of: target.index) >= Int64(Annotation.countMaximum) {
                throw .tooManyAnnotations
            }
            return (try change.annotate(target, with: annotation, in: live, origin: origin), target)
        }
    }

    /// Removes an annotation. What it was is told by snapshots made before, and in a bucket that keeps versions at times
    /// before, until the version is destroyed.
    /// - Parameters:
    ///   - bypassesGovernance: whether governance retention does not keep it; the caller checked the permission.
    ///   - origin: who asks, for the journal.
    ///   - name: its name.
    ///   - key: the object's key.
    ///   - index: the version that the caller judged; another one that took its place meanwhile is left alone.
    ///   - bucket: where.
    ///   - version: which version.
    ///   - etag: what the object's ETag must be; nil for whatever it is.
    /// - Returns: the version that it belonged to. Removing what is not there succeeds.
    /// - Throws: as ``annotate(_:version:expecting:with:ifMatch:in:origin:)``.
    public func removeAnnotation(
        _ name: String, of key: ObjectKey, version: VersionID? = nil, expecting index: Int64? = nil,
        ifMatch etag: String? = nil, in bucket: Bucket, bypassesGovernance: Bool = false,
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion {
        let catalog = catalog
        return try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            let target = try change.existing(key, version: version, in: bucket.id, accounts: catalog)
            if let index, target.index != index { throw .conditionalConflict }
            try target.check(ifMatch: etag)
            guard let annotation = try change.annotation(name, of: target.index) else { return target }
            try target.checkUnlocked(at: change.trusted, bypassesGovernance: bypassesGovernance)
            let position = try change.journal(
                .annotationDeleted, origin,
                live.members(key: key) + [("version", .integer(target.index)), ("name", .text(name))])
            try change.retire(annotation, of: target, in: live, until: position)
            return target
        }
    }

    /// One annotation of a version, or nil.
    /// - Parameters:
    ///   - name: its name.
    ///   - version: whose.
    ///   - index: the journal index of the state that is asked about (``Bucket/asOf``); nil for now.
    public func annotation(
        _ name: String, of version: ObjectVersion, asOf index: Int64? = nil
    ) throws(StoreError) -> Annotation? {
        try database.read { transaction throws(StoreError) in
            var values: [SQLValue] = [.integer(version.index), .bytes(Array(name.utf8))]
            if let index { values += [.integer(index), .integer(version.bucket.value)] }
            return try transaction.first(index == nil ? AnnotationRows.one : AnnotationRows.oneThen, values) {
                row throws(StoreError) in try Annotation(row: row)
            }
        }
    }

    /// The annotations of a version in the order of their names' bytes.
    /// - Parameters:
    ///   - version: whose.
    ///   - prefix: what the names begin with.
    ///   - name: only those after it.
    ///   - limit: the most that are returned.
    ///   - index: the journal index of the state that is asked about (``Bucket/asOf``); nil for now.
    public func annotations(
        of version: ObjectVersion, prefix: String = "", after name: String = "", limit: Int = Annotation.countMaximum,
        asOf index: Int64? = nil
    ) throws(StoreError) -> (annotations: [Annotation], isTruncated: Bool) {
        try database.read { transaction throws(StoreError) in
            var found: [Annotation] = []
            var isTruncated = false
            var values: [SQLValue] = [.integer(version.index), .bytes(Array(name.utf8))]
            if let index { values += [.integer(index), .integer(version.bucket.value)] }
            try transaction.query(index == nil ? AnnotationRows.after : AnnotationRows.afterThen, values) {
                row throws(StoreError) in
                let annotation = try Annotation(row: row)
                guard annotation.name.utf8.starts(with: prefix.utf8) else { return true }
                guard found.count < limit else {
                    isTruncated = true
                    return false
                }
                found.append(annotation)
                return true
            }
            return (found, isTruncated)
        }
    }

    /// The text of an annotation. Blocks for as long as a disk takes to read at most 1 MiB.
    /// - Parameters:
    ///   - key: the annotation's own, when it is sealed.
    ///   - annotation: the annotation.
    public func read(_ annotation: Annotation, key: DataKey? = nil) throws(StoreError) -> [UInt8] {
        guard key?.encryption == annotation.encryption else { throw .encryption(.dataKeyMissing) }
        var reader = try ContentReader(
            store: self, manifest: annotation.manifest, range: 0..<annotation.size, key: key)
        var bytes: [UInt8] = []
        while let next = try reader.nextBlocking(maximum: ContentReader.bufferLength) { bytes.append(contentsOf: next) }
        return bytes
    }

    /// As ``read(_:key:)``, on a worker thread.
    public func text(of annotation: Annotation, key: DataKey? = nil) async throws(StoreError) -> [UInt8] {
        try await workers.value { () throws(StoreError) in try self.read(annotation, key: key) }
    }

    /// Stages an annotation once more, for a copy of its object.
    /// - Parameters:
    ///   - key: the annotation's own, when it is sealed.
    ///   - target: what the copy is sealed with; nil leaves it plain.
    ///   - annotation: the annotation.
    public func restage(
        _ annotation: Annotation, from key: DataKey?, to target: DataKey?
    ) async throws(StoreError) -> StagedAnnotation {
        let bytes = try await text(of: annotation, key: key)
        let writer = stageBulk(key: target)
        try await writer.write(bytes)
        return StagedAnnotation(
            name: annotation.name, content: try await writer.finish(), checksums: annotation.checksums)
    }
}

extension ObjectVersion {
    fileprivate func check(ifMatch etag: String?) throws(StoreError) {
        if let etag, etag != "*", etag != self.etag { throw .preconditionFailed("x-amz-object-if-match") }
    }
}
