// Why this file exists: rules are carried out here. A pass reads versions in small snapshots, beside all other work,
// and hands what is due to commits of bounded size. A commit looks at everything again: the rules must still be the
// ones that were judged by, the version must still be there and in the same place, and its locks must have ended.
// So what goes is exactly what was judged, whatever happens in between.
// Invariants: no lock is ever bypassed; each removal is journalled with its rule.

extension ObjectStore {
    /// Rows read in one snapshot.
    private static let scanMaximum = 2000
    /// Removals in one commit.
    private static let commitMaximum = 200

    /// Carries out the lifecycle rules of all buckets once, and packs what came to lie in an archive.
    /// - Parameter calendar: how long a day is.
    public func runLifecycle(calendar: LifecycleCalendar = .utc) async throws(StoreError) -> LifecycleReport {
        var report = LifecycleReport()
        try await carryOutRules(calendar, &report)
        let packing = try await packArchives()
        report.packed = packing.packed
        report.packedSavedBytes = packing.savedBytes
        return report
    }

    private func carryOutRules(
        _ calendar: LifecycleCalendar, _ report: inout LifecycleReport
    ) async throws(StoreError) {
        for bucket in buckets() {
            guard let bytes = bucketSetting(LifecycleConfiguration.settingName, of: bucket) else { continue }
            let reading = clock.read()
            // A clock that was set forward must not delete. A long stop is none: who was away expects expiry.
            guard reading.hold != .jump else {
                report.isHeld = true
                return
            }
            let pass = LifecyclePass(
                bucket: bucket, bytes: bytes, configuration: try LifecycleConfiguration(encoded: bytes),
                now: reading.now, calendar: calendar)
            report.buckets += 1
            do throws(StoreError) {
                try await judgeVersions(pass, &report)
                try await judgeUploads(pass, &report)
            } catch .noSuchBucket, .conditionalConflict {
                // The bucket or its rules changed under the pass; the next pass sees what is there then.
                continue
            }
        }
    }

    private func judgeVersions(_ pass: LifecyclePass, _ report: inout LifecycleReport) async throws(StoreError) {
        for prefix in pass.configuration.prefixes { try await judgeVersions(under: prefix, pass, &report) }
    }

    private func judgeVersions(
        under prefix: [UInt8], _ pass: LifecyclePass, _ report: inout LifecycleReport
    ) async throws(StoreError) {
        var judge = LifecycleJudge(pass.configuration, now: pass.now, calendar: pass.calendar)
        var due: [LifecycleAction] = []
        var from: (key: [UInt8], position: Int64) = (prefix, .min)
        let end = prefix.isEmpty ? KeyOrder.ceiling : KeyOrder.successor(of: prefix)
        var isAtEnd = false
        while !isAtEnd {
            let start = from
            let page = try await workers.value { () throws(StoreError) in
                try self.versions(of: pass.bucket, from: start, to: end, limit: ObjectStore.scanMaximum)
            }
            isAtEnd = page.count < ObjectStore.scanMaximum
            report.examined += Int64(page.count)
            for version in page { due += judge.take(version) }
            if let last = page.last { from = (last.key.bytes, -last.index + 1) }
            if isAtEnd { due += judge.finish() }
            while due.count >= ObjectStore.commitMaximum || (isAtEnd && !due.isEmpty) {
                let group = Array(due.prefix(ObjectStore.commitMaximum))
                due.removeFirst(group.count)
                try await carryOut(group, pass, &report)
            }
        }
    }

    private func versions(
        of bucket: Bucket, from: (key: [UInt8], position: Int64), to end: [UInt8], limit: Int
    ) throws(StoreError) -> [ObjectVersion] {
        let catalog = catalog
        return try database.read { transaction throws(StoreError) in
            var versions: [ObjectVersion] = []
            try transaction.query(
                """
                SELECT key, position, flags, size, modified, record FROM versions
                WHERE bucket = $1 AND (key, position) >= ($2, $3) AND key < $4 ORDER BY key, position LIMIT $5
                """,
                [
                    .integer(bucket.id.value), .bytes(from.key), .integer(from.position), .bytes(end),
                    .integer(Int64(limit)),
                ]
            ) { row throws(StoreError) in
                versions.append(
                    try ObjectVersion(
                        bucket: bucket.id, key: try ObjectKey(row.bytes(0)), row: row, first: 1, accounts: catalog))
                return true
            }
            return versions
        }
    }

