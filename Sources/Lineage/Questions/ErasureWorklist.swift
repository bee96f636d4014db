// Why this file exists: when content has to go, it does not end with one version: the same bytes may lie under other
// names, and what was made from them may still tell of them. This says where people have to look.
public import ObjectCore

/// What is left to look at when a version is erased.
public struct ErasureWorklist: Sendable {
    public var object: LineageVersion
    /// Other versions with the same digest whose bytes are there, oldest first; one that is gone is there while a
    /// snapshot shows it.
    public var sameContent: [LineageVersion]
    /// How many more there are in buckets that the viewer does not see.
    public var sameContentHidden: Int
    /// Whether versions of this store wait for their digest, or never get one: they may have the same content.
    public var hasUndigested: Bool
    /// The downstream closure: everything that was derived from it, with the evidence.
    public var derived: LineageAnswer

    /// Whether the digest of the content is known.
    public var isContentKnown: Bool { object.content != nil }

    /// The members that an answer about an erasure has of it.
    public var members: [JSONDocument.Member] {
        var gaps = derived.gaps.map(\.description)
        if !isContentKnown {
            gaps.append(
                "the SHA-256 of the object is not known (\(object.digestStateName)), so others with its content are not"
            )
        } else if hasUndigested {
            gaps.append("versions of this store have no SHA-256 yet, or never will, and may have the same content")
        }
        if sameContentHidden > 0 {
            gaps.append("\(sameContentHidden) versions with the same content are of other accounts and not shown")
        }
        return [
            .init("object", object.json), .init("sameContent", .array(sameContent.map(\.json))),
            .init("isPartial", .boolean(!gaps.isEmpty)), .init("gaps", .array(gaps.map { .text($0) })),
            .init("worklist", derived.json),
        ]
    }
}

extension LineageQuestions {
    /// Which version an erasure is about. One that is gone is found by its version id, as a snapshot may still show it.
    public func erasable(_ object: ObjectName, for viewer: Viewer) throws(QuestionError) -> LineageVersion {
        try catchUp()
        let sight = Sight(viewer, store: store)
        let bucket = try bucket(object.bucket, sight)
        do throws(LineageError) {
            let node: GraphNodeID?
            if object.version == nil {
                let current: ObjectVersion
                do throws(StoreError) { current = try store.object(object.key, in: bucket) } catch {
                    throw LineageError.store(error)
                }
                node = try graph.find(position: current.index)
            } else {
                node = try graph.find(object.key, version: object.version, in: BucketUUID(bucket.uuid))
            }
            if let node, case .version(let version) = try graph.node(node) { return version }
        } catch {
            throw QuestionError(error)
        }
        throw QuestionError(.noSuchVersion, "lineage knows no object \(object)")
    }

    /// What is left to look at when a version goes, or has gone.
    public func erasureWorklist(
        of version: LineageVersion, _ options: QuestionOptions, for viewer: Viewer
    ) throws(QuestionError) -> ErasureWorklist {
        // Its own digest is what the others are found by.
        if version.lacksDigest {
            var alone = LineageAnswer()
            alone.nodes = [LineageAnswer.Node(content: .version(version), depth: 0)]
            try completeDigests(of: &alone, options)
        }
        let position = try catchUp()
        let sight = Sight(viewer, store: store)
        let node: GraphNodeID
        let current: LineageVersion
        var same: [LineageVersion] = []
        var hidden = 0
        do throws(LineageError) {
            let index = version.reference.journalIndex
            guard let found = try graph.find(position: index), case .version(let now) = try graph.node(found) else {
                throw LineageError.unknownNode("version of journal index \(index)")
            }
            (node, current) = (found, now)
            let others = try now.content.map { digest throws(LineageError) in
                try graph.nodes(try graph.versions(of: digest).filter { $0 != found })
            }
            for case .version(let other) in others ?? [] where try hasContent(other) {
                if sight.sees(other.reference.bucketUUID) { same.append(other) } else { hidden += 1 }
            }
        } catch {
            throw QuestionError(error)
        }
        let derived = try closure(of: [node], .downstream, options, sight, asOf: nil, position: position)
        let undigested: [DigestState: Int64]
        do throws(StoreError) { undigested = try store.pendingDigestCounts() } catch { throw QuestionError(error) }
        return ErasureWorklist(
            object: current, sameContent: same, sameContentHidden: hidden, hasUndigested: !undigested.isEmpty,
            derived: derived)
    }

    private func hasContent(_ version: LineageVersion) throws(LineageError) -> Bool {
        let reference = version.reference
        guard let bucket = store.buckets().first(where: { $0.uuid == reference.bucketUUID.bytes }) else { return false }
        do throws(StoreError) {
            return try store.hasContent(of: reference.key, index: reference.journalIndex, in: bucket)
        } catch {
            throw .store(error)
        }
    }
}
