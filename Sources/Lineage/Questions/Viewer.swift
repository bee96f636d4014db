// Why this file exists: lineage crosses accounts, and its answers must not tell what its asker could not have seen.
// Invariant: what a viewer may not see is still counted and connected, so that no answer looks whole that is not.
import ObjectCore

/// Who asks.
public enum Viewer: Sendable, Hashable {
    /// Sees everything: the server's owner, and programs that embed the store.
    case all
    /// Sees what lies in buckets of the account, and its own runs.
    case account(String)

    var account: String? { if case .account(let id) = self { id } else { nil } }
}

/// What a viewer may see, decided once for an answer.
struct Sight: Sendable {
    private let viewer: Viewer
    private let owners: [BucketUUID: String]

    init(_ viewer: Viewer, store: ObjectStore) {
        self.viewer = viewer
        owners =
            viewer == .all
            ? [:]
            : Dictionary(store.buckets().map { (BucketUUID($0.uuid), $0.owner) }) { first, _ in first }
    }

    /// A bucket that is gone has no owner any more, so only who sees all sees what lay in it.
    func sees(_ bucket: BucketUUID) -> Bool {
        guard let account = viewer.account else { return true }
        return owners[bucket] == account
    }

    func sees(_ run: Run) -> Bool {
        guard let account = viewer.account else { return true }
        return run.account == account
    }

    func sees(_ node: LineageNode) -> Bool {
        switch node {
        case .version(let version): sees(version.reference.bucketUUID)
        case .prefix(let prefix): sees(prefix.bucketUUID)
        case .run(let run): sees(run)
        // A job's or an agent's name tells of whoever has it; who sees them through an edge of their own
        // sees the other end as well.
        case .job, .agent: viewer == .all
        }
    }
}
