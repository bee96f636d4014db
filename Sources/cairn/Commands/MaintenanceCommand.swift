// Why this file exists: check, scrub and gc differ in a word and in what they report; the rest is here.
import ObjectCore
import S3Gateway

/// Runs one kind of maintenance and tells what came of it.
enum MaintenanceCommand {
    static let notes = [
        "Works on a running server and on a stopped store. Exit code 0 only when all is well, 1 when problems were "
            + "found."
    ]

    static func run(
        _ kind: MaintenanceKind, _ arguments: ParsedArguments, in context: CommandContext
    ) async throws(CommandFailure) -> ExitCode {
        let bar = ProgressBar(
            kind.rawValue, unit: kind == .scrub ? .bytes : .rows, isEnabled: Terminal.isWatched && !context.isJSON)
        let report: MaintenanceReport
        do throws(CommandFailure) {
            report = try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
                try await session.run(kind) { done, total in bar.update(done: done, total: total) }
            }
            bar.finish()
        } catch {
            bar.finish()
            throw error
        }
        switch report {
        case .collection(let report): show(report, in: context)
        case .check(let report): show(report, kind, in: context)
        case .lifecycle(let report): show(report, in: context)
        }
        return report.isClean ? .success : .foundProblems
    }

    private static func show(_ report: CollectionReport, in context: CommandContext) {
        if context.isJSON {
            Terminal.printResult(Terminal.json(report))
            return
        }
        Terminal.printResult(
            "removed \(report.removedChunks) chunks (\(ByteText.text(report.removedBytes))), "
                + "compacted \(report.compactedSegments) and deleted \(report.deletedSegments) segments, "
                + "freed \(ByteText.text(report.freedBytes))")
    }

    private static func show(_ report: LifecycleReport, in context: CommandContext) {
        if context.isJSON {
            Terminal.printResult(Terminal.json(report))
        } else if report.isHeld {
            Terminal.printResult("nothing expires: the clock jumped ahead; see `cairn clock`")
        } else {
            Terminal.printResult(
                "\(report.buckets) buckets with rules, \(report.examined) rows: expired \(report.expired), "
                    + "removed \(report.removedNoncurrent) old versions and \(report.removedMarkers) markers, "
                    + "aborted \(report.abortedUploads) uploads, moved \(report.transitioned) to other classes, "
                    + "packed \(report.packed) (\(ByteText.text(report.packedSavedBytes)) less); \(report.locked) locked"
            )
        }
    }

    private struct CheckAnswer: Encodable {
        var isClean: Bool
        var examined: [String: Int64]
        var problemCount: Int
        var problems: [String]
        var notes: [String]
    }

    private static func show(_ report: CheckReport, _ kind: MaintenanceKind, in context: CommandContext) {
        if context.isJSON {
            Terminal.printResult(
                Terminal.json(
                    CheckAnswer(
                        isClean: report.isClean, examined: report.examined, problemCount: report.problemCount,
                        problems: report.problems, notes: report.notes)))
            return
        }
        for problem in report.problems { Terminal.printResult(problem) }
        if report.problemCount > report.problems.count {
            Terminal.printResult("… and \(report.problemCount - report.problems.count) more")
        }
        for note in report.notes { Terminal.printResult("note: \(note)") }
        let examined = report.examined.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let outcome = report.isClean ? "all is well" : "\(report.problemCount) problems"
        Terminal.printResult("\(kind.rawValue): \(outcome); examined \(examined.joined(separator: ", "))")
    }
}
