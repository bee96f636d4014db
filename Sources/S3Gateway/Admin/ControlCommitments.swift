// Why this file exists: commitments over the control socket: which buckets ask for them, and the erasure of names.
private import FoundationEssentials
public import ObjectCore

/// A bucket, and whether the journal hides its names, as the control socket tells it.
public struct ControlCommitments: Sendable, Codable, Equatable {
    public var bucket: String
    public var isOn: Bool

    public init(bucket: String, isOn: Bool) {
        self.bucket = bucket
        self.isOn = isOn
    }
}

/// Asks for the erasure of a name.
public struct ControlNameErasure: Sendable, Codable, Equatable {
    public var kind: CommitmentKind
    public var value: String
    /// The name of a bucket, or the UUID of one that is gone; nil for all.
    public var bucket: String?
    public var reason: String
    public var isDryRun: Bool

    public init(kind: CommitmentKind, value: String, bucket: String?, reason: String, isDryRun: Bool) {
        self.kind = kind
        self.value = value
        self.bucket = bucket
        self.reason = reason
        self.isDryRun = isDryRun
    }
}

/// What the commands about commitments do with a store, in its own process or behind the socket.
public struct CommitmentDesk: Sendable {
    private let store: ObjectStore
    private let origin: ChangeOrigin

    public init(store: ObjectStore, origin: ChangeOrigin) {
        self.store = store
        self.origin = origin
    }

    /// All buckets.
    public func list() -> [ControlCommitments] {
        store.buckets().map { ControlCommitments(bucket: $0.name, isOn: store.hasCommitments($0)) }
    }

    /// Switches them for a bucket.
    public func set(_ request: ControlCommitments) async throws(StoreError) -> ControlCommitments {
        let bucket = try store.bucket(request.bucket)
        try await store.setCommitments(request.isOn, of: bucket, origin: origin)
        return ControlCommitments(bucket: bucket.name, isOn: request.isOn)
    }

    /// Erases a name.
    public func erase(_ request: ControlNameErasure) async throws(StoreError) -> NameErasureReport {
        var uuid: [UInt8]?
        if let name = request.bucket {
            let gone = name.utf8.count == 32 ? Hex.decode(name) : nil
            do throws(StoreError) { uuid = try store.bucket(name).uuid } catch {
                guard let gone else { throw error }
                uuid = gone
            }
        }
        return try await store.eraseName(
            NameErasure(
                kind: request.kind, value: Array(request.value.utf8), bucketUUID: uuid, reason: request.reason,
                isDryRun: request.isDryRun), origin: origin)
    }

    /// Answers a request under `/control/commitments`; nil when it is none of these.
    func answer(_ method: HTTPMethod, _ path: Substring, body: [UInt8]) async throws(OperatorError) -> HTTPResponse? {
        do throws(StoreError) {
            switch (method, path) {
            case (.get, "commitments"): return AdminResponse.json(200, list())
            case (.post, "commitments"):
                guard let request = try? JSONDecoder().decode(ControlCommitments.self, from: Data(body)) else {
                    throw .invalidArgument("the request is none about commitments")
                }
                return AdminResponse.json(200, try await set(request))
            case (.post, "commitments/erase"):
                guard let request = try? JSONDecoder().decode(ControlNameErasure.self, from: Data(body)) else {
                    throw .invalidArgument("the request is no erasure of a name")
                }
                return AdminResponse.json(200, try await erase(request))
            default: return nil
            }
        } catch {
            throw OperatorError(error)
        }
    }
}