    private func carryOut(
        _ actions: [LifecycleAction], _ pass: LifecyclePass, _ report: inout LifecycleReport
    ) async throws(StoreError) {
        let catalog = catalog
        let done = try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(pass.bucket, accounts: catalog)
            try change.check(pass)
            var done: [LifecycleDeed] = []
            for action in actions {
                done.append(try change.carryOut(action, pass, in: live, accounts: catalog))
            }
            return done
        }
        for deed in done {
            switch deed {
            case .expired: report.expired += 1
            case .removedNoncurrent: report.removedNoncurrent += 1
            case .removedMarker: report.removedMarkers += 1
            case .transitioned: report.transitioned += 1
            case .isLocked: report.locked += 1
            case .hasChanged: continue
            }
        }
    }

    private func judgeUploads(_ pass: LifecyclePass, _ report: inout LifecycleReport) async throws(StoreError) {
        let rules = pass.configuration.rules.filter { $0.isEnabled && $0.abortUploadDays != nil }
        guard !rules.isEmpty else { return }
        let catalog = catalog
        var query = ListingQuery()
        var marker: UploadID?
        while true {
            let page = try listUploads(query, uploadMarker: marker, in: pass.bucket)
            report.examined += Int64(page.items.count)
            for upload in page.items {
                let rule = rules.first { rule in
                    rule.filter.matches(key: upload.key.bytes)
                        && pass.calendar.moment(rule.abortUploadDays ?? .max, after: upload.initiated) <= pass.now
                }
                guard let rule else { continue }
                let isGone = try await committer.commit { change throws(StoreError) in
                    let live = try change.bucket(pass.bucket, accounts: catalog)
                    try change.check(pass)
                    guard try change.upload(upload.id, of: upload.key, in: live.id, accounts: catalog) != nil else {
                        return false
                    }
                    try change.remove(upload.id, of: upload.key, in: live.id)
                    try change.journal(
                        .uploadAborted, .embedded,
                        live.members(key: upload.key) + [
                            ("upload", .integer(upload.id.index)), ("rule", .text(rule.id)),
                        ])
                    return true
                }
                if isGone { report.abortedUploads += 1 }
            }
            guard page.isTruncated, let last = page.items.last else { return }
            query.after = last.key.bytes
            marker = last.id
        }
    }
}

/// One bucket's turn.
struct LifecyclePass: Sendable {
    var bucket: Bucket
    /// The rules as they are stored: tells whether they are still the same.
    var bytes: [UInt8]
    var configuration: LifecycleConfiguration
    var now: Timestamp
    var calendar: LifecycleCalendar
}

/// What became of an action in its commit.
enum LifecycleDeed: Sendable {
    case expired, removedNoncurrent, removedMarker, transitioned, isLocked, hasChanged
}

extension Change {
    /// - Throws: ``StoreError/conditionalConflict`` when the bucket's rules are no more those of the pass.
    func check(_ pass: LifecyclePass) throws(StoreError) {
        guard try bucketSetting(LifecycleConfiguration.settingName, of: pass.bucket.id) == pass.bytes else {
            throw .conditionalConflict
        }
    }

    /// Does what is due, if it still is.
    mutating func carryOut(
        _ action: LifecycleAction, _ pass: LifecyclePass, in bucket: Bucket, accounts: some AccountNumbers
    ) throws(StoreError) -> LifecycleDeed {
        guard let newest = try newest(action.key, in: bucket.id, accounts: accounts),
            let target = newest.index == action.index
                ? newest : try judged(action.index, of: action.key, in: bucket.id, accounts: accounts)
        else { return .hasChanged }
        let rule = pass.configuration.rules[action.rule]
        // Tags may have changed since.
        guard rule.filter.matches(target) else { return .hasChanged }
        switch action.kind {
        case .expireCurrent:
            guard newest.index == action.index, !target.isDeleteMarker else { return .hasChanged }
            return try expire(target, rule, in: bucket, accounts: accounts)
        case .removeMarker:
            let versions = try count(of: action.key, in: bucket.id, newerThan: nil, limit: 2)
            guard target.isDeleteMarker, versions == 1 else { return .hasChanged }
            try destroy(target, rule, in: bucket, accounts: accounts)
            return .removedMarker
        case .removeNoncurrent(let keepingNewer):
            guard newest.index != action.index else { return .hasChanged }
            // The current one is no noncurrent one.
            let newer = try count(of: action.key, in: bucket.id, newerThan: action.index, limit: keepingNewer + 1)
            guard newer > keepingNewer else { return .hasChanged }
            guard target.isUnlocked(at: trusted) else { return .isLocked }
            try destroy(target, rule, in: bucket, accounts: accounts)
            return .removedNoncurrent
        case .transition(let storageClass, let keepingNewer):
            if let keepingNewer {
                guard newest.index != action.index,
                    try count(of: action.key, in: bucket.id, newerThan: action.index, limit: keepingNewer + 1)
                        > keepingNewer
                else { return .hasChanged }
            } else {
                guard newest.index == action.index else { return .hasChanged }
            }
            guard !target.isDeleteMarker,
                StorageClasses.allowsTransition(from: target.attributes.storageClass, to: storageClass)
            else { return .hasChanged }
            try transition(target, to: storageClass, rule, in: bucket, accounts: accounts)
            return .transitioned
        }
    }

