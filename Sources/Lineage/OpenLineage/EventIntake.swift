// Why this file exists: events on their way into the store: their runs begin if they are new, their datasets become
// versions, their bytes are kept and journalled in one transaction, and what they say of a run's end is done last. A
// batch goes through this together: what is looked up for all of them is looked up once, and few commits keep them.
public import ObjectCore

/// Who sent an event.
public struct EventSender: Sendable {
    public var viewer: Viewer
    public var origin: ChangeOrigin
    /// `role/session name`.
    public var session: String?
    public var sourceIdentity: String?

    /// - Parameters:
    ///   - origin: with the run of the sender's credentials, where they are bound to one.
    ///   - viewer: who asks.
    ///   - session: its session.
    ///   - sourceIdentity: as STS was told.
    public init(viewer: Viewer, origin: ChangeOrigin, session: String? = nil, sourceIdentity: String? = nil) {
        self.viewer = viewer
        self.origin = origin
        self.session = session
        self.sourceIdentity = sourceIdentity
    }
}

/// What came of an event.
public struct EventReceipt: Sendable {
    /// SHA-256 of the bytes: the name under which they are given back.
    public var digest: [UInt8]
    /// Whether it was not there before.
    public var isNew: Bool
    public var run: RunID?
    public var declaration: Declaration

    public init(digest: [UInt8], isNew: Bool, run: RunID?, declaration: Declaration) {
        self.digest = digest
        self.isNew = isNew
        self.run = run
        self.declaration = declaration
    }

    public var json: JSONDocument {
        .members([
            "sha256": .text(Hex.encode(digest)), "isNew": .boolean(isNew),
            "run": run.map { .text($0.description) },
            "used": .integer(declaration.used.count), "generated": .integer(declaration.generated.count),
            "derived": .integer(declaration.derived.count), "asOf": .integer(declaration.asOf.count),
            "unresolved": .array(declaration.unresolved.prefix(100).map { .text($0) }),
            "isPartial": declaration.isPartial ? .boolean(true) : nil,
        ])
    }
}

/// An event that was read, with its bytes.
public struct SentEvent: Sendable {
    public var event: OpenLineageEvent
    public var bytes: [UInt8]

    public init(_ event: OpenLineageEvent, bytes: [UInt8]) {
        self.event = event
        self.bytes = bytes
    }
}

/// An event, and what it declares.
public struct ResolvedEvent: Sendable {
    fileprivate var sent: SentEvent
    fileprivate var digest: [UInt8]
    fileprivate var declaration: Declaration
    /// Whether its sender sent it before.
    fileprivate var isKnown: Bool
}

/// Takes events.
public struct EventIntake: Sendable {
    /// Events that one commit keeps, and bytes after which it is made whatever their number: other commits wait for it.
    private static let groupMaximum = 512
    private static let groupBytesMaximum = 4 << 20

    private let questions: LineageQuestions
    private let recorder: LineageRecorder

    private var store: ObjectStore { questions.store }
    private var graph: LineageGraph { questions.graph }

    public init(_ questions: LineageQuestions, _ recorder: LineageRecorder) {
        self.questions = questions
        self.recorder = recorder
    }

    // MARK: What is declared

    /// What events declare. Nothing is kept yet, so that a batch is refused as a whole. Blocks.
    /// - Throws: ``QuestionError/Code/denied`` for a run of another account.
    public func resolve(
        _ events: [SentEvent], from sender: EventSender
    ) throws(QuestionError) -> [ResolvedEvent] {
        let digests = events.map { Digest.sha256($0.bytes) }
        let account = sender.origin.account
        let known: Set<[UInt8]>
        do throws(StoreError) { known = try store.knows(events: digests, from: account) } catch {
            throw QuestionError(error)
        }
        var resolved: [ResolvedEvent] = []
        resolved.reserveCapacity(events.count)
        guard !digests.allSatisfy({ known.contains($0) }) else {
            return zip(events, digests).map { sent, digest in
                ResolvedEvent(sent: sent, digest: digest, declaration: Declaration(), isKnown: true)
            }
        }
        try questions.catchUp()
        try checkOwner(of: Set(events.compactMap(\.event.run)), account)
        let sight = Sight(sender.viewer, store: store)
        let beside = runs(of: sender)
        var traces = RunTraces()
        for (sent, digest) in zip(events, digests) {
            let isKnown = known.contains(digest)
            resolved.append(
                ResolvedEvent(
                    sent: sent, digest: digest,
                    declaration: isKnown ? Declaration() : try declaration(of: sent.event, sight, beside, &traces),
                    isKnown: isKnown))
        }
        return resolved
    }

    private func checkOwner(of runs: Set<RunID>, _ account: String) throws(QuestionError) {
        let foreign: Set<RunID>
        do throws(StoreError) { foreign = try recorder.foreign(runs, to: account) } catch { throw QuestionError(error) }
        if let run = foreign.min(by: { $0.description < $1.description }) {
            throw QuestionError(.denied, "there is no run \(run) of this account")
        }
    }

    private func declaration(
        of event: OpenLineageEvent, _ sight: Sight, _ beside: [RunID], _ traces: inout RunTraces
    ) throws(QuestionError) -> Declaration {
        guard event.namesDatasets else { return Declaration() }
        do throws(LineageError) {
            let resolver = try DatasetResolver(
                store: store, graph: graph, sight: sight, time: event.time,
                runs: ((event.run.map { [$0] } ?? []) + beside).uniqued(), known: &traces)
            return try resolver.declaration(of: event)
        } catch {
            throw QuestionError(error)
        }
    }

