// Why this file exists: a report that is read in many pages is worth something only when they are of one moment. A bucket
// that keeps versions remembers each moment. One that never did is given a snapshot for the time of the reading.
// Invariant: a snapshot that was made here is gone afterwards, at the latest after the next start.
import ObjectCore

/// A bucket as it is now, while it goes on changing.
enum InventoryView {
    /// Names of the snapshots begin with it; eight hexadecimal digits follow.
    private static let namePrefix = "inv"

    /// Calls `work` with a view of the bucket that stays as it is.
    static func with<Value>(
        _ bucket: Bucket, in store: ObjectStore, _ work: (Bucket) async throws(InventoryFailure) -> Value
    ) async throws(InventoryFailure) -> Value {
        if bucket.versionedSince != nil {
            let view = try InventoryReport.stored { () throws(StoreError) in
                try store.bucket(bucket, asOf: .index(try store.journalSize()))
            }
            return try await work(view)
        }
        var generator = SystemRandomNumberGenerator()
        let name = namePrefix + Hex.encode((0..<4).map { _ in UInt8.random(in: 0...255, using: &generator) })
        guard bucket.name.utf8.count + 1 + name.utf8.count <= Snapshot.viewNameLengthMaximum else {
            // There is no room for another name behind this one: the pages are then each of its moment, as on AWS.
            return try await work(bucket)
        }
        let snapshot = try await InventoryReport.stored { () async throws(StoreError) in
            try await store.createSnapshot(name, of: bucket, mark: mark("\(bucket.name).\(name)"))
        }
        let result: Result<Value, InventoryFailure>
        do throws(InventoryFailure) {
            let view = try InventoryReport.stored { () throws(StoreError) in try store.bucket(snapshot.viewName) }
            result = .success(try await work(view))
        } catch {
            result = .failure(error)
        }
        try await InventoryReport.stored { () async throws(StoreError) in
            try await store.deleteSnapshot(snapshot.viewName)
            try await store.setMark(mark(snapshot.viewName), to: nil)
        }
        return try result.get()
    }

    /// Removes what a process left behind that ended while it listed. A snapshot is ours when it was marked as it was
    /// made, whatever its name.
    static func removeLeftovers(in store: ObjectStore) async throws(StoreError) {
        for snapshot in store.snapshots() where snapshot.name.hasPrefix(namePrefix) {
            let mark = mark(snapshot.viewName)
            guard try await store.mark(mark) != nil else { continue }
            try await store.deleteSnapshot(snapshot.viewName)
            try await store.setMark(mark, to: nil)
        }
    }

    private static func mark(_ viewName: String) -> String { "inventory.snapshot.\(viewName)" }
}
