// Why this file exists: the way lineage is captured without a change to any program: the command gets credentials that
// are bound to a run, and whatever it reads and writes with them is the run's.
private import Glibc
import Lineage
import ObjectCore
import S3Gateway

/// `cairn run exec`
struct RunExecCommand: Command {
    static let specification = CommandSpecification(
        path: ["run", "exec"], summary: "run a command with credentials bound to a run, so that its lineage is kept",
        rest: ArgumentSpecification("COMMAND…", "what to run, with its arguments"),
        options: [
            OptionSpecification("job", "NAME", "what is run; the same name each time (needed)"),
            OptionSpecification("namespace", "NAME", "the job's namespace (default: default)"),
            OptionSpecification("duration", "SECONDS", "how long the credentials hold (default: 43200)"),
            OptionSpecification("source-identity", "NAME", "for whom it runs, as the run's records name it"),
            OptionSpecification("param", "K=V", "a parameter, kept with the run", isRepeatable: true),
            OptionSpecification("code", "REF", "the code's version, such as a git commit, kept with the run"),
        ],
        examples: [("cairn run exec --job train -- python train.py", "")],
        notes: [
            "Talks to AWS_ENDPOINT_URL with the caller's AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. COMMAND finds its "
                + "own in the same places, and CAIRN_RUN_ID. Exits as COMMAND does; 127 when there is no such "
                + "command, 128 and the signal's number when a signal ended it."
        ])

    /// The longest that STS gives, in seconds.
    static let durationDefault = "43200"

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let plan = try RunPlan(arguments)
        let client = try EndpointClient(context.environment)
        let session = try await AnnouncedRun.begin(plan, client, parent: context.environment["CAIRN_RUN_ID"])
        // Before the command is there, so that no signal ends this program and leaves the command alone.
        let child: ChildProcess
        do throws(ChildProcess.Failure) {
            child = try ChildProcess.start(
                plan.command, environment: RunEnvironment.make(context.environment, plan, session, client.address))
        } catch {
            await AnnouncedRun.end(plan, client, session, status: error.exitStatus)
            Terminal.printMessage("cairn: \(plan.command[0]): \(error.reason)")
            exit(error.exitStatus)
        }
        let status = await child.wait()
        await AnnouncedRun.end(plan, client, session, status: status)
        exit(status)
    }
}

/// What is to be run, as the command line says it.
struct RunPlan: Sendable {
    let run: RunID
    let namespace: String?
    let name: String
    let duration: String
    let sourceIdentity: String?
    let facts: [NameValue]
    let command: [String]

    /// As the session's tag has it.
    var job: String { namespace.map { "\($0)/\(name)" } ?? name }

    /// STS takes 2 to 64 letters, digits and `=,.@-_`.
    var sessionName: String {
        let allowed = name.map { character -> Character in
            character.isASCII && (character.isLetter || character.isNumber || "=,.@-_".contains(character))
                ? character : "-"
        }
        return "run-" + String(allowed.prefix(60))
    }

    /// A run of this program itself.
    init(cairn name: String, facts: [NameValue]) {
        self.name = name
        namespace = "cairn"
        duration = RunExecCommand.durationDefault
        sourceIdentity = nil
        command = []
        self.facts = facts
        run = RunPlan.newRun()
    }

    init(_ arguments: ParsedArguments) throws(CommandFailure) {
        guard let name = arguments.option("job"), !name.isEmpty else {
            throw CommandFailure(.usage, "run exec needs --job NAME", advice: "see `cairn run exec --help`")
        }
        self.name = name
        namespace = arguments.option("namespace")
        duration = arguments.option("duration") ?? RunExecCommand.durationDefault
        guard let seconds = Int(duration), (900...43_200).contains(seconds) else {
            throw CommandFailure(.usage, "--duration is a number of seconds from 900 to 43200")
        }
        sourceIdentity = arguments.option("source-identity")
        command = arguments.rest
        var facts: [NameValue] = []
        if let code = arguments.option("code") { facts.append(NameValue("code", code)) }
        for parameter in arguments.options["param"] ?? [] {
            guard let equals = parameter.firstIndex(of: "="), equals != parameter.startIndex else {
                throw CommandFailure(.usage, "--param \(parameter) is not K=V")
            }
            facts.append(
                NameValue(
                    Run.parameterPrefix + parameter[..<equals],
                    String(parameter[parameter.index(after: equals)...])))
        }
        // Arguments may hold secrets; the program's name does not.
        facts.append(NameValue("command", command.first ?? ""))
        self.facts = facts
        run = RunPlan.newRun()
    }

    private static func newRun() -> RunID {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return RunID.make(
            at: Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000))
    }
}

/// What the command finds in its environment.
enum RunEnvironment {
    /// These would lead a client past the run's credentials.
    private static let removed = [
        "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CREDENTIAL_EXPIRATION",
    ]

    static func make(
        _ environment: [String: String], _ plan: RunPlan, _ session: EndpointCredentials, _ address: EndpointAddress
    ) -> [String: String] {
        var result = environment
        for name in removed { result[name] = nil }
        result["AWS_ACCESS_KEY_ID"] = session.accessKey
        result["AWS_SECRET_ACCESS_KEY"] = session.secret
        result["AWS_SESSION_TOKEN"] = session.sessionToken
        result["AWS_ENDPOINT_URL"] = address.text
        if result["AWS_ENDPOINT_URL_S3"] != nil { result["AWS_ENDPOINT_URL_S3"] = address.text }
        if result["AWS_REGION"] == nil, result["AWS_DEFAULT_REGION"] == nil {
            result["AWS_DEFAULT_REGION"] = "us-east-1"
        }
        result["CAIRN_RUN_ID"] = plan.run.description
        // Programs that declare lineage declare it here, unless somebody told them where.
        if result["OPENLINEAGE_URL"] == nil {
            result["OPENLINEAGE_URL"] = address.text
            result["OPENLINEAGE_API_KEY"] = BearerTokens.token(
                accessKey: session.accessKey, secret: Secret(session.secret))
        }
        if result["OPENLINEAGE_PARENT_ID"] == nil {
            // The namespace and the name that the store takes out of the session's tag.
            let job = Job(tag: plan.job)
            result["OPENLINEAGE_PARENT_ID"] = "\(job.namespace)/\(job.name)/\(plan.run)"
        }
        return result
    }
}
