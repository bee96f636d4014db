// Why this file exists: lineage as one thing that a server has or has not: what captures, the graph that follows the
// journal, and what is asked of them. It is made after the store and ended before it. The log that proves the journal
// is not part of it: every server has one.
import Lineage
import ObjectCore

/// Capture and graph of a running server.
final class LineageRoom: Sendable {
    let recorder: LineageRecorder
    let graph: LineageGraph
    let questions: LineageQuestions

    init(
        _ store: ObjectStore, _ options: CaptureOptions, digester: ContentDigester
    ) throws(CommandFailure) {
        do throws(LineageError) {
            graph = try LineageGraph.open(store)
        } catch {
            throw CommandFailure(
                .inputOutput, "the lineage database: \(error)",
                advice: "delete lineage.sqlite, which is made again from the journal, or serve with --lineage off")
        }
        let recorder = LineageRecorder(store, options: options)
        self.recorder = recorder
        questions = LineageQuestions(store: store, graph: graph, digester: digester) {
            // Who asks right after reading sees what was read.
            try store.journalBlocking(runs: recorder.activeRuns.map(\.id))
        }
        let opened = store.journalPosition
        // A failed turn is tried again by the next one; `cairn check` and the position in metrics tell of lasting trouble.
        graph.follow(whenCaughtUp: { [graph, recorder] in LineageRoom.endAbandoned(graph, recorder, before: opened) })
    }

    /// Implicit runs that the server's last life left open have ended with it; announced ones may go on.
    private static func endAbandoned(_ graph: LineageGraph, _ recorder: LineageRecorder, before position: Int64) {
        do {
            let open = try graph.runs(status: .running, limit: .max)
            try recorder.endAbandoned(open.filter { $0.isImplicit && $0.lastIndex <= position }.map(\.id))
        } catch {
            // They stay open in the graph, which is all that they are.
            return
        }
    }

    /// Journals what waits and lets go.
    func close() async {
        // Both wait for threads of their own, so a thread waits here.
        await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
            DedicatedThread.start(name: "cairn-lineage") { [recorder, graph] in
                recorder.close()
                graph.close()
                waiter.resume()
            }
        }
    }
}
