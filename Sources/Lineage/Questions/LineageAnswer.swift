// Why this file exists: an answer as a value: part of the graph, with what is missing from it said beside it. All
// forms of output are made of it and none asks the graph again.
public import ObjectCore

/// Part of the graph.
public struct LineageAnswer: Sendable {
    /// A node of the answer.
    public struct Node: Sendable {
        /// What it is; nil for a node that the viewer may not see.
        public var content: LineageNode?
        /// Where it is in the graph.
        var id: GraphNodeID?
        /// Steps from the node that was asked about.
        public var depth: Int
    }

    /// An edge between two nodes of the answer.
    public struct Edge: Sendable {
        /// Places in ``LineageAnswer/nodes``.
        public var from: Int
        public var to: Int
        public var content: LineageEdge
    }

    /// Why an answer is not whole.
    public enum Gap: Sendable, Equatable {
        /// A limit of nodes was reached.
        case limit(Int)
        /// So many nodes are of other accounts.
        case restricted(Int)
        /// The journal has entries behind the position that the answer is from.
        case behind(position: Int64, journal: Int64)
        /// So many objects have no SHA-256 yet, or never will; told where digests are what is asked for.
        case digests(Int)
        /// The store takes no changes, so what runs read lately is in no journal.
        case readOnly

        public var description: String {
            switch self {
            case .limit(let count): "the answer was cut at \(count) nodes"
            case .restricted(let count): "\(count) nodes belong to other accounts and are not shown"
            case .behind(let position, let journal):
                "the graph is at journal index \(position) of \(journal): what came later is missing"
            case .digests(let count): "the SHA-256 of \(count) objects is not known; sha256State says why"
            case .readOnly: "the store is read-only: what runs read lately is missing"
            }
        }
    }

    /// How it was asked, for headings.
    public var direction: Direction?
    /// Nearest first; those that were asked about have depth 0.
    public var nodes: [Node] = []
    public var edges: [Edge] = []
    public var gaps: [Gap] = []
    /// Of a page: how many nodes it and the pages before it have; nil when it was the last.
    public var next: Int?
    /// The journal position that the answer is true for.
    public var position: Int64 = 0

    /// Whether something that belongs to the answer is missing from it.
    public var isPartial: Bool { !gaps.isEmpty }

    public init() {}
}

// MARK: JSON

extension LineageAnswer {
    /// The answer as HTTP and `--json` give it. The names are an interface: add, never change.
    public var json: JSONDocument {
        let names = self.names
        return .members([
            "direction": direction.map { .text($0 == .upstream ? "upstream" : "downstream") },
            "position": .integer(position),
            "isPartial": .boolean(isPartial),
            "gaps": .array(gaps.map { .text($0.description) }),
            "next": next.map { .integer($0) },
            "nodes": .array(nodes.indices.map { LineageAnswer.json(nodes[$0], name: names[$0]) }),
            "edges": .array(edges.map { $0.content.json(from: names[$0.from], to: names[$0.to]) }),
        ])
    }

    /// What each node is called in the answer. Names of nodes that the viewer sees are the same in every answer.
    public var names: [String] {
        nodes.enumerated().map { index, node in node.content?.name ?? "restricted:\(index)" }
    }

    private static func json(_ node: Node, name: String) -> JSONDocument {
        var value = node.content?.json ?? .members(["kind": .text("restricted")])
        guard case .object(var members) = value else { return value }
        members.insert(JSONDocument.Member("id", .text(name)), at: 0)
        members.append(JSONDocument.Member("depth", .integer(node.depth)))
        value = .object(members)
        return value
    }
}

extension LineageEdge {
    func json(from: String, to: String) -> JSONDocument {
        // A declaration says nothing about bytes.
        let hasBytes = evidence != .declared && (kind == .used || !ranges.isEmpty)
        return .members([
            "kind": .text(kind.name), "evidence": .text(evidence.name), "from": .text(from), "to": .text(to),
            "bytes": hasBytes ? .integer(byteCount) : nil,
            "requests": requestCount > 0 ? .integer(requestCount) : nil,
            "ranges": hasBytes
                ? .array(ranges.ranges.map { .array([.integer($0.lowerBound), .integer($0.upperBound)]) }) : nil,
            "rangesAreApproximate": ranges.isApproximate ? .boolean(true) : nil,
            "firstIndex": .integer(firstIndex), "lastIndex": .integer(lastIndex),
        ])
    }
}

