// Why this file exists: whoever asks for a manifest or a statement wants digests, and those of objects that were uploaded
// in parts are computed in the background. What such an answer needs is computed when it is asked for, up to a number of
// bytes; what is still missing then is said.
public import ObjectCore

extension LineageQuestions {
    /// Computes the digests of versions in an answer that wait for theirs, and adds a gap when some stay unknown. Only
    /// what the viewer sees is in the answer, and only that is read.
    public func completeDigests(
        of answer: inout LineageAnswer, _ options: QuestionOptions
    ) throws(QuestionError) {
        let buckets = Dictionary(store.buckets().map { ($0.uuid, $0.id) }) { first, _ in first }
        var wanted: [PendingDigest] = []
        for node in answer.nodes {
            guard case .version(let version)? = node.content, version.lacksDigest,
                version.digestState == .pending || version.digestState == nil,
                let bucket = buckets[version.reference.bucketUUID.bytes]
            else { continue }
            wanted.append(
                PendingDigest(index: version.reference.journalIndex, bucket: bucket, key: version.reference.key))
        }
        if !wanted.isEmpty, let digester {
            let known: [Int64: [UInt8]]
            do throws(StoreError) {
                known = try digester.compute(
                    wanted, bytesMaximum: options.digestBytes, isCancelled: options.isCancelled)
            } catch {
                // A store that takes no changes still answers; the digests stay open.
                guard case .readOnly = error else { throw QuestionError(error) }
                known = [:]
            }
            for place in answer.nodes.indices {
                guard case .version(var version)? = answer.nodes[place].content,
                    let digest = known[version.reference.journalIndex].flatMap({ ContentDigest($0) })
                else { continue }
                version.content = digest
                version.digestState = nil
                answer.nodes[place].content = .version(version)
            }
        }
        let missing = answer.nodes.count { node in
            if case .version(let version)? = node.content { version.lacksDigest } else { false }
        }
        if missing > 0 { answer.gaps.append(.digests(missing)) }
    }
}

extension LineageVersion {
    /// Whether it is content whose digest is not known.
    var lacksDigest: Bool { content == nil && !isDeleteMarker }
}

/// Versions that have no SHA-256, for one reason.
public struct UndigestedVersions: Sendable {
    /// In the order of their journal positions, each with why it could not be read, if it was tried.
    public var versions: [(version: LineageVersion, reason: String)] = []
    /// Behind which journal position the next page begins; nil when this was the last.
    public var next: Int64?
    /// How many there are in the whole store, for whoever sees it.
    public var counts: [DigestState: Int64]?

    public var json: JSONDocument {
        .members([
            "counts": counts.map { counts in
                .object(DigestState.allCases.map { JSONDocument.Member($0.name, .integer(counts[$0] ?? 0)) })
            },
            "versions": .array(
                versions.map { entry in
                    var value = entry.version.json
                    if !entry.reason.isEmpty { value.set("reason", .text(entry.reason)) }
                    return value
                }),
            "next": next.map { .integer($0) },
        ])
    }
}

extension LineageQuestions {
    /// The versions without a SHA-256 in one state, after a journal position.
    public func undigested(
        _ state: DigestState, after index: Int64 = 0, limit: Int = 1000, for viewer: Viewer
    ) throws(QuestionError) -> UndigestedVersions {
        try catchUp()
        let sight = Sight(viewer, store: store)
        var found = UndigestedVersions()
        do {
            if viewer == .all { found.counts = try store.pendingDigestCounts() }
            let page = try store.pendingDigests(state, after: index, limit: limit)
            for pending in page {
                guard let node = try graph.find(position: pending.index),
                    case .version(let version) = try graph.node(node), sight.sees(version.reference.bucketUUID)
                else { continue }
                found.versions.append((version, pending.reason))
            }
            if page.count == limit { found.next = page.last?.index }
            return found
        } catch let error as LineageError {
            throw QuestionError(error)
        } catch let error as StoreError {
            throw QuestionError(error)
        } catch {
            throw QuestionError(.failed, "\(error)")
        }
    }
}
