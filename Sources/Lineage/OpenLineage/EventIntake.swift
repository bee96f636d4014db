// Why this file exists: an event on its way into the store: its run begins if it is new, its datasets become versions,
// its bytes are kept and journalled in one transaction, and what it says of the run's end is done last.
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

/// Takes events.
public struct EventIntake: Sendable {
    private let questions: LineageQuestions
    private let recorder: LineageRecorder

    private var store: ObjectStore { questions.store }
    private var graph: LineageGraph { questions.graph }

    public init(_ questions: LineageQuestions, _ recorder: LineageRecorder) {
        self.questions = questions
        self.recorder = recorder
    }

    /// What an event declares, or the receipt of the same bytes that came before. Blocks.
    /// - Throws: ``QuestionError/Code/denied`` for a run of another account.
    public func resolve(
        _ event: OpenLineageEvent, _ bytes: [UInt8], from sender: EventSender
    ) throws(QuestionError) -> (declaration: Declaration, isKnown: Bool) {
        do throws(StoreError) {
            if try store.keptEvent(Digest.sha256(bytes)) != nil { return (Declaration(), true) }
        } catch {
            throw QuestionError(error)
        }
        try questions.catchUp()
        let sight = Sight(sender.viewer, store: store)
        do throws(LineageError) {
            if let run = event.run, let node = try graph.find(run: run), case .run(let known) = try graph.node(node) {
                // A run that is only named by another's entry has no account yet.
                guard known.account.isEmpty || known.account == sender.origin.account else {
                    throw LineageError.unknownNode("run \(run) of this account")
                }
            }
            let resolver = try DatasetResolver(
                store: store, graph: graph, sight: sight, time: event.time, runs: runs(of: event, sender))
            return (try resolver.declaration(of: event), false)
        } catch {
            if case .unknownNode(let name) = error { throw QuestionError(.denied, "there is no \(name)") }
            throw QuestionError(error)
        }
    }

    /// The event's own run, that of the credentials, and the one that requests of the same key are in.
    private func runs(of event: OpenLineageEvent, _ sender: EventSender) -> [RunID] {
        var runs = [event.run, sender.origin.run].compactMap { $0 }
        for active in recorder.activeRuns
        where active.facts.isImplicit && active.facts.accessKey == sender.origin.accessKey { runs.append(active.id) }
        return runs.uniqued()
    }

    /// Keeps an event and what it declares, durably.
    public func take(
        _ event: OpenLineageEvent, _ bytes: [UInt8], _ declaration: Declaration, from sender: EventSender
    ) async throws(StoreError) -> EventReceipt {
        let isOwn = event.run != nil && event.run == sender.origin.run
        if let run = event.run, !isOwn { _ = try await recorder.begin(facts(of: event, run, sender)) }
        var origin = sender.origin
        origin.run = event.run
        let digest = Digest.sha256(bytes)
        var members: [(String, CanonicalJSON)] = [
            ("event", .text(Hex.encode(digest))), ("size", .integer(Int64(bytes.count))),
            ("form", .text("openlineage")),
            ("time", .integer(event.time.milliseconds)),
        ]
        if case .run(let transition?) = event.kind { members.append(("transition", .text(transition.rawValue))) }
        let isNew = try await store.keep(event: bytes, about: event.run, declaration.records(origin, members))
        // `cairn run exec` ends its own runs, and knows with which status.
        if isNew, let run = event.run, !isOwn, let end = event.endStatus {
            try await recorder.end(run, status: end)
        }
        return EventReceipt(digest: digest, isNew: isNew, run: event.run, declaration: declaration)
    }

    private func facts(of event: OpenLineageEvent, _ run: RunID, _ sender: EventSender) -> RunFacts {
        var facts = RunFacts()
        facts.id = run
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
