// Why this file exists: what lineage lets people do in one call that would else be a script over hundreds of objects:
// hold the whole ancestry of a model. Erasing a version (Erasure.swift) stands in the same table.
import Lineage
import ObjectCore

extension LineageRoutes {
    static let changes: [LineageRoute] = [
        LineageRoute(
            method: .post, path: "\(prefix)/hold", name: "hold", tag: .changes,
            summary: "Puts an object and everything that it was made from under legal hold, or takes it off",
            body: "{\"bucket\": …, \"key\": …, \"versionId\": …, \"on\": true, \"dryRun\": false}",
            bodyLengthMaximum: LineageService.bodyLengthMaximum, permission: .holdLineage,
            perform: .changing { call async throws(LineageRefusal) in try await AncestryHold.perform(call) }),
        LineageRoute(
            method: .post, path: "\(prefix)/erase", name: "erase", tag: .changes,
            summary: "Destroys a version, leaves a tombstone in the journal, and tells what was derived from it",
            body: "{\"bucket\": …, \"key\": …, \"versionId\": …, \"reason\": …, \"dryRun\": false}",
            bodyLengthMaximum: LineageService.bodyLengthMaximum, permission: nil,
            perform: .changing { call async throws(LineageRefusal) in try await Erasure.perform(call) }),
    ]
}

/// Holds an ancestry.
enum AncestryHold {
    /// Versions of one call.
    static let versionsMaximum = 100_000

    static func perform(_ call: LineageCall) async throws(LineageRefusal) -> LineageReply {
        let document = try call.document()
        guard let bucket = document["bucket"]?.text, let key = document["key"]?.text else {
            throw LineageRefusal.invalid("bucket and key are missing")
        }
        let object = try LineageCall.object(bucket: bucket, key: key, version: document["versionId"]?.text)
        let isOn = document["on"]?.boolean ?? true
        let isDryRun = document["dryRun"]?.boolean ?? false
        var options = QuestionOptions()
        options.limit = versionsMaximum
        let asked = options
        let answer = try await call.blocking { () throws(LineageRefusal) in
            try call.ask { () throws(QuestionError) in
                try call.questions.closure(of: object, .upstream, asked, for: call.viewer)
            }
        }
        var held: [JSONDocument] = []
        var left: [JSONDocument] = []
        for node in answer.nodes {
            guard case .version(let version)? = node.content else { continue }
            if let reason = try await hold(version, isOn, isDryRun, call) {
                var value = version.json
                value.set("reason", .text(reason))
                left.append(value)
            } else {
                held.append(version.json)
            }
        }
        return LineageReply(
            .members([
                "on": .boolean(isOn), "dryRun": .boolean(isDryRun),
                "isComplete": .boolean(left.isEmpty && !answer.isPartial),
                "gaps": .array(answer.gaps.map { .text($0.description) }),
                "held": .array(held), "left": .array(left),
            ]))
    }

    /// - Returns: why the version was left as it is; nil when it is held (or released) now.
    private static func hold(
        _ version: LineageVersion, _ isOn: Bool, _ isDryRun: Bool, _ call: LineageCall
    ) async throws(LineageRefusal) -> String? {
        if version.isDeleteMarker { return nil }
        if let removal = version.removal { return "it is gone: \(removal.name)" }
        let store = call.service.store
        guard let bucket = store.buckets().first(where: { $0.uuid == version.reference.bucketUUID.bytes }) else {
            return "its bucket is gone"
        }
        guard bucket.hasObjectLock else { return "the bucket \(bucket.name) has no Object Lock" }
        let reference = version.reference
        let found: ObjectVersion
        do throws(StoreError) {
            found = try store.version(reference.versionID, of: reference.key, in: bucket)
        } catch {
            return try reason(error)
        }
        do throws(LineageRefusal) {
            try call.service.check(
                "s3:PutObjectLegalHold", on: bucket, key: found.key, version: found.versionID,
                target: .version(found.attributes), legalHold: isOn ? .on : .off, call)
        } catch {
            guard error.status == 403 else { throw error }
            return "s3:PutObjectLegalHold is not allowed"
        }
        guard !isDryRun, version.isOnLegalHold != isOn else { return nil }
        do throws(StoreError) {
            _ = try await store.setLegalHold(
                isOn, of: reference.key, version: reference.versionID, expecting: found.index, in: bucket,
                origin: call.origin)
            return nil
        } catch {
            return try reason(error)
        }
    }

    private static func reason(_ error: StoreError) throws(LineageRefusal) -> String {
        switch error {
        case .noSuchKey, .noSuchVersion, .noSuchBucket: return "it is gone"
        case .conditionalConflict: return "it changed at the same moment; ask again"
        default: throw LineageRefusal(error)
        }
    }
}
