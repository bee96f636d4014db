// Why this file exists: a request to the lineage API as its routes read it: parameters with names and limits, the body
// as a value, and who asks.
import Lineage
import ObjectCore

/// One request.
struct LineageCall: Sendable {
    let service: LineageService
    let head: RequestHead
    /// What stands in the path where the route has a name in braces, decoded.
    let values: [String: String]
    /// Nil on routes that are open to everybody.
    let identity: Identity?
    let ids: RequestIDs
    let now: Timestamp
    private let parameters: [String: String]
    /// As it was signed; nil where it was not.
    var request: VerifiedRequest?
    var body: [UInt8] = []

    init(
        service: LineageService, head: RequestHead, values: [String: String], identity: Identity?, ids: RequestIDs,
        now: Timestamp, parameters: [String: String]
    ) {
        self.service = service
        self.head = head
        self.values = values
        self.identity = identity
        self.ids = ids
        self.now = now
        self.parameters = parameters
    }

    var questions: LineageQuestions { service.questions }

    var viewer: Viewer {
        guard let identity else { return .account("") }
        return identity.isServerOwner ? .all : .account(identity.accountID)
    }

    /// Who asks for a change, for the journal.
    var origin: ChangeOrigin {
        var origin = ChangeOrigin(
            account: identity?.accountID ?? "", accessKey: identity?.accessKey ?? "",
            remoteAddress: head.remoteAddress, requestID: ids.request)
        // As with requests of S3: a run of another account is not the session's, whatever its tags say.
        if case .session(let facts)? = identity?.actor, facts.run != nil {
            origin.run =
                service.recorder.run(of: origin.accessKey, at: now) {
                    RunFacts(identity, remoteAddress: head.remoteAddress, userAgent: head.value("user-agent"))
                }.id
        }
        return origin
    }

    // MARK: Parameters

    static func parameters(of head: RequestHead) throws(LineageRefusal) -> [String: String] {
        let items: QueryItems
        do throws(S3Error) { items = try QueryItems(head.bytes, in: head.rawQuery.range) } catch {
            throw LineageRefusal(error)
        }
        var parameters: [String: String] = [:]
        for item in items.decoded {
            guard parameters.updateValue(item.value ?? "", forKey: item.name) == nil else {
                throw LineageRefusal.invalid("the parameter \(item.name) is given twice")
            }
        }
        return parameters
    }

    /// A parameter; nil when it is absent or empty.
    func parameter(_ name: String) -> String? {
        parameters[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func required(_ name: String) throws(LineageRefusal) -> String {
        guard let value = parameter(name) else { throw LineageRefusal.invalid("the parameter \(name) is missing") }
        return value
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(LineageRefusal) -> Int? {
        guard let text = parameter(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw LineageRefusal.invalid("\(name) is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func flag(_ name: String) throws(LineageRefusal) -> Bool? {
        switch parameters[name] {
        case nil: return nil
        case "true", "": return true
        case "false": return false
        default: throw LineageRefusal.invalid("\(name) is true or false")
        }
    }

    func runID(_ text: String) throws(LineageRefusal) -> RunID {
        guard let id = RunID(text) else { throw LineageRefusal.invalid("\(text.prefix(64)) is no UUID") }
        return id
    }

    /// The object that `bucket`, `key` and `versionId` name.
    func object() throws(LineageRefusal) -> ObjectName {
        try LineageCall.object(
            bucket: try required("bucket"), key: try required("key"), version: parameter("versionId"))
    }

    /// The object that a parameter names as `s3://BUCKET/KEY[?versionId=ID]`.
    func object(_ name: String) throws(LineageRefusal) -> ObjectName {
        guard let object = ObjectName(try required(name)) else {
            throw LineageRefusal.invalid("\(name) is s3://BUCKET/KEY or s3://BUCKET/KEY?versionId=ID")
        }
        return object
    }

    static func object(bucket: String, key: String, version: String?) throws(LineageRefusal) -> ObjectName {
        var id: VersionID?
        if let version {
            guard let known = VersionID(version) else { throw LineageRefusal.invalid("versionId is no version id") }
            id = known
        }
        do throws(StoreError) {
            return ObjectName(bucket: bucket, key: try ObjectKey(key), version: id)
        } catch {
            throw LineageRefusal(error)
        }
    }

    /// `depth`, `evidence`, `kinds`, `limit`, `after`, `at`, `digestBytes` and `timeout`.
    func options() throws(LineageRefusal) -> QuestionOptions {
        var options = QuestionOptions()
        options.depth = try integer("depth", in: 0...1_000_000) ?? Int.max
        options.limit =
            try integer("limit", in: 1...QuestionOptions.nodesMaximum) ?? QuestionOptions.nodesDefault
        options.after = try integer("after", in: 0...QuestionOptions.nodesMaximum)
        if let text = parameter("evidence") {
            options.evidence = []
            for name in text.split(separator: ",") {
                guard let evidence = Evidence(name: name) else {
                    throw LineageRefusal.invalid("evidence is a list of observed, inferred and declared")
                }
                options.evidence.insert(EvidenceSet(evidence))
            }
        }
        if let text = parameter("kinds") {
            options.kinds = []
            for name in text.split(separator: ",") {
                guard let kind = EdgeKind(name: name) else {
                    let all = EdgeKind.allCases.map(\.name).joined(separator: ", ")
                    throw LineageRefusal.invalid("kinds is a list of \(all)")
                }
                options.kinds.insert(EdgeKinds(kind))
            }
        }
        if let text = parameter("at") {
            guard let moment = QuestionOptions.Moment(text) else {
                throw LineageRefusal.invalid("at is a journal index or a time of RFC 3339")
            }
            options.at = moment
        }
        if let bytes = try integer("digestBytes", in: 0...Int(QuestionOptions.digestBytesMaximum)) {
            options.digestBytes = Int64(bytes)
        }
        let seconds = try integer("timeout", in: 1...600) ?? 60
        let end = ContinuousClock.now.advanced(by: .seconds(seconds))
        options.isCancelled = { ContinuousClock.now > end }
        return options
    }

    /// The body as a JSON object; an empty body is an empty object.
    func document() throws(LineageRefusal) -> JSONDocument {
        guard !body.isEmpty else { return .object([]) }
        do throws(JSONDocumentError) {
            let value = try JSONDocument(body)
            guard value.isObject else { throw JSONDocumentError(offset: 0, problem: "an object is due") }
            return value
        } catch {
            throw LineageRefusal(400, "MalformedJSON", "the body is not well-formed: \(error)")
        }
    }

    /// Runs what may take long on a thread of its own, in one of the caller's places.
    func blocking<Value: Sendable>(
        _ body: @escaping @Sendable () throws(LineageRefusal) -> Value
    ) async throws(LineageRefusal) -> Value {
        try await service.blocking(for: identity?.accountID ?? "", body)
    }

    /// Asks, with the refusal in this API's form.
    func ask<Value>(_ question: () throws(QuestionError) -> Value) throws(LineageRefusal) -> Value {
        do throws(QuestionError) { return try question() } catch { throw LineageRefusal(error) }
    }
}
