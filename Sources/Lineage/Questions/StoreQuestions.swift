// Why this file exists: questions about the store as a whole: whose content is this, what has no origin, how much has.
public import ObjectCore

extension LineageQuestions {
    /// The versions whose content has a digest, oldest first, and how many more there are of others.
    public func versions(
        of digest: ContentDigest, for viewer: Viewer
    ) throws(QuestionError) -> (versions: [LineageVersion], hidden: Int) {
        try catchUp()
        let sight = Sight(viewer, store: store)
        do throws(LineageError) {
            var seen: [LineageVersion] = []
            var hidden = 0
            for node in try graph.nodes(try graph.versions(of: digest)) {
                guard case .version(let version) = node else { continue }
                if sight.sees(node) { seen.append(version) } else { hidden += 1 }
            }
            guard !seen.isEmpty || hidden > 0 else { throw LineageError.unknownNode("content \(digest)") }
            return (seen, hidden)
        } catch {
            throw QuestionError(error)
        }
    }

    /// Existing versions without a known origin, oldest first, behind the version of a journal index.
    /// - Returns: a page, and behind which index the next begins; nil when this was the last.
    public func orphans(
        includesImplicit: Bool = false, after: Int64? = nil, limit: Int = 1000, for viewer: Viewer
    ) throws(QuestionError) -> (versions: [LineageVersion], next: Int64?) {
        try catchUp()
        let sight = Sight(viewer, store: store)
        do throws(LineageError) {
            var found: [LineageVersion] = []
            var last = try after.map { index throws(LineageError) in
                guard let node = try graph.find(position: index) else {
                    throw LineageError.unknownNode("version of journal index \(index)")
                }
                return node
            }
            while true {
                let page = try graph.orphans(includesImplicit: includesImplicit, after: last, limit: limit)
                for case .version(let version) in try graph.nodes(page) where sight.sees(version.reference.bucketUUID) {
                    found.append(version)
                    if found.count == limit { return (found, version.reference.journalIndex) }
                }
                guard page.count == limit else { return (found, nil) }
                last = page.last
            }
        } catch {
            throw QuestionError(error)
        }
    }

    /// How much of the store has a known origin.
    /// - Throws: ``QuestionError/Code/denied`` for whoever does not see the whole store.
    public func completeness(for viewer: Viewer) throws(QuestionError) -> Completeness {
        guard viewer == .all else {
            throw QuestionError(.denied, "the numbers of the whole store are its owner's to see")
        }
        try catchUp()
        do throws(LineageError) { return try graph.completeness() } catch { throw QuestionError(error) }
    }
}

extension Completeness {
    public var json: JSONDocument {
        func share(_ share: Share) -> JSONDocument {
            .members(["versions": .integer(share.versions), "bytes": .integer(share.bytes)])
        }
        return .members([
            "versionRatio": .number(Completeness.text(versionRatio)),
            "byteRatio": .number(Completeness.text(byteRatio)),
            "total": share(total), "known": share(known), "implicit": share(implicit), "unknown": share(unknown),
        ])
    }

    /// Four digits after the point.
    static func text(_ ratio: Double) -> String {
        let parts = Int((ratio * 10_000).rounded())
        let rest = String(parts % 10_000)
        return "\(parts / 10_000)." + String(repeating: "0", count: 4 - rest.count) + rest
    }
}
