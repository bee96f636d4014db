// Why this file exists: answers as OpenLineage events: one for each run, with its inputs and outputs as datasets. What
// OpenLineage has no place for (locks, ranges, the bucket's UUID, evidence) goes into facets of our own.
// See: https://openlineage.io/spec/2-0-2/OpenLineage.json
public import ObjectCore

extension LineageAnswer {
    private static let producer = "urn:x-cairn:lineage"
    private static let schema = "https://openlineage.io/spec/2-0-2/OpenLineage.json"
    private static let facetSchemas = "https://openlineage.io/spec/facets"

    /// A list of events, in the form that `/api/v1/lineage/batch` takes.
    public var openLineage: JSONDocument {
        var inputs: [Int: [Edge]] = [:]
        var outputs: [Int: [Edge]] = [:]
        for edge in edges {
            switch edge.content.kind {
            case .used: inputs[edge.from, default: []].append(edge)
            case .generated: outputs[edge.to, default: []].append(edge)
            default: break
            }
        }
        return .array(
            nodes.indices.compactMap { index in
                guard let run = nodes[index].run else { return nil }
                return event(of: run, inputs: inputs[index] ?? [], outputs: outputs[index] ?? [])
            })
    }

    private func event(of run: Run, inputs: [Edge], outputs: [Edge]) -> JSONDocument {
        let type: OpenLineageEvent.Transition
        switch run.status {
        case .running: type = .running
        case .completed: type = .complete
        case .failed: type = .fail
        case .aborted: type = .abort
        case .idle: type = .other
        }
        let parent = run.parent.map { id -> JSONDocument in
            let job = nodes.lazy.compactMap(\.run).first { $0.id == id }?.job
            return LineageAnswer.facet(
                "\(LineageAnswer.facetSchemas)/1-2-0/ParentRunFacet.json#/$defs/ParentRunFacet",
                [
                    .init("run", .members(["runId": .text(id.description)])), .init("job", LineageAnswer.job(job)),
                ])
        }
        let own = LineageAnswer.facet(
            "\(LineageAnswer.vocabulary)RunFacet",
            [
                .init("status", .text(run.status.name)), .init("isImplicit", .boolean(run.isImplicit)),
                .init("firstIndex", .integer(run.firstIndex)), .init("lastIndex", .integer(run.lastIndex)),
            ] + (run.exitCode.map { [.init("exitCode", .integer($0))] } ?? [])
                + run.tags.map { .init("fact:\($0.name)", .text($0.value)) })
        return .members([
            "eventType": .text(type.rawValue),
            "eventTime": .text(EventTime.text(run.ended ?? run.started)),
            "producer": .text(LineageAnswer.producer),
            "schemaURL": .text("\(LineageAnswer.schema)#/$defs/RunEvent"),
            "run": .members([
                "runId": .text(run.id.description),
                "facets": .members(["parent": parent, "cairn_run": own]),
            ]),
            "job": LineageAnswer.job(run.job),
            "inputs": .array(inputs.compactMap { dataset(nodes[$0.to], $0.content) }),
            "outputs": .array(outputs.compactMap { dataset(nodes[$0.from], $0.content) }),
        ])
    }

    private static func job(_ job: Job?) -> JSONDocument {
        let job = job ?? Job(namespace: Job.defaultNamespace, name: "unnamed")
        return .members(["namespace": .text(job.namespace), "name": .text(job.name)])
    }

    private func dataset(_ node: Node, _ edge: LineageEdge) -> JSONDocument? {
        guard case .version(let version)? = node.content else { return nil }
        let versionFacet = LineageAnswer.facet(
            "\(LineageAnswer.facetSchemas)/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet",
            [.init("datasetVersion", .text(version.reference.versionID.description))])
        var members: [JSONDocument.Member] = [
            .init("bucketId", .text(version.reference.bucketUUID.description)),
            .init("index", .integer(version.reference.journalIndex)), .init("size", .integer(version.size)),
            .init("evidence", .text(edge.evidence.name)),
        ]
        if let content = version.content { members.append(.init("sha256", .text(content.description))) }
        if let until = version.retainedUntil {
            members.append(.init("retainUntil", .text(EventTime.text(until))))
            members.append(.init("retentionMode", .text(version.isComplianceLocked ? "COMPLIANCE" : "GOVERNANCE")))
        }
        if version.isOnLegalHold { members.append(.init("legalHold", .boolean(true))) }
        if edge.kind == .used {
            members.append(.init("bytes", .integer(edge.byteCount)))
            members.append(
                .init(
                    "ranges",
                    .array(edge.ranges.ranges.map { .array([.integer($0.lowerBound), .integer($0.upperBound)]) })))
        }
        return .members([
            "namespace": .text("s3://\(version.reference.bucket)"),
            "name": .text(version.reference.key.description),
            "facets": .members([
                "version": versionFacet,
                "cairn_object": LineageAnswer.facet("\(LineageAnswer.vocabulary)ObjectFacet", members),
            ]),
        ])
    }

    private static func facet(_ schema: String, _ members: [JSONDocument.Member]) -> JSONDocument {
        .object([.init("_producer", .text(producer)), .init("_schemaURL", .text(schema))] + members)
    }
}
