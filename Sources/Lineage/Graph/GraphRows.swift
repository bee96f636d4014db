// Why this file exists: rows of the graph become the values that questions are answered with.
import ObjectCore

enum GraphRows {
    /// Columns of a version with its bucket; see ``version(_:)``.
    static func version(_ row: any SQLRow) throws(StoreError) -> LineageVersion {
        let flags = VersionFlags(rawValue: row.integer(2))
        let position = row.integer(0)
        let reference = VersionReference(
            bucketUUID: BucketUUID(row.bytes(11)), bucket: row.text(12), key: try ObjectKey(row.bytes(1)),
            journalIndex: position, versionID: flags.contains(.isNull) ? .null : .index(position))
        var version = LineageVersion(
            reference: reference, size: row.integer(3), etag: row.text(5),
            created: Timestamp(milliseconds: row.integer(4)))
        version.isDeleteMarker = flags.contains(.isDeleteMarker)
        version.isCopy = flags.contains(.isCopy)
        version.content = row.isNull(6) ? nil : ContentDigest(row.bytes(6))
        version.run = row.isNull(13) ? nil : RunID(bytes: row.bytes(13))
        version.retainedUntil = row.integer(8) == 0 ? nil : Timestamp(milliseconds: row.integer(8))
        version.isComplianceLocked = flags.contains(.isComplianceLocked)
        version.isOnLegalHold = flags.contains(.isOnLegalHold)
        version.removal = LineageVersion.Removal(rawValue: UInt8(truncatingIfNeeded: row.integer(9)))
        version.removedIndex = row.integer(10)
        return version
    }

    /// Columns of a run; its job is looked up by `job`.
    static func run(_ row: any SQLRow, job: Job?) throws(StoreError) -> Run {
        guard let id = RunID(bytes: row.bytes(0)) else { throw .corrupt("a run of the graph has no id") }
        var run = Run(id: id, started: Timestamp(milliseconds: row.integer(5)))
        run.job = job
        run.isImplicit = RunFlags(rawValue: row.integer(2)).contains(.isImplicit)
        run.status = Run.Status(rawValue: UInt8(truncatingIfNeeded: row.integer(3))) ?? .running
        run.exitCode = row.isNull(4) ? nil : row.integer(4)
        run.ended = row.integer(6) == 0 ? nil : Timestamp(milliseconds: row.integer(6))
        run.firstIndex = row.integer(7)
        run.lastIndex = row.integer(8)
        run.parent = row.isNull(9) ? nil : RunID(bytes: row.bytes(9))
        run.account = row.text(10)
        run.accessKey = row.text(11)
        run.session = row.text(12).isEmpty ? nil : row.text(12)
        run.sourceIdentity = row.text(13).isEmpty ? nil : row.text(13)
        run.userAgent = row.text(14).isEmpty ? nil : row.text(14)
        run.tags = (CanonicalJSON(row.bytes(15))?.list ?? []).compactMap { tag in
            guard let pair = tag.list?.compactMap({ $0.text }), pair.count == 2 else { return nil }
            return NameValue(pair[0], pair[1])
        }
        if !row.isNull(16) {
            run.collection = LineageCollection(
                root: row.bytes(16), versionCount: row.integer(17), byteCount: row.integer(18))
        }
        return run
    }

    static func edge(_ row: any SQLRow) -> LineageEdge? {
        guard let kind = EdgeKind(rawValue: UInt8(truncatingIfNeeded: row.integer(1))),
            let evidence = Evidence(rawValue: UInt8(truncatingIfNeeded: row.integer(3)))
        else { return nil }
        return LineageEdge(
            from: GraphNodeID(row: row.integer(0)), to: GraphNodeID(row: row.integer(2)), kind: kind,
            evidence: evidence, byteCount: row.integer(4), requestCount: row.integer(5),
            ranges: IntervalSet(encoded: row.bytes(8)), firstIndex: row.integer(6), lastIndex: row.integer(7))
    }
}
