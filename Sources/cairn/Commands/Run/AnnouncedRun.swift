// Why this file exists: a run is begun with credentials that are bound to it and ended with a status, whatever runs in
// between: a command, or this program itself.
private import Glibc
import Lineage
import ObjectCore
import S3Gateway

/// Begins and ends runs at an endpoint.
enum AnnouncedRun {
    /// Credentials bound to a new run, and its beginning in the journal.
    static func begin(
        _ plan: RunPlan, _ client: EndpointClient, parent: String?
    ) async throws(CommandFailure) -> EndpointCredentials {
        let caller = try await client.security("GetCallerIdentity")
        guard let account = caller.text("Account") else {
            throw CommandFailure(.unavailable, "the server does not say whose key this is")
        }
        var parameters = [
            ("RoleArn", "arn:aws:iam::\(account):role/cairn/run"), ("RoleSessionName", plan.sessionName),
            ("DurationSeconds", plan.duration),
        ]
        if let identity = plan.sourceIdentity { parameters.append(("SourceIdentity", identity)) }
        var tags = [("cairn:job", plan.job), ("cairn:run", plan.run.description)]
        if let parent, RunID(parent) != nil { tags.append(("cairn:parent", parent)) }
        for (index, tag) in tags.enumerated() {
            parameters.append(("Tags.member.\(index + 1).Key", tag.0))
            parameters.append(("Tags.member.\(index + 1).Value", tag.1))
        }
        let answer = try await client.security("AssumeRole", parameters)
        guard let issued = answer.child("Credentials"), let key = issued.text("AccessKeyId"),
            let secret = issued.text("SecretAccessKey"), let token = issued.text("SessionToken")
        else { throw CommandFailure(.unavailable, "the answer to AssumeRole holds no credentials") }
        let session = EndpointCredentials(accessKey: key, secret: secret, sessionToken: token)
        let facts = plan.facts.map { JSONDocument.Member($0.name, .text($0.value)) }
        _ = try await client.with(session).tell(
            "runs/\(plan.run)/start", .members(["facts": .object(facts)]))
        return session
    }

    /// How often the end is told, when the server does not answer, and how long is waited between, in seconds.
    private static let endAttempts = 3
    private static let endPauseSeconds = 2

    /// Tells how the run ended. The command has done its work by now, so a failure is a message and no more.
    static func end(
        _ plan: RunPlan, _ client: EndpointClient, _ session: EndpointCredentials, status: Int32
    ) async {
        var last = ""
        for attempt in 0..<endAttempts {
            // The caller's own credentials may be temporary and over; the session's may be, too.
            for client in [client, client.with(session)] {
                do throws(CommandFailure) {
                    _ = try await client.tell(
                        "runs/\(plan.run)/end", .members(["exitCode": .integer(status & 255)]))
                    return
                } catch {
                    last = error.message
                }
            }
            if attempt + 1 < endAttempts { try? await Task.sleep(for: .seconds(endPauseSeconds)) }
        }
        Terminal.printMessage("cairn: the end of run \(plan.run) was not recorded: \(last)")
    }
}
