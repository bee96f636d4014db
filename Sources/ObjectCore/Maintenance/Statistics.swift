// Why this file exists: how large the store is, counted when asked, and a recent answer for those who ask often.
private import Synchronization

extension ObjectStore {
    /// Sizes of the store. Counts rows: about a second for ten million chunks.
    public func statistics() throws(StoreError) -> StoreStatistics {
        var statistics = try database.read { transaction throws(StoreError) in
            var statistics = StoreStatistics()
            try transaction.query("SELECT COUNT(*), COALESCE(SUM(length), 0) FROM chunks", []) {
                row throws(StoreError) in
                statistics.chunks = row.integer(0)
                statistics.chunkBytes = row.integer(1)
                return true
            }
            try transaction.query("SELECT position FROM journal ORDER BY position DESC LIMIT 1", []) {
                row throws(StoreError) in
                statistics.journalEntries = row.integer(0)
                return true
            }
            try transaction.query("SELECT COUNT(*) FROM past_versions WHERE state = 1", []) { row throws(StoreError) in
                statistics.heldVersions = row.integer(0)
                return true
            }
            return statistics
        }
        statistics.snapshots = Int64(catalog.snapshots().count)
        statistics.buckets = Int64(catalog.buckets().count)
        let segments = try chunkStore.segments()
        statistics.segments = Int64(segments.count)
        statistics.segmentBytes = segments.reduce(0) { $0 + $1.fileBytes }
        for segment in segments where segment.isCold {
            statistics.coldSegments += 1
            statistics.coldSegmentBytes += segment.fileBytes
        }
        return statistics
    }

    /// Whether the disk is nearly full, so that collecting garbage cannot wait.
    public var isShortOfSpace: Bool {
        do throws(StoreError) { return try staging.reserve.isShort() } catch { return false }
    }

    /// Sizes of the store as they were counted last, never by the caller: when that is longer than a minute ago, a
    /// worker thread counts again. Nil until it was counted once.
    public func recentStatistics() -> StoreStatistics? {
        statisticsCache.recent { [self] in
            do throws(StoreError) { return try statistics() } catch { return nil }
        } run: { [workers] work in
            workers.run(work)
        }
    }
}

/// The last count, and who counts.
final class StatisticsCache: Sendable {
    /// How long a count is good, in nanoseconds.
    private static let lifetime: Int64 = 60_000_000_000

    private struct State {
        var statistics: StoreStatistics?
        var counted = Int64.min
        var isCounting = false
    }
    private let state = Mutex(State())
    private let io: any IO

    init(io: any IO) { self.io = io }

    func recent(
        count: @escaping @Sendable () -> StoreStatistics?, run: (@escaping @Sendable () -> Void) -> Void
    ) -> StoreStatistics? {
        let now = io.monotonicNanoseconds()
        let (statistics, isDue) = state.withLock { state in
            let isOld = state.statistics == nil || now - state.counted > StatisticsCache.lifetime
            let isDue = isOld && !state.isCounting
            if isDue { state.isCounting = true }
            return (state.statistics, isDue)
        }
        if isDue {
            run { [self] in
                let counted = count()
                state.withLock { state in
                    if let counted { state.statistics = counted }
                    state.counted = now
                    state.isCounting = false
                }
            }
        }
        return statistics
    }
}
