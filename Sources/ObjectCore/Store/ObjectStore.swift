// Why this file exists: the store as a program sees it: a folder that is opened, used from any thread and closed.
// What can be done with it stands beside, one file per subject: Buckets, Reading, Listing, Writing, Deleting,
// Multipart, AccessKeys, and Maintenance/.
private import Glibc

/// An object store in a folder. One process holds a folder at a time; within it, all calls may come from any thread.
public final class ObjectStore: Sendable {
    let folder: StoreFolder
    let options: StoreOptions
    let database: any Database
    let chunkStore: any ChunkStore
    let committer: Committer
    let clock: StoreClock
    let catalog: Catalog
    let identityCatalog: IdentityCatalog
    let sessions: SessionTable
    let keyUses: KeyUses
    let bucketSettings: BucketSettings
    let outbox: Outbox
    let ballast: Ballast
    let staging: StagingArea
    let workers: WorkerPool
    let statisticsCache: StatisticsCache
    let chunkLists = ChunkListCache()
    private let checkpointer: Checkpointer

    /// Opens the store in the folder `path`, making it when the folder is missing or empty.
    /// - Throws: ``StoreError/locked(_:)`` when another process holds it, ``StoreError/unusable(_:)`` when the folder
    ///   holds something else or a newer format, ``StoreError/corrupt(_:)``, ``StoreError/system(_:)``.
    public static func open(
        _ path: String, options: StoreOptions = StoreOptions()
    ) throws(StoreError) -> ObjectStore {
        try open(path, options: options, io: RealIO())
    }

    /// The same over another ``IO``, for tests that inject faults.
    /// - Parameter time: nil for the machine's clocks.
    static func open(
        _ path: String, options: StoreOptions, io: any IO, time: TimeSource? = nil
    ) throws(StoreError) -> ObjectStore {
        let folder = try StoreFolder.open(path, archive: options.archiveDirectory, io: io)
        let room: FileSystemRoom
        let archiveRoom: FileSystemRoom
        do throws(SystemCallError) {
            room = try io.room(at: path)
            archiveRoom = try io.room(at: folder.archivePath ?? path)
        } catch {
            throw .system(error)
        }
        let database = try SQLiteDatabase(path: StoreFolder.databasePath(in: path))
        let chunkStore = try SegmentStore(
            directory: StoreFolder.segmentsPath(in: path), archiveDirectory: folder.archivePath,
            storeIdentifier: folder.uuid, io: io,
            options: options.segments(onDeviceOf: room.total, archive: archiveRoom.total),
            restoring: try RedoLog.images(in: database))
        return try ObjectStore(
            folder: folder, options: options, database: database, chunkStore: chunkStore, io: io, time: time)
    }

    init(
        folder: StoreFolder, options: StoreOptions, database: any Database, chunkStore: any ChunkStore, io: any IO,
        time: TimeSource? = nil
    ) throws(StoreError) {
        self.folder = folder
        self.options = options
        self.database = database
        self.chunkStore = chunkStore
        let last = try database.read { transaction throws(StoreError) in
            try transaction.first("SELECT position, at FROM journal ORDER BY position DESC LIMIT 1", []) {
                row throws(StoreError) in (position: row.integer(0), at: row.integer(1))
            }
        }
        let clock = try ClockRecords.clock(
            database, last: last?.at ?? 0, source: time ?? ObjectStore.machineTime(io))
        self.clock = clock
        let reserve = DiskReserve(path: folder.path, io: io, bytes: options.reservedBytes)
        bucketSettings = try BucketSettings(database: database)
        outbox = try Outbox(database: database, settings: bucketSettings)
        ballast = Ballast(folder: folder.path, io: io)
        ballast.ensure()
        let committer = Committer(
            database: database, chunkStore: chunkStore, reserve: reserve, clock: clock, outbox: outbox,
            ballast: ballast,
            nextPosition: (last?.position ?? 0) + 1,
            committedBuckets: try CommittedBuckets(database: database))
        self.committer = committer
        catalog = try Catalog(database: database)
        identityCatalog = try IdentityCatalog(database: database, accounts: catalog)
        sessions = try SessionTable(database: database, accounts: catalog)
        keyUses = try KeyUses(database: database)
        staging = StagingArea(
            database: database, chunkStore: chunkStore, identifiers: try ChunkIDSource(database: database),
            pins: ChunkPins(), holds: SegmentHolds(), reserve: reserve,
            archiveReserve: DiskReserve(
                path: folder.archivePath ?? folder.path, io: io, bytes: options.reservedBytes),
            chunking: options.chunking, committer: committer,
            memory: UploadMemory(capacity: options.uploadMemoryBytes), spills: SpillFolder(folder: folder.path, io: io))
        workers = WorkerPool(name: "cairn-worker", threadCount: max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        statisticsCache = StatisticsCache(io: io)
        checkpointer = Checkpointer(database: database, interval: options.checkpointInterval)
    }

    /// Commits what waits and lets go of the folder. Calls made afterwards throw ``StoreError/closed``.
    public func close() async {
        do throws(StoreError) {
            try await workers.value { () throws(StoreError) in self.closeBlocking() }
        } catch {
            // closeBlocking does not throw.
            return
        }
    }

    private func closeBlocking() {
        checkpointer.close()
        // A store that went read-only has told so already; then the time of its last entry counts.
        try? recordTimeBlocking()
        try? recordKeyUsesBlocking()
        committer.close()
        chunkStore.close()
        database.close()
        workers.close()
        folder.unlock()
    }

    private static func machineTime(_ io: any IO) -> TimeSource {
        TimeSource(
            wall: { io.wallNanoseconds() / 1_000_000 },
            elapsed: { io.monotonicNanoseconds() / 1_000_000 })
    }

    /// Nil when healthy, else why the store refuses writes.
    public var readOnlyReason: String? { committer.readOnlyReason }

    /// The store's own UUID: 16 bytes, made with the folder.
    public var uuid: [UInt8] { folder.uuid }

    /// The folder of the store.
    public var path: String { folder.path }

    /// The directory of what is archived; nil when it lies in the folder of the store.
    public var archivePath: String? { folder.archivePath }

    /// Makes sure that an account has a number before a commit needs it.
    func ensureAccount(_ id: String, name: String? = nil) async throws(StoreError) {
        guard !catalog.knows(account: id) else { return }
        let catalog = catalog
        try await committer.commit { change throws(StoreError) in
            let known = try change.first("SELECT number FROM accounts WHERE id = $1", [.text(id)]) {
                row throws(StoreError) in row.integer(0)
            }
            guard known == nil else { return }
            let highest = try change.first("SELECT number FROM accounts ORDER BY number DESC LIMIT 1", []) {
                row throws(StoreError) in row.integer(0)
            }
            let number = (highest ?? 0) + 1
            let account = Catalog.Account(id: id, name: name ?? id)
            try change.execute(
                "INSERT INTO accounts (number, id, name) VALUES ($1, $2, $3)",
                [.integer(number), .text(account.id), .text(account.name)])
            change.afterCommit { catalog.enter(account, number: number) }
        }
    }
}

extension ObjectStore {
    /// Runs `work`, which may block or take long, on one of the store's worker threads.
    public func onWorker<Value: Sendable>(
        _ work: @escaping @Sendable () throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await workers.value(work)
    }
}
