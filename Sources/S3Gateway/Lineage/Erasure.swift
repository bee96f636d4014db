// Why this file exists: content has to go because a person or a contract says so. One call destroys the version, says
// in the journal who wanted it and why, and answers with where else to look.
// Invariant: the worklist is known before anything is destroyed, so no failure afterwards leaves the caller without it.
import Lineage
import ObjectCore

/// Erases a version.
enum Erasure {
    /// Nodes of a worklist.
    static let nodesMaximum = 100_000

    static func perform(_ call: LineageCall) async throws(LineageRefusal) -> LineageReply {
        let document = try call.document()
        guard let bucketName = document["bucket"]?.text, let key = document["key"]?.text else {
            throw LineageRefusal.invalid("bucket and key are missing")
        }
        guard let reason = document["reason"]?.text, !reason.isEmpty else {
            throw LineageRefusal.invalid("reason is missing; it stays in the journal")
        }
        let object = try LineageCall.object(bucket: bucketName, key: key, version: document["versionId"]?.text)
        let isDryRun = document["dryRun"]?.boolean ?? false
        let store = call.service.store
        let bucket: Bucket
        do throws(StoreError) { bucket = try store.bucket(bucketName) } catch { throw LineageRefusal(error) }
        for action in [Action.erase, "s3:DeleteObjectVersion"] {
            try call.service.check(action, on: bucket, key: object.key, version: object.version, call)
        }
        guard bucket.snapshot == nil else {
            throw conflict("\(bucket.name) is a snapshot; delete it, and erase in \(bucket.baseName)")
        }
        var options = QuestionOptions()
        options.limit = nodesMaximum
        let asked = options
        let before = try await call.blocking { () throws(LineageRefusal) in
            try call.ask { () throws(QuestionError) in
                let version = try call.questions.erasable(object, for: call.viewer)
                return try call.questions.erasureWorklist(of: version, asked, for: call.viewer)
            }
        }
        let reference = before.object.reference
        let request = EraseRequest(
            key: reference.key, version: reference.versionID, index: reference.journalIndex, reason: reason,
            isDryRun: isDryRun)
        let outcome: EraseOutcome
        do throws(StoreError) { outcome = try await store.erase(request, in: bucket, origin: call.origin) } catch {
            throw LineageRefusal(error)
        }
        switch outcome {
        case .shown(let names):
            let views = names.map { "\(bucket.name).\($0)" }.joined(separator: ", ")
            throw conflict("a snapshot would still show it: \(views); delete that first")
        case .possible: return reply(before, position: nil, reason)
        case .erased(let position):
            // What read it until now belongs to the list as well.
            let after = try? await call.blocking { () throws(LineageRefusal) in
                try call.ask { () throws(QuestionError) in
                    try call.questions.erasureWorklist(of: before.object, asked, for: call.viewer)
                }
            }
            return reply(after ?? before, position: position, reason)
        }
    }

    private static func conflict(_ why: String) -> LineageRefusal {
        LineageRefusal(QuestionError(.conflict, why))
    }

    private static func reply(_ worklist: ErasureWorklist, position: Int64?, _ reason: String) -> LineageReply {
        let head: [JSONDocument.Member] = [
            .init("erased", .boolean(position != nil)), .init("dryRun", .boolean(position == nil)),
            .init("tombstone", position.map { .integer($0) } ?? .null), .init("reason", .text(reason)),
        ]
        return LineageReply(.object(head + worklist.members))
    }
}
