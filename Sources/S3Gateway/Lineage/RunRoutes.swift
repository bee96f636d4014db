// Why this file exists: the lines of the table that are about runs: which there are, and how `cairn run` begins and ends
// one.
import Lineage
import ObjectCore

extension LineageRoutes {
    private static let id = LineageRoute.Parameter(
        name: "id", help: "the run's UUID", isRequired: true, isInPath: true)

    static let runs: [LineageRoute] = [
        LineageRoute(
            method: .get, path: "\(prefix)/runs", name: "runs", tag: .runs, summary: "Runs, newest first",
            parameters: [
                .init(name: "job", help: "of one job: NAMESPACE/NAME, or NAME in the default namespace"),
                .init(name: "status", help: Run.Status.allCases.map(\.name).joined(separator: ", ")),
                .init(name: "implicit", help: "false leaves out those that nobody announced", type: "boolean"),
                .init(name: "before", help: "go on behind this run"),
                .init(name: "limit", help: "100 when absent", type: "integer"),
            ],
            perform: .walking { call throws(LineageRefusal) in
                var status: Run.Status?
                if let name = call.parameter("status") {
                    guard let known = Run.Status(name: name) else {
                        throw LineageRefusal.invalid("status is no state of a run")
                    }
                    status = known
                }
                var before: RunID?
                if let text = call.parameter("before") { before = try call.runID(text) }
                let job = call.parameter("job").map { Job(tag: $0) }
                let implicit = try call.flag("implicit") ?? true
                let limit = try call.integer("limit", in: 1...LineageQuestions.runsMaximum) ?? 100
                let found = try call.ask { () throws(QuestionError) in
                    try call.questions.runs(
                        of: job, status: status, includesImplicit: implicit, before: before, limit: limit,
                        for: call.viewer)
                }
                return LineageReply(.members(["runs": .array(found.map(\.json))]))
            }),
        LineageRoute(
            method: .get, path: "\(prefix)/runs/{id}", name: "run", tag: .runs,
            summary: "One run: what it read and wrote",
            parameters: [id] + options,
            perform: .walking { call throws(LineageRefusal) in
                let run = try call.runID(call.values["id"] ?? "")
                let options = try call.options()
                let found = try call.ask { () throws(QuestionError) in
                    try call.questions.run(run, options, for: call.viewer)
                }
                return LineageReply(found.json)
            }),
        LineageRoute(
            method: .get, path: "\(prefix)/collections/{root}", name: "collection", tag: .runs,
            summary: "An exact set of versions that was read: its members, and the runs that read this and no other",
            parameters: [
                .init(
                    name: "root", help: "as a run has it in `collection`: 64 hexadecimal digits", isRequired: true,
                    isInPath: true),
                .init(name: "prove", help: "s3://BUCKET/KEY?versionId=ID: with the proof that it is a member"),
                .init(name: "after", help: "go on behind the member of this journal index", type: "integer"),
                .init(name: "limit", help: "1000 when absent", type: "integer"),
            ],
            perform: .walking { call throws(LineageRefusal) in
                guard let root = ContentDigest(hexadecimal: call.values["root"] ?? "") else {
                    throw LineageRefusal.invalid("a collection is named by 64 hexadecimal digits")
                }
                let object = call.parameter("prove") == nil ? nil : try call.object("prove")
                let after = Int64(try call.integer("after", in: 0...Int.max) ?? 0)
                let limit = try call.integer("limit", in: 1...10_000) ?? 1000
                let found = try call.ask { () throws(QuestionError) in
                    try call.questions.collection(
                        root.bytes, proving: object, after: after, limit: limit, for: call.viewer)
                }
                return LineageReply(found.json)
            }),
        LineageRoute(
            method: .get, path: "\(prefix)/diff", name: "diff", tag: .runs,
            summary: "In what inputs, outputs and facts two runs differ",
            parameters: [
                .init(name: "left", help: "a run's UUID", isRequired: true),
                .init(name: "right", help: "another's", isRequired: true),
            ],
            perform: .walking { call throws(LineageRefusal) in
                let left = try call.runID(try call.required("left"))
                let right = try call.runID(try call.required("right"))
                let difference = try call.ask { () throws(QuestionError) in
                    try call.questions.difference(left, right, for: call.viewer)
                }
                return LineageReply(difference.json)
            }),
        LineageRoute(
            method: .post, path: "\(prefix)/runs/{id}/start", name: "startRun", tag: .runs,
            summary: "Journals that a run begins, with the facts that its starter knows",
            parameters: [id],
            body: "{\"facts\": {NAME: TEXT, …}}; to be signed with the run's own credentials",
            bodyLengthMaximum: LineageService.bodyLengthMaximum, permission: nil,
            perform: .changing { call async throws(LineageRefusal) in try await RunChanges.start(call) }),
        LineageRoute(
            method: .post, path: "\(prefix)/runs/{id}/end", name: "endRun", tag: .runs,
            summary: "Journals how a run ended, and everything that it had read",
            parameters: [id],
            body: "{\"exitCode\": NUMBER}, or {\"status\": \"completed\" | \"failed\" | \"aborted\"}, or both",
            bodyLengthMaximum: LineageService.bodyLengthMaximum, permission: nil,
            perform: .changing { call async throws(LineageRefusal) in try await RunChanges.end(call) }),
    ]
}

