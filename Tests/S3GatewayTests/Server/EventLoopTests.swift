// Why this file exists: the executor by itself, and the pool that waits for disks.
import Glibc
import Synchronization
import Testing

@testable import S3Gateway

@Suite struct EventLoopTests {
    private actor Counter {
        private nonisolated let loop: EventLoop
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        private(set) var value = 0
        init(_ loop: EventLoop) { self.loop = loop }
        func add() -> Bool {
            value += 1
            return loop.isCurrent
        }
    }

    private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
        let pool = BlockingPool(threads: 1)
        let loop = try EventLoop(index: 0, timerResolution: .milliseconds(10), blockingPool: pool)
        try loop.start()
        try await body(loop)
        await loop.stop()
        pool.stop()
    }

    @Test("an actor on the loop runs on its thread, whoever calls")
    func actorRuns() async throws {
        try await withLoop { loop in
            let counter = Counter(loop)
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<1_000 { group.addTask { await counter.add() } }
                for await isOnLoop in group { #expect(isOnLoop) }
            }
            #expect(await counter.value == 1_000)
        }
    }

    @Test("a task with the loop as its preference stays there")
    func taskRuns() async throws {
        try await withLoop { loop in
            let task = Task(executorPreference: loop) {
                var isOnLoop = loop.isCurrent
                for _ in 0..<100 {
                    await loop.nextTurn()
                    isOnLoop = isOnLoop && loop.isCurrent
                }
                return isOnLoop
            }
            #expect(await task.value)
        }
    }

    @Test("timers fire in time while nothing else happens")
    func timers() async throws {
        try await withLoop { loop in
            let began = MonotonicClock.now()
            let fired: Int64 = await withCheckedContinuation { continuation in
                loop.post {
                    loop.schedule(at: began + 50_000_000) { continuation.resume(returning: MonotonicClock.now()) }
                }
            }
            #expect(fired - began >= 50_000_000)
            #expect(fired - began < 2_000_000_000)
        }
    }

    @Test("a tag of a removed source finds nothing, even when its slot is in use again")
    func staleTags() {
        var table = EventSourceTable()
        let first = EventSource(descriptor: -1)
        let second = EventSource(descriptor: -1)
        let tag = table.insert(first)
        #expect(table.source(tag) === first)
        table.remove(tag)
        #expect(table.source(tag) == nil && table.isEmpty)
        let reused = table.insert(second)
        #expect(table.source(reused) === second)
        #expect(table.source(tag) == nil)
        table.remove(tag)
        #expect(table.source(reused) === second)
        #expect(table.source(EventSourceTable.wakeUpTag) == nil)
    }
}

@Suite struct BlockingPoolTests {
    @Test("work runs on threads of the pool and returns its value")
    func runs() async {
        let pool = BlockingPool(threads: 2)
        let caller = pthread_self()
        let values = await withTaskGroup(of: (Int, Bool).self) { group in
            for index in 0..<100 { group.addTask { await pool.run { (index, pthread_self() != caller) } } }
            return await group.reduce(into: [Int]()) { all, value in
                all.append(value.0)
                #expect(value.1)
            }
        }
        #expect(values.sorted() == Array(0..<100))
        pool.stop()
    }

    @Test("a full queue refuses")
    func bounded() {
        let pool = BlockingPool(threads: 1, maximumQueued: 2)
        let gate = Mutex(())
        let accepted = gate.withLock { _ in
            (0..<10).filter { _ in pool.submit { gate.withLock { _ in } } }.count
        }
        #expect(accepted >= 2 && accepted <= 3)
        pool.stop()
        #expect(!pool.submit {})
    }
}