    /// The run of the credentials, and the one that requests of the same key are in.
    private func runs(of sender: EventSender) -> [RunID] {
        var runs = sender.origin.run.map { [$0] } ?? []
        for active in recorder.activeRuns
        where active.facts.isImplicit && active.facts.accessKey == sender.origin.accessKey { runs.append(active.id) }
        return runs
    }

    // MARK: Keeping

    /// Keeps events and what they declare, durably, in their order.
    /// - Throws: `StoreError.conditionalConflict` when a run was begun by another account meanwhile.
    public func take(
        _ events: [ResolvedEvent], from sender: EventSender
    ) async throws(StoreError) -> [EventReceipt] {
        var receipts: [EventReceipt] = []
        receipts.reserveCapacity(events.count)
        var rest = events[...]
        while !rest.isEmpty {
            let group = EventIntake.group(of: rest)
            rest = rest.dropFirst(group.count)
            receipts += try await keep(group, from: sender)
        }
        return receipts
    }

    /// The next events that one commit may keep. An event about a run that another of them ends waits for the next: it
    /// takes the run up again.
    private static func group(of events: ArraySlice<ResolvedEvent>) -> ArraySlice<ResolvedEvent> {
        var bytes = 0
        var ended: Set<RunID> = []
        let end = events.firstIndex { next in
            if let run = next.sent.event.run, ended.contains(run) { return true }
            if bytes > 0, bytes + next.sent.bytes.count > groupBytesMaximum { return true }
            bytes += next.sent.bytes.count
            if let run = next.sent.event.run, next.sent.event.endStatus != nil { ended.insert(run) }
            return false
        }
        return events[..<(end ?? events.endIndex)].prefix(groupMaximum)
    }

    private func keep(
        _ group: ArraySlice<ResolvedEvent>, from sender: EventSender
    ) async throws(StoreError) -> [EventReceipt] {
        let fresh = group.filter { !$0.isKnown }
        // `cairn run exec` begins and ends its own runs, and knows with which status.
        let others = fresh.filter { $0.sent.event.run != nil && $0.sent.event.run != sender.origin.run }
        // A group is milliseconds of work, which is no event loop's.
        let (begun, all) = try await store.onWorker { () throws(StoreError) in
            (
                try recorder.announce(others.map { facts(of: $0.sent.event, sender) }).map(\.id),
                fresh.map { newEvent($0, from: sender) }
            )
        }
        guard begun == others.map(\.sent.event.run) else { throw .conditionalConflict }
        let areNew = all.isEmpty ? [] : try await store.keep(all)
        var endings: [LineageRecorder.Ending] = []
        var receipts: [EventReceipt] = []
        var answers = areNew.makeIterator()
        for event in group {
            let isFirst = event.isKnown ? false : answers.next() ?? false
            receipts.append(
                EventReceipt(
                    digest: event.digest, isNew: isFirst, run: event.sent.event.run, declaration: event.declaration))
            if isFirst, let run = event.sent.event.run, run != sender.origin.run,
                let status = event.sent.event.endStatus
            {
                endings.append(LineageRecorder.Ending(run: run, status: status))
            }
        }
        if !endings.isEmpty { try await recorder.end(endings) }
        return receipts
    }

    private func newEvent(_ event: ResolvedEvent, from sender: EventSender) -> NewEvent {
        let content = event.sent.event
        var origin = sender.origin
        origin.run = content.run
        var members: [(String, CanonicalJSON)] = [
            ("event", .text(Hex.encode(event.digest))), ("size", .integer(Int64(event.sent.bytes.count))),
            ("form", .text("openlineage")),
            ("time", .integer(content.time.milliseconds)),
        ]
        if case .run(let transition?) = content.kind { members.append(("transition", .text(transition.rawValue))) }
        return NewEvent(
            event.sent.bytes, digest: event.digest, about: content.run, event.declaration.records(origin, members))
    }

    private func facts(of event: OpenLineageEvent, _ sender: EventSender) -> RunFacts {
        var facts = RunFacts()
        facts.id = event.run
        facts.job = event.job
        facts.parent = event.parent?.run ?? sender.origin.run
        facts.account = sender.origin.account
        facts.accessKey = sender.origin.accessKey
        facts.remoteAddress = sender.origin.remoteAddress
        facts.session = sender.session
        facts.sourceIdentity = sender.sourceIdentity
        facts.tags = [NameValue("openlineage:producer", event.producer)]
        // See: SourceCodeLocationJobFacet.
        if let location = event.jobFacets?["sourceCodeLocation"] {
            if let version = location["version"]?.text { facts.tags.append(NameValue("code", version)) }
            if let url = location["url"]?.text ?? location["repoUrl"]?.text {
                facts.tags.append(NameValue("code:url", url))
            }
        }
        return facts
    }
}

extension OpenLineageEvent {
    /// Whether there is anything to be resolved.
    fileprivate var namesDatasets: Bool { !inputs.isEmpty || !outputs.isEmpty || !derivations.isEmpty }

    fileprivate var endStatus: Run.Status? {
        guard case .run(let transition) = kind else { return nil }
        switch transition {
        case .complete: return .completed
        case .fail: return .failed
        case .abort: return .aborted
        case .start, .running, .other, nil: return nil
        }
    }
}
