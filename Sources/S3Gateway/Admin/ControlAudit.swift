// Why this file exists: the commands about the log do the same whether the store lies still or a server holds it: one
// desk answers them, in the command's own process or behind the control socket.
private import FoundationEssentials
public import Lineage
public import ObjectCore

/// What is asked of the log.
public enum ControlAuditRequest: Sendable, Codable, Equatable {
    /// To sign the journal as it is.
    case checkpoint
    /// The proof that a version's creation is in the journal.
    /// - Parameter version: its S3 version id; nil for the current one.
    case proof(bucket: String, key: String, version: String?)
    /// The log as files.
    /// - Parameters:
    ///   - folder: an absolute path.
    ///   - opening: versions whose keys may be known to whoever gets the folder: what opens the commitments to them
    ///     goes along.
    case export(folder: String, opening: [ControlAuditObject] = [])
    /// A new signing key.
    case rotateKey
    /// To prune entries that nothing rests on.
    /// - Parameters:
    ///   - before: only those that are older, in milliseconds since 1970.
    ///   - isDryRun: only to count them.
    case prune(before: Int64, isDryRun: Bool)
}

/// A version that is named to the desk.
public struct ControlAuditObject: Sendable, Codable, Equatable {
    public var bucket: String
    public var key: String
    /// Its S3 version id; nil for the current one.
    public var version: String?

    public init(bucket: String, key: String, version: String?) {
        self.bucket = bucket
        self.key = key
        self.version = version
    }
}

/// What is answered; one field is set, and beside a proof what opens its entry.
public struct ControlAuditAnswer: Sendable, Codable, Equatable {
    /// A signed note.
    public var checkpoint: String?
    /// A proof file.
    public var proof: String?
    /// A line that opens the commitment to the key in the entry that is proven; nil when the entry has the key.
    public var opening: String?
    /// Verifier keys, the one in use last.
    public var verifiers: [String]?
    public var pruning: PruningReport?

    init(
        checkpoint: String? = nil, proof: String? = nil, opening: String? = nil, verifiers: [String]? = nil,
        pruning: PruningReport? = nil
    ) {
        self.checkpoint = checkpoint
        self.proof = proof
        self.opening = opening
        self.verifiers = verifiers
        self.pruning = pruning
    }
}

/// Answers what is asked of a store's log.
public struct AuditDesk: Sendable {
    private let store: ObjectStore
    private let log: AuditLog

    public init(store: ObjectStore, log: AuditLog) {
        self.store = store
        self.log = log
    }

    /// Does what is asked.
    /// - Parameters:
    ///   - request: what is asked.
    ///   - origin: as the journal names who asks.
    /// - Throws: `refused` for a journal that does not continue what was signed before; what the store threw.
    public func answer(
        _ request: ControlAuditRequest, origin: ChangeOrigin = .embedded
    ) async throws(OperatorError) -> ControlAuditAnswer {
        guard case .prune(let before, let isDryRun) = request else {
            do { return try await BlockingCall.run { try answerAtOnce(request) } } catch {
                throw (error as? OperatorError) ?? OperatorError(.internal, "\(error)")
            }
        }
        let limit = Timestamp(milliseconds: before)
        guard limit <= store.clockReading.trusted else {
            throw OperatorError(.invalid, "the date lies in the future")
        }
        do throws(StoreError) {
            return ControlAuditAnswer(
                pruning: try await JournalPruning(store, before: limit).run(isDryRun: isDryRun, origin: origin))
        } catch {
            throw OperatorError(error)
        }
    }

    /// Does what needs no commit. Blocks.
    private func answerAtOnce(_ request: ControlAuditRequest) throws(OperatorError) -> ControlAuditAnswer {
        do {
            switch request {
            case .checkpoint: return ControlAuditAnswer(checkpoint: try log.checkpoint().encoded)
            case .proof(let bucket, let key, let version):
                let position = try find(key, in: bucket, version).index
                return ControlAuditAnswer(
                    proof: try log.proof(ofPosition: position).encoded, opening: try opening(at: position)?.line)
            case .export(let folder, let objects):
                guard folder.hasPrefix("/") else { throw OperatorError(.invalid, "\(folder) is no absolute path") }
                var openings: [EntryOpening] = []
                for object in objects {
                    let version = try find(object.key, in: object.bucket, object.version)
                    if let opening = try opening(at: version.index) { openings.append(opening) }
                }
                return ControlAuditAnswer(checkpoint: try log.export(to: folder, openings: openings).encoded)
            case .rotateKey:
                try log.rotateKey()
                return ControlAuditAnswer(verifiers: log.verifiers.map(\.description))
            case .prune: throw OperatorError(.internal, "pruning is not done at once")
            }
        } catch let error as OperatorError {
            throw error
        } catch let error as StoreError {
            throw OperatorError(error)
        } catch let error as AuditError {
            throw OperatorError(.refused, error.description)
        } catch {
            throw OperatorError(.internal, "\(error)")
        }
    }

    private func opening(at position: Int64) throws -> EntryOpening? {
        guard
            let commitment = try store.journalEntry(at: position).flatMap({ CanonicalJSON($0.bytes) })?[
                "keyCommitment"]?
                .text.flatMap({ Hex.decode($0) })
        else { return nil }
        return try store.openings(of: [commitment])[commitment].map { EntryOpening($0, position: position) }
    }

    private func find(_ key: String, in bucket: String, _ version: String?) throws -> ObjectVersion {
        let bucket = try store.bucket(bucket)
        let key = try ObjectKey(key)
        guard let version else { return try store.object(key, in: bucket) }
        guard let id = VersionID(version) else { throw OperatorError(.invalid, "\(version) is no version id") }
        return try store.version(id, of: key, in: bucket)
    }

    /// Answers a request that came over the control socket.
    func answer(_ body: [UInt8], origin: ChangeOrigin) async throws(OperatorError) -> HTTPResponse {
        guard let request = try? JSONDecoder().decode(ControlAuditRequest.self, from: Data(body)) else {
            throw OperatorError(.invalid, "the request is none about the log")
        }
        return AdminResponse.json(200, try await answer(request, origin: origin))
    }
}
