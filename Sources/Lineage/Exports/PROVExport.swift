// Why this file exists: answers as W3C PROV-JSON, which provenance tools read. A version is an entity, a run an
// activity; our edges have counterparts there but for locks and the like, which become attributes.
// See: https://www.w3.org/submissions/prov-json/
public import ObjectCore

extension LineageAnswer {
    /// The names of what is ours in exported documents.
    static let vocabulary = "urn:x-cairn:lineage:"

    /// A PROV-JSON document.
    public var prov: JSONDocument {
        var entities: [JSONDocument.Member] = []
        var activities: [JSONDocument.Member] = []
        var agents: [JSONDocument.Member] = []
        let names = self.names.map { "cairn:\(LineageAnswer.localName($0))" }
        for (index, node) in nodes.enumerated() {
            switch node.content {
            case .version(let version): entities.append(.init(names[index], LineageAnswer.entity(version)))
            case .run(let run): activities.append(.init(names[index], LineageAnswer.activity(run)))
            case .agent(let agent):
                agents.append(.init(names[index], .members(["prov:label": .text(agent.name)])))
            case .job, .prefix:
                entities.append(.init(names[index], .members(["prov:label": .text(self.names[index])])))
            case nil:
                entities.append(.init(names[index], .members(["prov:label": .text("restricted")])))
            }
        }
        var relations: [String: [JSONDocument.Member]] = [:]
        for (index, edge) in edges.enumerated() {
            guard let (relation, from, to) = edge.content.kind.provRelation else { continue }
            var value = JSONDocument.members([
                from: .text(names[edge.from]), to: .text(names[edge.to]),
                "cairn:kind": .text(edge.content.kind.name),
                "cairn:evidence": .text(edge.content.evidence.name),
            ])
            if edge.content.byteCount > 0 { value.set("cairn:bytes", .integer(edge.content.byteCount)) }
            relations[relation, default: []].append(.init("_:e\(index)", value))
        }
        addCollections(&entities, &relations, names)
        var members: [JSONDocument.Member] = [
            .init("prefix", .members(["cairn": .text(LineageAnswer.vocabulary)]))
        ]
        if !entities.isEmpty { members.append(.init("entity", .object(entities))) }
        if !activities.isEmpty { members.append(.init("activity", .object(activities))) }
        if !agents.isEmpty { members.append(.init("agent", .object(agents))) }
        for (relation, list) in relations.sorted(by: { $0.key < $1.key }) {
            members.append(.init(relation, .object(list)))
        }
        return .object(members)
    }

    /// The sets that runs of the answer read, and what of them the answer shows.
    private func addCollections(
        _ entities: inout [JSONDocument.Member], _ relations: inout [String: [JSONDocument.Member]], _ names: [String]
    ) {
        var known: Set<LineageCollection> = []
        for (place, node) in nodes.enumerated() {
            guard case .run(let run)? = node.content, let collection = run.collection else { continue }
            let name = "cairn:collection_\(collection)"
            relations["used", default: []].append(
                .init("_:c\(place)", .members(["prov:activity": .text(names[place]), "prov:entity": .text(name)])))
            guard known.insert(collection).inserted else { continue }
            entities.append(
                .init(
                    name,
                    .members([
                        "prov:type": .text("prov:Collection"), "cairn:versions": .integer(collection.versionCount),
                        "cairn:bytes": .integer(collection.byteCount),
                    ])))
            for (index, edge) in edges.enumerated() where edge.from == place && edge.content.isReading {
                guard case .version(let version)? = nodes[edge.to].content, version.run != run.id else { continue }
                relations["hadMember", default: []].append(
                    .init(
                        "_:m\(index)",
                        .members(["prov:collection": .text(name), "prov:entity": .text(names[edge.to])])))
            }
        }
    }

    /// Names have letters, digits, `-`, `_`, `.` and no other sign, so that every reader of qualified names takes them.
    private static func localName(_ name: String) -> String {
        var local = ""
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E: local.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: ":"): local += "_"
            default: local += "_" + Hex.encode([byte])
            }
        }
        return local
    }

    private static func entity(_ version: LineageVersion) -> JSONDocument {
        .members([
            "prov:label": .text(version.address), "prov:type": .text("cairn:ObjectVersion"),
            "cairn:bucket": .text(version.reference.bucket),
            "cairn:bucketId": .text(version.reference.bucketUUID.description),
            "cairn:key": .text(version.reference.key.description),
            "cairn:versionId": .text(version.reference.versionID.description),
            "cairn:index": .integer(version.reference.journalIndex),
            "cairn:sha256": version.content.map { .text($0.description) },
            "cairn:size": .integer(version.size), "cairn:created": .text(EventTime.text(version.created)),
            "cairn:retainUntil": version.retainedUntil.map { .text(EventTime.text($0)) },
            "cairn:legalHold": version.isOnLegalHold ? .boolean(true) : nil,
            "cairn:removal": version.removal.map { .text($0.name) },
        ])
    }

    private static func activity(_ run: Run) -> JSONDocument {
        .members([
            "prov:label": .text(run.job?.description ?? run.id.description),
            "prov:type": .text("cairn:Run"), "prov:startTime": .text(EventTime.text(run.started)),
            "prov:endTime": run.ended.map { .text(EventTime.text($0)) },
            "cairn:run": .text(run.id.description), "cairn:status": .text(run.status.name),
            "cairn:exitCode": run.exitCode.map { .integer($0) },
        ])
    }
}

extension LineageEdge {
    /// Whether what it leads to is a member of the run's ``Run/collection``.
    fileprivate var isReading: Bool { evidence == .observed && EdgeKinds.reading.contains(kind) }
}

extension EdgeKind {
    /// The relation of PROV, and the names of its two ends; nil for kinds that PROV has no relation for.
    fileprivate var provRelation: (relation: String, from: String, to: String)? {
        switch self {
        case .used, .copied: ("used", "prov:activity", "prov:entity")
        case .generated: ("wasGeneratedBy", "prov:entity", "prov:activity")
        case .revisionOf, .copiedFrom, .assembledFrom, .derivedFrom:
            ("wasDerivedFrom", "prov:generatedEntity", "prov:usedEntity")
        case .associatedWith: ("wasAssociatedWith", "prov:activity", "prov:agent")
        case .onBehalfOf: ("actedOnBehalfOf", "prov:delegate", "prov:responsible")
        case .childOf: ("wasInformedBy", "prov:informed", "prov:informant")
        case .locked, .held, .bypassed, .archived, .restored, .deleted, .expired, .erased, .examined, .listed,
            .executionOf:
            nil
        }
    }
}
