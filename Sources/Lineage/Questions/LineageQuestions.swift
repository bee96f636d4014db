// Why this file exists: questions in the words of people (objects, accounts, moments) become walks over the graph, and
// what comes back becomes an answer that its asker may see. Everything that asks (HTTP, tests, programs that embed
// the store) asks here.
public import ObjectCore

/// Asks the lineage of a store. All calls may block and come from any thread.
public struct LineageQuestions: Sendable {
    let store: ObjectStore
    let graph: LineageGraph
    /// Makes durable what capture still holds in memory, so that an answer knows what was read a moment ago.
    let flush: @Sendable () throws -> Void
    /// Computes digests that an answer needs; nil where they are only told.
    let digester: ContentDigester?

    public init(
        store: ObjectStore, graph: LineageGraph, digester: ContentDigester? = nil,
        flush: @escaping @Sendable () throws -> Void = {}
    ) {
        self.store = store
        self.graph = graph
        self.digester = digester
        self.flush = flush
    }

    // MARK: Closures

    /// What an object was made from, or what was made from it.
    /// - Throws: ``QuestionError`` at once for an object that is not known.
    public func closure(
        of object: ObjectName, _ direction: Direction, _ options: QuestionOptions = QuestionOptions(),
        for viewer: Viewer
    ) throws(QuestionError) -> LineageAnswer {
        let position = try catchUp()
        let sight = Sight(viewer, store: store)
        let asOf = try index(of: options.at, at: position)
        let root = try find(object, sight, asOf: asOf)
        return try closure(of: [root], direction, options, sight, asOf: asOf, position: position)
    }

    func closure(
        of roots: [GraphNodeID], _ direction: Direction, _ options: QuestionOptions, _ sight: Sight, asOf: Int64?,
        position: Int64
    ) throws(QuestionError) -> LineageAnswer {
        let query = ClosureQuery(
            direction, depthMaximum: options.depth, evidence: options.evidence, kinds: options.kinds,
            nodesMaximum: options.after == nil
                ? min(options.limit, QuestionOptions.nodesMaximum) : QuestionOptions.nodesMaximum,
            asOf: asOf, isCancelled: options.isCancelled)
        do throws(LineageError) {
            let closure = try graph.closure(of: roots, query)
            if let after = options.after {
                var page = try self.page(of: closure, query, after: after, limit: options.limit, sight)
                try finish(&page, asOf: asOf, position: position)
                return page
            }
            let edges = try graph.edges(within: closure, query)
            var answer = try answer(closure.steps, edges, sight)
            answer.direction = direction
            if closure.isPartial { answer.gaps.insert(.limit(closure.steps.count), at: 0) }
            try finish(&answer, asOf: asOf, position: position)
            return answer
        } catch {
            throw QuestionError(error)
        }
    }

    /// A shortest way from one object to another along the flow of data.
    /// - Throws: ``QuestionError/Code/notFound`` when there is none.
    public func path(
        from: ObjectName, to: ObjectName, _ options: QuestionOptions = QuestionOptions(), for viewer: Viewer
    ) throws(QuestionError) -> LineageAnswer {
        let position = try catchUp()
        let sight = Sight(viewer, store: store)
        let asOf = try index(of: options.at, at: position)
        let start = try find(from, sight, asOf: asOf)
        let end = try find(to, sight, asOf: asOf)
        do throws(LineageError) {
            for direction in [Direction.downstream, .upstream] {
                let query = ClosureQuery(
                    direction, evidence: options.evidence, kinds: options.kinds,
                    nodesMaximum: QuestionOptions.nodesMaximum, asOf: asOf, isCancelled: options.isCancelled)
                let way = try graph.path(from: start, to: end, query)
                guard let nodes = way.nodes else { continue }
                var closure = Closure()
                closure.steps = nodes.enumerated().map { ClosureStep(node: $1, depth: $0) }
                var answer = try answer(closure.steps, try graph.edges(within: closure, query), sight)
                answer.direction = direction
                try finish(&answer, asOf: asOf, position: position)
                return answer
            }
        } catch {
            throw QuestionError(error)
        }
        throw QuestionError(.notFound, "no way leads from \(from) to \(to), nor back")
    }

    // MARK: Finding

    /// Takes in what the journal has, so that a question asked after a change knows of it.
    /// - Returns: the journal position that answers are true for.
    @discardableResult
    func catchUp() throws(QuestionError) -> Int64 {
        do { try flush() } catch let error as StoreError {
            // A store that takes no changes still answers; what waits in memory is a gap, see `finish`.
            guard case .readOnly = error else { throw QuestionError(error) }
        } catch {
            throw QuestionError(.failed, "\(error)")
        }
        do throws(LineageError) { return try graph.catchUp() } catch { throw QuestionError(error) }
    }