/// What is told of runs.
enum RunChanges {
    /// Facts of one run, and the bytes of a name and of a value.
    static let factsMaximum = 128
    static let factNameLengthMaximum = 128
    static let factLengthMaximum = 1024

    static func start(_ call: LineageCall) async throws(LineageRefusal) -> LineageReply {
        let id = try call.runID(call.values["id"] ?? "")
        guard let identity = call.identity, case .session(let session) = identity.actor, session.run == id else {
            throw LineageRefusal(403, "AccessDenied", "a run is begun with credentials that are bound to it")
        }
        var facts = RunFacts(
            identity, remoteAddress: call.head.remoteAddress, userAgent: call.head.value("user-agent"))
        facts.tags += try self.facts(try call.document())
        let begun: RunID
        do throws(StoreError) {
            begun = try await call.service.recorder.begin(facts).id
        } catch {
            throw LineageRefusal(error)
        }
        guard begun == id else { throw LineageRefusal(403, "AccessDenied", "the run belongs to another account") }
        return LineageReply(.members(["run": .text(id.description)]), status: 201)
    }

    private static func facts(_ document: JSONDocument) throws(LineageRefusal) -> [NameValue] {
        guard let value = document["facts"] else { return [] }
        guard let members = value.members, members.count <= factsMaximum else {
            throw LineageRefusal.invalid("facts is an object of at most \(factsMaximum) members")
        }
        var facts: [NameValue] = []
        for member in members {
            guard let text = member.value.text, text.utf8.count <= factLengthMaximum, !member.name.isEmpty,
                member.name.utf8.count <= factNameLengthMaximum
            else {
                throw LineageRefusal.invalid(
                    "the fact \(member.name.prefix(64)) is no text of at most \(factLengthMaximum) bytes")
            }
            facts.append(NameValue(member.name, text))
        }
        return facts
    }

    static func end(_ call: LineageCall) async throws(LineageRefusal) -> LineageReply {
        let id = try call.runID(call.values["id"] ?? "")
        var isOwn = false
        if case .session(let session)? = call.identity?.actor { isOwn = session.run == id }
        if !isOwn { try call.service.check(.endRun, call.identity, call.head, now: call.now) }
        let document = try call.document()
        var exitCode: Int64?
        if let value = document["exitCode"] {
            guard let code = value.integer, (0...255).contains(code) else {
                throw LineageRefusal.invalid("exitCode is a number from 0 to 255")
            }
            exitCode = code
        }
        var status: Run.Status = (exitCode ?? 0) == 0 ? .completed : .failed
        if let value = document["status"] {
            guard let known = value.text.flatMap({ Run.Status(name: $0) }),
                [.completed, .failed, .aborted].contains(known)
            else { throw LineageRefusal.invalid("status is completed, failed or aborted") }
            status = known
        }
        let viewer = call.viewer
        let questions = call.questions
        try await call.blocking { () throws(LineageRefusal) in
            do throws(QuestionError) { try questions.checkMayEnd(id, viewer) } catch { throw LineageRefusal(error) }
        }
        do throws(StoreError) {
            try await call.service.recorder.end(id, status: status, exitCode: exitCode)
        } catch {
            throw LineageRefusal(error)
        }
        return LineageReply(
            .members([
                "run": .text(id.description), "status": .text(status.name),
                "exitCode": exitCode.map { .integer($0) },
            ]))
    }
}
