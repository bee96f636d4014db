// Why this file exists: what lineage needs of a running server, opened and closed as one: the recorder that watches reads,
// the graph that follows the journal, the log that proves it. Closed after the server and before the store, so that what
// the last requests read is journalled.
private import Dispatch
import Lineage
import ObjectCore

/// The lineage of a served store.
struct LineageRooms: Sendable {
    let recorder: LineageRecorder
    let graph: LineageGraph
    let log: AuditLog
    let questions: LineageQuestions

    init(_ store: ObjectStore) throws(CommandFailure) {
        do {
            let log = try AuditLog(store: store)
            let graph = try LineageGraph.open(store)
            graph.follow()
            let recorder = LineageRecorder(store)
            self.log = log
            self.graph = graph
            self.recorder = recorder
            questions = LineageQuestions(store: store, graph: graph) {
                // Who asks right after reading sees what was read.
                try store.journalBlocking(runs: recorder.activeRuns.map(\.id))
            }
        } catch {
            throw CommandFailure(
                .inputOutput, "lineage cannot be opened: \(error)",
                advice: "lineage.sqlite in the store's folder is derived and may be deleted")
        }
    }

    /// Journals what waits and lets go of the databases.
    func close() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                recorder.close()
                graph.close()
                log.close()
                continuation.resume()
            }
        }
    }
}