    func index(of moment: QuestionOptions.Moment?, at position: Int64) throws(QuestionError) -> Int64? {
        switch moment {
        case nil: return nil
        case .index(let index):
            guard index <= position else {
                throw QuestionError(.invalid, "the journal has \(position) entries; it does not reach \(index)")
            }
            return index
        case .time(let time):
            do throws(LineageError) { return try graph.position(at: time) } catch { throw QuestionError(error) }
        }
    }

    /// The bucket of that name, when the viewer may know what is in it.
    func bucket(_ name: String, _ sight: Sight) throws(QuestionError) -> Bucket {
        let bucket: Bucket
        do throws(StoreError) { bucket = try store.bucket(name) } catch { throw QuestionError(error) }
        guard sight.sees(BucketUUID(bucket.uuid)) else {
            throw QuestionError(.denied, "the lineage of bucket \(name) is its owner's to see")
        }
        return bucket
    }

    func find(_ object: ObjectName, _ sight: Sight, asOf: Int64?) throws(QuestionError) -> GraphNodeID {
        let bucket = BucketUUID(try bucket(object.bucket, sight).uuid)
        do throws(LineageError) {
            if let asOf, object.version == nil {
                // The version that was current then.
                let known = try graph.versions(of: object.key, in: bucket)
                let current = known.last { $0.reference.journalIndex <= asOf }
                if let current, !current.isDeleteMarker, current.removal == nil || current.removedIndex > asOf,
                    let node = try graph.find(position: current.reference.journalIndex)
                {
                    return node
                }
                throw LineageError.unknownNode("\(object) at journal index \(asOf)")
            }
            if let node = try graph.find(object.key, version: object.version, in: bucket) {
                if let asOf, case .version(let version) = try graph.node(node), version.reference.journalIndex > asOf {
                    throw LineageError.unknownNode("\(object) at journal index \(asOf)")
                }
                return node
            }
        } catch {
            if case .unknownNode(let name) = error {
                throw QuestionError(.noSuchKey, "there was no \(name)")
            }
            throw QuestionError(error)
        }
        throw QuestionError(
            object.version == nil ? .noSuchKey : .noSuchVersion, "lineage knows no object \(object)")
    }

    // MARK: Answers

    /// Steps and edges as the viewer may see them.
    func answer(
        _ steps: [ClosureStep], _ edges: [LineageEdge], _ sight: Sight
    ) throws(LineageError) -> LineageAnswer {
        var answer = LineageAnswer()
        let contents = try graph.nodes(steps.map(\.node))
        var places: [GraphNodeID: Int] = [:]
        places.reserveCapacity(steps.count)
        var restricted = 0
        answer.nodes.reserveCapacity(steps.count)
        for (index, step) in steps.enumerated() {
            places[step.node] = index
            let isSeen = sight.sees(contents[index])
            if !isSeen { restricted += 1 }
            answer.nodes.append(
                LineageAnswer.Node(content: isSeen ? contents[index] : nil, id: step.node, depth: step.depth))
        }
        for edge in edges {
            guard let from = places[edge.from], let to = places[edge.to] else { continue }
            answer.edges.append(LineageAnswer.Edge(from: from, to: to, content: edge))
        }
        if restricted > 0 { answer.gaps.append(.restricted(restricted)) }
        return answer
    }

    func finish(_ answer: inout LineageAnswer, asOf: Int64?, position: Int64) throws(LineageError) {
        answer.position = asOf ?? position
        let journal: Int64
        do throws(StoreError) { journal = try store.journalSize() } catch { throw .store(error) }
        if store.readOnlyReason != nil { answer.gaps.append(.readOnly) }
        // Entries that came while the question was answered are no gap; a graph that fell behind is.
        if asOf == nil, graph.position < position, position < journal {
            answer.gaps.append(.behind(position: graph.position, journal: journal))
        }
    }
}

extension LineageQuestions {
    /// The journal position that made a version.
    public func journalIndex(of object: ObjectName, for viewer: Viewer) throws(QuestionError) -> Int64 {
        let sight = Sight(viewer, store: store)
        let bucket = try bucket(object.bucket, sight)
        do throws(StoreError) {
            guard let id = object.version else { return try store.object(object.key, in: bucket).index }
            return try store.version(id, of: object.key, in: bucket).index
        } catch {
            throw QuestionError(error)
        }
    }
}
