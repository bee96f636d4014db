// Why this file exists: snapshots and clones over the control socket: what is asked, what is answered, and who answers.
private import FoundationEssentials
public import ObjectCore

/// What administration asks of a store about snapshots.
public protocol AdministeredSnapshots: Sendable {
    /// All of them, by bucket and then by age.
    func snapshots() -> [Snapshot]
    /// As `ObjectStore.createSnapshot(_:of:origin:)`, for a bucket of this name.
    func createSnapshot(
        _ name: String, ofBucketNamed bucket: String, origin: ChangeOrigin
    ) async throws(StoreError) -> Snapshot
    /// As `ObjectStore.deleteSnapshot(_:origin:)`.
    func deleteSnapshot(_ viewName: String, origin: ChangeOrigin) async throws(StoreError)
    /// As `ObjectStore.cloneSnapshot(_:as:owner:origin:progress:)`.
    func cloneSnapshot(
        _ viewName: String, as name: String, owner: String?, origin: ChangeOrigin,
        progress: (@Sendable (Int64, Int64) -> Void)?
    ) async throws(StoreError) -> CloneReport
}

extension ObjectStore: AdministeredSnapshots {
    /// Gives the present state of the bucket of that name a name of its own.
    /// - Throws: ``StoreError/noSuchBucket(_:)``, and as `createSnapshot(_:of:origin:)`.
    public func createSnapshot(
        _ name: String, ofBucketNamed bucket: String, origin: ChangeOrigin
    ) async throws(StoreError) -> Snapshot {
        try await createSnapshot(name, of: try self.bucket(bucket), origin: origin)
    }
}

/// A snapshot as the control socket tells it.
public struct ControlSnapshot: Sendable, Codable, Equatable {
    /// The name under which it is read.
    public var name: String
    public var bucket: String
    /// The journal index that it shows.
    public var index: Int64
    /// Milliseconds since 1970.
    public var created: Int64

    public init(_ snapshot: Snapshot) {
        name = snapshot.viewName
        bucket = snapshot.bucketName
        index = snapshot.index
        created = snapshot.created.milliseconds
    }
}

/// Asks for a snapshot.
public struct ControlSnapshotRequest: Sendable, Codable {
    public var bucket: String
    public var name: String

    public init(bucket: String, name: String) {
        self.bucket = bucket
        self.name = name
    }
}

/// Asks for a clone.
public struct ControlCloneRequest: Sendable, Codable {
    /// `BUCKET.NAME`
    public var snapshot: String
    /// The new bucket.
    public var bucket: String
    /// Canonical id of the account that owns it; nil for the owner of the snapshot's bucket.
    public var owner: String?

    public init(snapshot: String, bucket: String, owner: String?) {
        self.snapshot = snapshot
        self.bucket = bucket
        self.owner = owner
    }
}

/// Answers the requests under `/control/snapshots` and `/control/clones`.
struct SnapshotControl: Sendable {
    private static let root = "snapshots"
    private static let clones = "clones"

    let store: any AdministeredSnapshots
    let origin: ChangeOrigin

    /// Nil when the path is none of these.
    func answer(_ method: HTTPMethod, _ path: Substring, body: [UInt8]) async throws(OperatorError) -> HTTPResponse? {
        do throws(StoreError) {
            switch (method, path) {
            case (.get, Substring(SnapshotControl.root)):
                return AdminResponse.json(200, store.snapshots().map { ControlSnapshot($0) })
            case (.post, Substring(SnapshotControl.root)):
                guard let request = try? JSONDecoder().decode(ControlSnapshotRequest.self, from: Data(body)) else {
                    throw .invalidArgument("the request is no request for a snapshot")
                }
                let made = try await store.createSnapshot(
                    request.name, ofBucketNamed: request.bucket, origin: origin)
                return AdminResponse.json(201, ControlSnapshot(made))
            case (.delete, _) where path.hasPrefix(SnapshotControl.root + "/"):
                try await store.deleteSnapshot(String(path.dropFirst(SnapshotControl.root.count + 1)), origin: origin)
                return HTTPResponse(status: 204)
            case (.post, Substring(SnapshotControl.clones)):
                guard let request = try? JSONDecoder().decode(ControlCloneRequest.self, from: Data(body)) else {
                    throw .invalidArgument("the request is no request for a clone")
                }
                return AdminResponse.json(
                    200,
                    try await store.cloneSnapshot(
                        request.snapshot, as: request.bucket, owner: request.owner, origin: origin, progress: nil))
            default: return nil
            }
        } catch {
            throw OperatorError(error)
        }
    }
}