    /// Moves a version to another class. Locks say nothing about classes: the version stays what it is.
    private mutating func transition(
        _ version: ObjectVersion, to storageClass: String, _ rule: LifecycleRule, in bucket: Bucket,
        accounts: some AccountNumbers
    ) throws(StoreError) {
        var moved = version
        moved.attributes.storageClass = storageClass
        let position = try journal(
            .objectTransitioned, .embedded,
            bucket.members(key: version.key) + [
                ("version", .integer(version.index)), ("rule", .text(rule.id)), ("storageClass", .text(storageClass)),
            ])
        try replaceRecord(of: moved, accounts: accounts)
        try noteForPacking(moved)
        try announce(.transition, version: moved, in: bucket, position: position, origin: .embedded)
    }

    private mutating func expire(
        _ current: ObjectVersion, _ rule: LifecycleRule, in bucket: Bucket, accounts: some AccountNumbers
    ) throws(StoreError) -> LifecycleDeed {
        if let replaced = try replaced(by: current.key, in: bucket, newest: current, accounts: accounts) {
            guard replaced.isUnlocked(at: trusted) else { return .isLocked }
            try destroy(
                replaced, rule, in: bucket, accounts: accounts, isEvent: bucket.versioning == .never)
        }
        guard bucket.versioning != .never else { return .expired }
        let marker = ObjectVersion.deleteMarker(
            current.key, in: bucket, index: nextPosition, at: now)
        try journal(
            .markerCreated, .embedded,
            bucket.members(key: current.key) + [("version", .integer(current.index)), ("rule", .text(rule.id))]
                + (marker.isNull ? [("null", .boolean(true))] : []))
        try insertVersion(marker, accounts: accounts)
        try announce(.expirationMarker, version: marker, in: bucket, position: marker.index, origin: .embedded)
        return .expired
    }

    /// - Parameter isEvent: false where a marker follows, which is the event then.
    private mutating func destroy(
        _ version: ObjectVersion, _ rule: LifecycleRule, in bucket: Bucket, accounts: some AccountNumbers,
        isEvent: Bool = true
    ) throws(StoreError) {
        try destroy(version, in: bucket, until: nextPosition, accounts: accounts)
        let position = try journal(
            .versionDeleted, .embedded,
            bucket.members(key: version.key) + [("version", .integer(version.index)), ("rule", .text(rule.id))])
        if isEvent {
            try announce(.expirationDelete, version: version, in: bucket, position: position, origin: .embedded)
        }
    }

    /// The version of that index, whether or not it is the null version.
    func judged(
        _ index: Int64, of key: ObjectKey, in bucket: BucketID, accounts: some AccountNumbers
    ) throws(StoreError) -> ObjectVersion? {
        try first(
            """
            SELECT position, flags, size, modified, record FROM versions
            WHERE bucket = $1 AND key = $2 AND position = $3
            """, [.integer(bucket.value), .bytes(key.bytes), .integer(-index)]
        ) { row throws(StoreError) in
            try ObjectVersion(bucket: bucket, key: key, row: row, accounts: accounts)
        }
    }

    /// How many versions a key has, or how many newer than `index`; counts to `limit` and no further.
    private func count(
        of key: ObjectKey, in bucket: BucketID, newerThan index: Int64?, limit: Int
    ) throws(StoreError) -> Int {
        var count = 0
        try query(
            "SELECT position FROM versions WHERE bucket = $1 AND key = $2 AND position < $3 LIMIT $4",
            [
                .integer(bucket.value), .bytes(key.bytes), .integer(index.map { -$0 } ?? .max),
                .integer(Int64(limit)),
            ]
        ) { row throws(StoreError) in
            count += 1
            return true
        }
        return count
    }
}

extension ObjectVersion {
    fileprivate func isUnlocked(at time: Timestamp) -> Bool {
        do throws(StoreError) {
            try checkUnlocked(at: time, bypassesGovernance: false)
            return true
        } catch {
            return false
        }
    }
}
