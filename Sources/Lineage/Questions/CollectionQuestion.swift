// Why this file exists: questions about the exact set of versions that runs read: who read the same one, what is in it,
// and the proof that a version is.
public import ObjectCore

/// A collection as its asker may see it.
public struct CollectionAnswer: Sendable {
    /// A version of the set.
    public struct Member: Sendable {
        /// Nil for one in a bucket of another account.
        public var version: LineageVersion?
        /// What it is in the tree, as canonical JSON; nil where the version is.
        public var leaf: [UInt8]?
    }

    /// That a version is in the set. See: RFC 6962 section 2.1.1.
    public struct Proof: Sendable {
        public var version: LineageVersion
        public var leaf: [UInt8]
        /// From 0.
        public var leafIndex: Int64
        /// From the leaf's sibling upwards.
        public var hashes: [[UInt8]]
    }

    public var collection: LineageCollection
    /// Those that read exactly this, newest first, at most ``LineageQuestions/runsMaximum``.
    public var runs: [Run]
    /// A page, in the order of the tree.
    public var members: [Member]
    /// Behind which journal index the next page begins; nil when this was the last.
    public var next: Int64?
    public var proof: Proof?

    public var json: JSONDocument {
        let restricted = members.lazy.filter { $0.version == nil }.count
        return .members([
            "collection": .text(collection.description), "versions": .integer(collection.versionCount),
            "bytes": .integer(collection.byteCount), "runs": .array(runs.map(\.json)),
            "isPartial": .boolean(restricted > 0), "restricted": .integer(restricted),
            "members": .array(members.compactMap { CollectionAnswer.json($0.version, $0.leaf) }),
            "next": next.map { .integer($0) },
            "proof": proof.map { proof in
                .members([
                    "member": CollectionAnswer.json(proof.version, proof.leaf),
                    "leafIndex": .integer(proof.leafIndex), "treeSize": .integer(collection.versionCount),
                    "hashes": .array(proof.hashes.map { .text(Base64.encode($0)) }),
                ])
            },
        ])
    }

    private static func json(_ version: LineageVersion?, _ leaf: [UInt8]?) -> JSONDocument? {
        guard var value = version?.json, let leaf else { return nil }
        value.set("leaf", .text(String(decoding: leaf, as: UTF8.self)))
        return value
    }
}

extension LineageQuestions {
    /// A set of versions that runs read.
    /// - Parameters:
    ///   - root: what names it, 32 bytes.
    ///   - object: whose membership is to be proven.
    ///   - after: the page begins behind the member of this journal index.
    ///   - limit: members of the page, at most.
    ///   - viewer: who asks. A set that only runs of others read is answered like one that is not there.
    /// - Throws: ``QuestionError/Code/noSuchCollection``; ``QuestionError/Code/notFound`` when `object` is no member.
    public func collection(
        _ root: [UInt8], proving object: ObjectName? = nil, after: Int64 = 0, limit: Int = 1000, for viewer: Viewer
    ) throws(QuestionError) -> CollectionAnswer {
        try catchUp()
        let sight = Sight(viewer, store: store)
        let runs: [Run]
        let members: [(node: GraphNodeID, position: Int64, leaf: [UInt8])]
        do throws(LineageError) {
            runs = try graph.runs(reading: root, limit: LineageQuestions.runsMaximum) { sight.sees($0) }
            members = try runs.first.map { run throws(LineageError) in try graph.collectionMembers(of: run.id) } ?? []
        } catch {
            throw QuestionError(error)
        }
        guard let collection = runs.first?.collection else {
            throw QuestionError(.noSuchCollection, "no run read a collection \(Hex.encode(root))")
        }
        var answer = CollectionAnswer(collection: collection, runs: runs, members: [])
        do throws(LineageError) {
            let page = members.lazy.filter { $0.position > after }.prefix(limit + 1)
            let shown = Array(page.prefix(limit))
            for (member, node) in zip(shown, try graph.nodes(shown.map(\.node))) {
                guard case .version(let version) = node, sight.sees(node) else {
                    answer.members.append(.init())
                    continue
                }
                answer.members.append(.init(version: version, leaf: member.leaf))
            }
            answer.next = page.count > limit ? shown.last?.position : nil
        } catch {
            throw QuestionError(error)
        }
        if let object { answer.proof = try proof(of: object, in: members, sight) }
        return answer
    }

    private func proof(
        of object: ObjectName, in members: [(node: GraphNodeID, position: Int64, leaf: [UInt8])], _ sight: Sight
    ) throws(QuestionError) -> CollectionAnswer.Proof {
        let node = try find(object, sight, asOf: nil)
        guard let place = members.firstIndex(where: { $0.node == node }) else {
            throw QuestionError(.notFound, "\(object) is not in the collection; name the version that was read")
        }
        let tree = MerkleTree(
            size: Int64(members.count), source: MemoryTiles(leaves: members.lazy.map { MerkleHash.leaf($0.leaf) }))
        do {
            guard case .version(let version) = try graph.node(node) else {
                throw QuestionError(.notFound, "\(object) is no version")
            }
            return CollectionAnswer.Proof(
                version: version, leaf: members[place].leaf, leafIndex: Int64(place),
                hashes: try tree.inclusionProof(index: Int64(place)))
        } catch {
            if let error = error as? QuestionError { throw error }
            throw QuestionError(.failed, "\(error)")
        }
    }
}