extension LineageNode {
    /// What the node is called, the same in every answer.
    public var name: String {
        switch self {
        case .version(let version): "version:\(version.reference.journalIndex)"
        case .run(let run): "run:\(run.id)"
        case .job(let job): "job:\(job)"
        case .agent(let agent): "agent:\(agent.kind.name):\(agent.name)"
        case .prefix(let prefix):
            "prefix:\(prefix.bucketUUID)/\(String(decoding: prefix.prefix, as: UTF8.self))"
        }
    }

    var json: JSONDocument {
        switch self {
        case .version(let version): version.json
        case .run(let run): run.json
        case .job(let job):
            .members(["kind": .text("job"), "namespace": .text(job.namespace), "job": .text(job.name)])
        case .agent(let agent):
            .members(["kind": .text("agent"), "agentKind": .text(agent.kind.name), "agent": .text(agent.name)])
        case .prefix(let prefix):
            .members([
                "kind": .text("prefix"), "bucket": .text(prefix.bucket),
                "prefix": .text(String(decoding: prefix.prefix, as: UTF8.self)),
            ])
        }
    }
}

extension LineageVersion {
    /// `s3://bucket/key`
    public var address: String { "s3://\(reference.bucket)/\(reference.key)" }

    /// Why it has no digest. `lost`: its bytes went before it was computed; `unknown`: the store cannot tell.
    var digestStateName: String { digestState?.name ?? (removal == nil ? "unknown" : "lost") }

    public var json: JSONDocument {
        let isText = String(validating: reference.key.bytes, as: UTF8.self) != nil
        return .members([
            "kind": .text("version"), "bucket": .text(reference.bucket),
            "bucketId": .text(reference.bucketUUID.description),
            "key": .text(reference.key.description),
            "keyHex": isText ? nil : .text(Hex.encode(reference.key.bytes)),
            "versionId": .text(reference.versionID.description), "index": .integer(reference.journalIndex),
            "sha256": content.map { .text($0.description) } ?? .null,
            "sha256State": content == nil && !isDeleteMarker ? .text(digestStateName) : nil,
            "size": .integer(size), "etag": .text(etag), "created": .text(EventTime.text(created)),
            "isDeleteMarker": isDeleteMarker ? .boolean(true) : nil,
            "run": run.map { .text($0.description) },
            "retainUntil": retainedUntil.map { .text(EventTime.text($0)) },
            "retentionMode": retainedUntil.map { _ in .text(isComplianceLocked ? "COMPLIANCE" : "GOVERNANCE") },
            "legalHold": isOnLegalHold ? .boolean(true) : nil,
            "removal": removal.map { .text($0.name) },
            "removedIndex": removal == nil ? nil : .integer(removedIndex),
        ])
    }
}

extension Run {
    public var json: JSONDocument {
        .members([
            "kind": .text("run"), "run": .text(id.description),
            "namespace": job.map { .text($0.namespace) }, "job": job.map { .text($0.name) },
            "status": .text(status.name), "exitCode": exitCode.map { .integer($0) },
            "isImplicit": .boolean(isImplicit), "started": .text(EventTime.text(started)),
            "ended": ended.map { .text(EventTime.text($0)) },
            "parent": parent.map { .text($0.description) },
            "account": account.isEmpty ? nil : .text(account),
            "accessKey": accessKey.isEmpty ? nil : .text(accessKey),
            "session": session.map { .text($0) }, "sourceIdentity": sourceIdentity.map { .text($0) },
            "facts": tags.isEmpty ? nil : .object(tags.map { JSONDocument.Member($0.name, .text($0.value)) }),
            "collection": collection.map { .text($0.description) },
            "firstIndex": .integer(firstIndex), "lastIndex": .integer(lastIndex),
        ])
    }
}
