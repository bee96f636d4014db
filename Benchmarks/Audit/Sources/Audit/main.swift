// Why this file exists: a journal of as many entries as asked for, made the way it is made in life (objects put,
// replaced, tagged and deleted by many at once), then proven and verified. Prints one line of JSON.
//
//     swift run -c release Audit FOLDER [ENTRIES, default 1000000] [MEGABYTES of content, default 256]
//
// A folder that holds a store already is only verified. Wall time is of this machine at this moment; CPU an entry is the
// steadier figure.
import Foundation
import Lineage
import ObjectCore

struct Timing: Encodable {
    var seconds = 0.0
    var cpuSeconds = 0.0
}

struct Figures: Encodable {
    var entries: Int64 = 0
    var versions: Int64 = 0
    var writing = Timing()
    var entriesWrittenPerSecond = 0.0
    var proofMedianMilliseconds = 0.0
    var proofWorstMilliseconds = 0.0
    var proofMedianMillisecondsOfCPU = 0.0
    var exporting = Timing()
    /// Leaf hashes, tree, checkpoints, replay, live tables.
    var verification = Timing()
    var entriesVerifiedPerSecond = 0.0
    var verificationMicrosecondsOfCPUAnEntry = 0.0
    /// An exported folder.
    var offline = Timing()
    /// Every row and reference.
    var structure = Timing()
    /// Every stored byte.
    var bytes = Timing()
    var megabytesPerSecond = 0.0
    var problems = 0
}

func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func timed(_ work: () throws -> Void) rethrows -> Timing {
    let start = ContinuousClock.now
    let cpu = cpuSeconds()
    try work()
    return Timing(seconds: Double((ContinuousClock.now - start) / .nanoseconds(1)) / 1e9, cpuSeconds: cpuSeconds() - cpu)
}

let arguments = CommandLine.arguments
guard arguments.count > 1 else { fatalError("usage: Audit FOLDER [ENTRIES] [MEGABYTES]") }
let entriesWanted = arguments.count > 2 ? Int64(arguments[2]) ?? 1_000_000 : 1_000_000
let megabytes = arguments.count > 3 ? Int(arguments[3]) ?? 256 : 256
var figures = Figures()

let store = try ObjectStore.open(arguments[1])
if store.journalPosition < entriesWanted / 2 {
    let start = ContinuousClock.now
    let cpu = cpuSeconds()
    let bucket = try await store.createBucket("bench")
    let first = store.journalPosition
    await withTaskGroup(of: Void.self) { group in
        for worker in 0..<64 {
            group.addTask {
                do {
                    var number = 0
                    while store.journalPosition < entriesWanted {
                        try await step(number, of: worker, in: bucket)
                        number += 1
                    }
                } catch { fatalError("\(error)") }
            }
        }
    }
    figures.writing.seconds = Double((ContinuousClock.now - start) / .nanoseconds(1)) / 1e9
    figures.writing.cpuSeconds = cpuSeconds() - cpu
    figures.entriesWrittenPerSecond = Double(store.journalPosition - first) / figures.writing.seconds
    let content = try await store.createBucket("content")
    for number in 0..<megabytes / 16 { try await put("large/\(number)", length: 16 << 20, seed: number + 1, in: content) }
}
figures.entries = store.journalPosition

let log = try AuditLog(store: store)
_ = try log.checkpoint()
var times: [Double] = []
var cpuTimes: [Double] = []
for number in 0..<200 {
    let position = 1 + Int64(number) * (figures.entries - 1) / 200
    let timing = try timed { _ = try log.proof(ofPosition: position) }
    times.append(timing.seconds * 1000)
    cpuTimes.append(timing.cpuSeconds * 1000)
}
times.sort()
figures.proofMedianMillisecondsOfCPU = cpuTimes.sorted()[cpuTimes.count / 2]
figures.proofMedianMilliseconds = times[times.count / 2]
figures.proofWorstMilliseconds = times[times.count - 1]
let exported = arguments[1] + "/exported"
figures.exporting = try timed { _ = try log.export(to: exported) }
log.close()

var audit = StoreAudit(store)
audit.readsBytes = false
figures.verification = try timed {
    let report = try audit.run()
    figures.versions = report.versions
    figures.problems += report.problemCount
    for problem in report.problems.prefix(5) { FileHandle.standardError.write(Data((problem + "\n").utf8)) }
}
figures.entriesVerifiedPerSecond = Double(figures.entries) / figures.verification.seconds
figures.verificationMicrosecondsOfCPUAnEntry = figures.verification.cpuSeconds * 1e6 / Double(figures.entries)
figures.offline = try timed { figures.problems += try ExportAudit(exported).run().problemCount }
figures.structure = try timed { figures.problems += try store.check().problemCount }
figures.bytes = try timed {
    let report = try store.scrub()
    figures.problems += report.problemCount
    figures.megabytesPerSecond = Double(report.examined["bytes"] ?? 0) / 1e6
}
figures.megabytesPerSecond /= figures.bytes.seconds
await store.close()
print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))

/// One change, of the kinds and about in the shares of a store in use.
func step(_ number: Int, of worker: Int, in bucket: Bucket) async throws {
    let key = "data/\(worker)/part-\(number)"
    switch number % 10 {
    case 7: try await put("data/\(worker)/part-\(number - 5)", length: 100, seed: number % 16, in: bucket)
    case 8:
        _ = try await store.delete(DeleteRequest(key: try ObjectKey("data/\(worker)/part-\(number - 5)")), in: bucket)
    default: try await put(key, length: 100, seed: number % 16, in: bucket)
    }
}

func put(_ key: String, length: Int, seed: Int, in bucket: Bucket) async throws {
    let writer = store.stage(expectedLength: Int64(length))
    var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1
    var left = length
    while left > 0 {
        var bytes = [UInt8](repeating: 0, count: min(left, 1 << 20))
        for index in bytes.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            bytes[index] = UInt8(truncatingIfNeeded: state >> 33)
        }
        try await writer.write(bytes)
        left -= bytes.count
    }
    _ = try await store.put(
        try await writer.finish(), as: try ObjectKey(key), in: bucket, attributes: ObjectAttributes(),
        origin: ChangeOrigin(
            account: String(repeating: "ab", count: 32), accessKey: "AKIABENCHMARK0000001", remoteAddress: "10.1.2.3",
            requestID: "0123456789ABCDEF"))
}
