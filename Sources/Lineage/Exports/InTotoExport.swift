// Why this file exists: an object's ancestry as an in-toto statement with SLSA provenance, which supply-chain tools
// verify policies on. Its dependencies are what was observed, not what a build says of itself.
// See: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md, https://slsa.dev/spec/v1.0/provenance
public import ObjectCore

extension LineageAnswer {
    /// A statement (`in-toto.io/Statement/v1`) about the first node.
    /// - Throws: ``QuestionError/Code/conflict`` when the object's digest is not known: a statement without one binds
    ///   nothing.
    public func inToto() throws(QuestionError) -> JSONDocument {
        guard direction == .upstream, case .version(let subject)? = nodes.first?.content else {
            throw QuestionError(.invalid, "a statement is made of an object's upstream")
        }
        guard let digest = subject.content else {
            throw QuestionError(
                .conflict, "the SHA-256 of \(subject.address) is not known: \(subject.digestStateName)")
        }
        let run = subject.run.flatMap { id in nodes.lazy.compactMap(\.run).first { $0.id == id } }
        let observed = Set(edges.filter { $0.content.evidence != .declared }.map(\.to))
        var dependencies: [JSONDocument] = []
        var byproducts: [JSONDocument] = []
        for (index, node) in nodes.enumerated().dropFirst() {
            guard case .version(let version)? = node.content else { continue }
            let descriptor = LineageAnswer.descriptor(version)
            // What was only declared is no observed input; it stands beside them.
            if observed.contains(index) { dependencies.append(descriptor) } else { byproducts.append(descriptor) }
        }
        return .members([
            "_type": .text("https://in-toto.io/Statement/v1"),
            "subject": .array([
                .members([
                    "name": .text(subject.address), "digest": .members(["sha256": .text(digest.description)]),
                ])
            ]),
            "predicateType": .text("https://slsa.dev/provenance/v1"),
            "predicate": .members([
                "buildDefinition": .members([
                    "buildType": .text("\(LineageAnswer.vocabulary)run/v1"),
                    "externalParameters": .members([
                        "job": run?.job.map { .text($0.description) }, "code": run?.fact("code").map { .text($0) },
                        "parameters": run.map(\.parameters) ?? .object([]),
                    ]),
                    "internalParameters": .members([
                        "isPartial": .boolean(isPartial), "position": .integer(position),
                        "declaredOnly": byproducts.isEmpty ? nil : .array(byproducts),
                    ]),
                    "resolvedDependencies": .array(dependencies),
                ]),
                "runDetails": .members([
                    "builder": .members(["id": .text("\(LineageAnswer.vocabulary)store")]),
                    "metadata": run.map { run in
                        .members([
                            "invocationId": .text("urn:uuid:\(run.id)"),
                            "startedOn": .text(EventTime.text(run.started)),
                            "finishedOn": run.ended.map { .text(EventTime.text($0)) },
                        ])
                    },
                ]),
            ]),
        ])
    }

    private static func descriptor(_ version: LineageVersion) -> JSONDocument {
        let key = String(
            decoding: version.reference.key.bytes.flatMap { byte -> [UInt8] in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E: [byte]
                default: Array("%\(Hex.encode([byte]).uppercased())".utf8)
                }
            }, as: UTF8.self)
        return .members([
            "uri": .text("s3://\(version.reference.bucket)/\(key)?versionId=\(version.reference.versionID)"),
            "digest": version.content.map { .members(["sha256": .text($0.description)]) },
            "annotations": .members([
                "bucketId": .text(version.reference.bucketUUID.description),
                "index": .integer(version.reference.journalIndex), "size": .integer(version.size),
                "sha256State": version.lacksDigest ? .text(version.digestStateName) : nil,
            ]),
        ])
    }
}
