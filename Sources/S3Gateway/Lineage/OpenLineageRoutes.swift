// Why this file exists: the paths to which OpenLineage clients send, under both prefixes that they know, and the one
// under which what they sent is given back to the byte.
// See: https://openlineage.io/apidocs/openapi/
import Lineage
import ObjectCore

/// Takes events over HTTP.
enum OpenLineageIntake {
    static let singlePaths = ["/api/v1/lineage", "/lineage"]
    static let batchPaths = ["/api/v1/lineage/batch", "/lineage/batch"]
    static let paths = Set(singlePaths + batchPaths)
    /// The longest body, compressed or not, in bytes.
    static let lengthMaximum = ObjectStore.eventLengthMaximum
    /// Events of one batch.
    static let eventsMaximum = 10_000

    static func take(_ call: LineageCall, isBatch: Bool) async throws(LineageRefusal) -> LineageReply {
        var session: SessionFacts?
        if case .session(let facts)? = call.identity?.actor { session = facts }
        let sender = EventSender(
            viewer: call.viewer, origin: call.origin,
            session: session.map { facts in facts.role.map { "\($0)/\(facts.name)" } ?? facts.name },
            sourceIdentity: session?.sourceIdentity)
        let intake = EventIntake(call.questions, call.service.recorder)
        // Reading and resolving all comes before keeping any.
        let events = try await call.blocking { () throws(LineageRefusal) in
            let items = try read(call, isBatch: isBatch)
            return try call.ask { () throws(QuestionError) in try intake.resolve(items, from: sender) }
        }
        let receipts: [EventReceipt]
        do throws(StoreError) { receipts = try await intake.take(events, from: sender) } catch {
            throw LineageRefusal(error)
        }
        return LineageReply(.members(["events": .array(receipts.map(\.json))]), status: isBatch ? 200 : 201)
    }

    /// Opens and reads the body. All events of a batch are right, or none is taken.
    private static func read(_ call: LineageCall, isBatch: Bool) throws(LineageRefusal) -> [SentEvent] {
        let bytes = try opened(call)
        guard isBatch else {
            let document = try json { () throws(JSONDocumentError) in try JSONDocument(bytes) }
            return [SentEvent(try event(document), bytes: bytes)]
        }
        let elements = try json { () throws(JSONDocumentError) in
            try JSONDocument.elements(of: bytes, maximum: eventsMaximum)
        }
        var items: [SentEvent] = []
        for (index, element) in elements.enumerated() {
            items.append(SentEvent(try event(element.value, "event \(index): "), bytes: Array(bytes[element.range])))
        }
        return items
    }

    private static func json<Value>(
        _ read: () throws(JSONDocumentError) -> Value
    ) throws(LineageRefusal) -> Value {
        do throws(JSONDocumentError) { return try read() } catch {
            throw LineageRefusal(400, "MalformedJSON", "the body is not well-formed: \(error)")
        }
    }

    private static func event(
        _ value: JSONDocument, _ place: String = ""
    ) throws(LineageRefusal) -> OpenLineageEvent {
        do throws(OpenLineageError) { return try OpenLineageEvent(value) } catch {
            throw LineageRefusal(422, "InvalidEvent", "\(place)\(error)")
        }
    }

    private static func opened(_ call: LineageCall) throws(LineageRefusal) -> [UInt8] {
        switch call.head.value("content-encoding")?.lowercased() {
        case nil, "", "identity", "aws-chunked": return call.body
        case "gzip", "x-gzip":
            do throws(Gunzip.Failure) {
                return try Gunzip.open(call.body, maximum: lengthMaximum)
            } catch {
                switch error {
                case .malformed: throw LineageRefusal(400, "MalformedBody", "the body is no gzip")
                case .tooLong:
                    throw LineageRefusal(413, "EntityTooLarge", "the body becomes more than \(lengthMaximum) bytes")
                }
            }
        default:
            throw LineageRefusal(415, "UnsupportedEncoding", "Content-Encoding is gzip or identity")
        }
    }
}

extension LineageRoutes {
    static let openLineage: [LineageRoute] =
        OpenLineageIntake.singlePaths.map { intake($0, isBatch: false) }
        + OpenLineageIntake.batchPaths.map { intake($0, isBatch: true) }
        + [
            LineageRoute(
                method: .get, path: "\(prefix)/events", name: "events", tag: .openLineage,
                summary: "Events in the order in which they came",
                parameters: [
                    .init(name: "run", help: "only those about one run"),
                    .init(name: "after", help: "go on behind this journal index", type: "integer"),
                    .init(name: "limit", help: "100 when absent", type: "integer"),
                ],
                perform: .walking { call throws(LineageRefusal) in
                    var run: RunID?
                    if let text = call.parameter("run") { run = try call.runID(text) }
                    let after = Int64(try call.integer("after", in: 0...Int.max) ?? 0)
                    let limit = try call.integer("limit", in: 1...1000) ?? 100
                    let page: [KeptEvent]
                    do throws(StoreError) {
                        page = try call.service.store.keptEvents(after: after, about: run, limit: limit)
                    } catch {
                        throw LineageRefusal(error)
                    }
                    let seen = page.filter { call.viewer == .all || call.viewer == .account($0.account) }
                    return LineageReply(
                        .members([
                            "events": .array(
                                seen.map {
                                    .members([
                                        "sha256": .text(Hex.encode($0.digest)), "index": .integer($0.position),
                                        "run": $0.run.map { .text($0.description) },
                                        "size": .integer($0.bytes.count),
                                    ])
                                }),
                            "next": page.count == limit ? page.last.map { .integer($0.position) } : nil,
                        ]))
                }),
            LineageRoute(
                method: .get, path: "\(prefix)/events/{sha256}", name: "event", tag: .openLineage,
                summary: "An event to the byte as it was sent",
                parameters: [.init(name: "sha256", help: "of its bytes", isRequired: true, isInPath: true)],
                perform: .walking { call throws(LineageRefusal) in
                    let missing = LineageRefusal(404, "NoSuchEvent", "there is no such event")
                    guard let digest = Hex.decode(call.values["sha256"] ?? ""), digest.count == 32 else {
                        throw missing
                    }
                    do throws(StoreError) {
                        let sender = call.viewer == .all ? nil : call.identity?.accountID ?? ""
                        guard let event = try call.service.store.keptEvent(digest, from: sender) else {
                            throw StoreError.noSuchKey
                        }
                        var reply = LineageReply(event.bytes, contentType: "application/json")
                        reply.isStorable = false
                        return reply
                    } catch {
                        if case .noSuchKey = error { throw missing }
                        throw LineageRefusal(error)
                    }
                }),
        ]

    private static func intake(_ path: String, isBatch: Bool) -> LineageRoute {
        let isFirst = path == OpenLineageIntake.singlePaths[0] || path == OpenLineageIntake.batchPaths[0]
        return LineageRoute(
            method: .post, path: path, name: (isBatch ? "sendEvents" : "sendEvent") + (isFirst ? "" : "Short"),
            tag: .openLineage,
            summary: isBatch ? "Takes a list of OpenLineage events" : "Takes an OpenLineage event",
            body: isBatch
                ? "A list of RunEvent, DatasetEvent and JobEvent; gzip is understood"
                : "A RunEvent, a DatasetEvent or a JobEvent; gzip is understood",
            bodyLengthMaximum: OpenLineageIntake.lengthMaximum, access: .signedOrBearer,
            permission: nil,
            perform: .changing { call async throws(LineageRefusal) in
                try await OpenLineageIntake.take(call, isBatch: isBatch)
            })
    }
}
