// Why this file exists: a graph of as many edges as asked for, made the way it is made in life (objects, runs that read
// and write them, the journal, the follower), and then walked. Layers of runs: each reads objects of the layer below,
// some near and some anywhere, and writes one. Prints one line of JSON.
//
//     swift run -c release Graph FOLDER [EDGES, default 1000000] [READS of each run, default 100]
import Foundation
import Lineage
import ObjectCore

struct Figures: Encodable {
    var edges = 0
    var nodes = 0
    var noteNanoseconds = 0.0
    var journalEntries: Int64 = 0
    var writeSeconds = 0.0
    var indexSeconds = 0.0
    var edgesIndexedPerSecond = 0.0
    var loadSeconds = 0.0
    var closures: [ClosureFigure] = []
    /// The share of versions and bytes with a known origin.
    var completenessMedianMilliseconds = 0.0
    var completenessWorstMilliseconds = 0.0
    var completenessMedianMillisecondsOfCPU = 0.0
}

struct ClosureFigure: Encodable {
    var direction: String
    var nodes: Int
    var medianMilliseconds: Double
    var worstMilliseconds: Double
}

func seconds(_ work: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try work()
    return Double((ContinuousClock.now - start) / .nanoseconds(1)) / 1e9
}

func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

let arguments = CommandLine.arguments
guard arguments.count > 1 else { fatalError("usage: Graph FOLDER [EDGES] [READS]") }
let edgesWanted = arguments.count > 2 ? Int(arguments[2]) ?? 1_000_000 : 1_000_000
let reads = arguments.count > 3 ? Int(arguments[3]) ?? 100 : 100
let runs = edgesWanted / (reads + 1)
var figures = Figures()

let store = try ObjectStore.open(arguments[1])
let recorder = LineageRecorder(store)
let bucket = try await store.createBucket("bench")

// What the first layer reads.
var layer: [Int64] = []
let start = ContinuousClock.now
for base in stride(from: 0, to: 2_000, by: 100) {
    try await withThrowingTaskGroup(of: Int64.self) { group in
        for number in base..<base + 100 { group.addTask { try await put("raw/\(number)", nil) } }
        for try await position in group { layer.append(position) }
    }
}
let width = 1_000
var noted = Duration.zero
var made = 0
while made < runs {
    var next: [Int64] = []
    let count = min(width, runs - made)
    for base in stride(from: 0, to: count, by: 100) {
        let inputs = layer
        let outputs = try await withThrowingTaskGroup(of: (Int64, Duration).self) { group in
            for number in base..<min(base + 100, count) {
                let seed = UInt64(made + number)
                group.addTask {
                    let session = try await recorder.session(RunFacts())
                    let begin = ContinuousClock.now
                    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
                    for read in 0..<reads {
                        state = state &* 6_364_136_223_846_793_005 &+ 1
                        let near = (number * 2 + read) % inputs.count
                        let input = read % 10 == 0 ? inputs[Int(state >> 33) % inputs.count] : inputs[near]
                        session.run.beginRead(of: input, from: 0, at: Timestamp(milliseconds: 0))
                            .end(bytes: 4096, at: Timestamp(milliseconds: 0))
                    }
                    let spent = ContinuousClock.now - begin
                    return (try await put("out/\(seed)", session), spent)
                }
            }
            var outputs: [(Int64, Duration)] = []
            for try await output in group { outputs.append(output) }
            return outputs
        }
        for (position, spent) in outputs {
            next.append(position)
            noted += spent
        }
    }
    made += count
    layer = next
}
recorder.close()
figures.writeSeconds = Double((ContinuousClock.now - start) / .nanoseconds(1)) / 1e9
figures.noteNanoseconds = Double(noted / .nanoseconds(1)) / Double(runs * reads)
figures.journalEntries = store.journalPosition

let graph = try LineageGraph.open(store)
figures.indexSeconds = try seconds { try graph.catchUp() }
figures.loadSeconds = try seconds { (figures.nodes, figures.edges) = try graph.size() }
figures.edgesIndexedPerSecond = Double(figures.edges) / figures.indexSeconds

for (direction, name) in [(Direction.upstream, "upstream"), (.downstream, "downstream")] {
    for limit in [1_000, 10_000, 100_000] {
        // Upstream from the newest, downstream from the raw ones.
        let all = try graph.versions(
            of: ContentDigest(Digest.sha256(Array("x".utf8)))!)
        let samples = direction == .upstream ? Array(all.suffix(100)) : Array(all.prefix(100))
        var times: [Double] = []
        var nodes = 0
        for node in samples {
            times.append(
                try seconds {
                    nodes = max(
                        nodes, try graph.closure(of: [node], ClosureQuery(direction, nodesMaximum: limit)).steps.count)
                } * 1000)
        }
        times.sort()
        figures.closures.append(
            ClosureFigure(
                direction: name, nodes: nodes, medianMilliseconds: times[times.count / 2],
                worstMilliseconds: times[times.count - 1]))
    }
}

var times: [Double] = []
var cpuTimes: [Double] = []
for _ in 0..<200 {
    let cpu = cpuSeconds()
    times.append(try seconds { _ = try graph.completeness() } * 1000)
    cpuTimes.append((cpuSeconds() - cpu) * 1000)
}
times.sort()
cpuTimes.sort()
figures.completenessMedianMilliseconds = times[times.count / 2]
figures.completenessWorstMilliseconds = times[times.count - 1]
figures.completenessMedianMillisecondsOfCPU = cpuTimes[cpuTimes.count / 2]
graph.close()
await store.close()
print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))

func put(_ key: String, _ session: RunSession?) async throws -> Int64 {
    let writer = store.stage(expectedLength: 1)
    try await writer.write(Array("x".utf8))
    let version = try await store.put(
        try await writer.finish(), as: try ObjectKey(key), in: bucket, attributes: ObjectAttributes(),
        origin: session?.origin ?? .embedded)
    return version.index
}
