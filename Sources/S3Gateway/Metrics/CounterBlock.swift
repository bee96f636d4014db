// Why this file exists: counters that every request touches. A lock, or one counter that two loops write, would cost
// more than the request's routing; so counters lie in shards, each on cache lines of its own, and a thread writes
// the shard that its identity picks. Invariant: a sum over the shards never loses an increment (each is atomic,
// whoever picks which shard).
private import Glibc
private import Synchronization

/// A row of 64-bit counters, kept once per shard.
// Unchecked, because the memory is raw: it is allocated once, touched only through atomics, and freed in deinit.
final class CounterBlock: @unchecked Sendable {
    /// How many shards there are; a power of two, about the number of event loops of a small machine.
    static let shardCount = 8
    /// Counters in a cache line of 64 bytes.
    private static let countersPerLine = 8

    /// How many counters there are.
    let count: Int
    private let stride: Int
    private let base: UnsafeMutablePointer<Atomic<UInt64>>

    init(count: Int) {
        self.count = count
        let lines = (count + CounterBlock.countersPerLine - 1) / CounterBlock.countersPerLine
        stride = lines * CounterBlock.countersPerLine
        let total = stride * CounterBlock.shardCount
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: total * MemoryLayout<Atomic<UInt64>>.stride, alignment: 64)
        base = memory.bindMemory(to: Atomic<UInt64>.self, capacity: total)
        for index in 0..<total { (base + index).initialize(to: Atomic(0)) }
    }

    deinit {
        base.deinitialize(count: stride * CounterBlock.shardCount)
        UnsafeMutableRawPointer(base).deallocate()
    }

    /// The shard of the calling thread. Pick it once for several additions.
    static func currentShard() -> Int {
        // pthread_self() is a read of a register; thread descriptors are far apart, so the upper bits of a product
        // with the golden ratio spread them. See: Knuth, TAOCP 6.4.
        let identity = UInt64(pthread_self()) >> 6
        return Int((identity &* 0x9E37_79B9_7F4A_7C15) >> 61)
    }

    /// Adds to counter `index`, which must be under ``count``.
    func add(_ amount: UInt64, to index: Int, shard: Int) {
        precondition(index >= 0 && index < count && shard < CounterBlock.shardCount)
        base[shard * stride + index].wrappingAdd(amount, ordering: .relaxed)
    }

    /// The sum over all shards of counter `index`.
    func value(_ index: Int) -> UInt64 {
        precondition(index >= 0 && index < count)
        var sum: UInt64 = 0
        for shard in 0..<CounterBlock.shardCount {
            sum &+= base[shard * stride + index].load(ordering: .relaxed)
        }
        return sum
    }
}
