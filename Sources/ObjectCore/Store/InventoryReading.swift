// Why this file exists: an inventory lists a whole bucket with all that is known of each version. It is read in pages, each
// in a snapshot of its own, so that it holds nothing up; pages fit together because the bucket is a view of its past.

/// A version as an inventory lists it.
public struct InventoriedVersion: Sendable {
    public var version: ObjectVersion
    /// Whether it is the newest of its key.
    public var isLatest: Bool
}

extension ObjectStore {
    /// A page of versions with everything that their rows say, keys in the order of bytes and the newest first.
    /// - Parameters:
    ///   - query: what to list, and how much; without a delimiter.
    ///   - all: all versions and delete markers, instead of current objects.
    ///   - last: of the page before, with its key in `query.after`.
    ///   - bucket: usually a view of its past or a snapshot, so that pages fit together.
    public func inventory(
        _ query: ListingQuery, all: Bool, after last: ObjectVersion? = nil, in bucket: Bucket
    ) async throws(StoreError) -> ListingPage<InventoriedVersion> {
        let catalog = catalog
        return try await workers.value { () throws(StoreError) in
            try self.scanVersions(query, from: all ? last.map { -$0.index } : nil, in: bucket) {
                key, isNewest, row throws(StoreError) in
                let isMarker = row.integer(2) & VersionRow.markerFlag != 0
                // A snapshot shows what is current in it, and nothing else.
                if !all || bucket.snapshot != nil {
                    guard isNewest, !isMarker else { return nil }
                }
                return InventoriedVersion(
                    version: try ObjectVersion(bucket: bucket.id, key: key, row: row, first: 1, accounts: catalog),
                    isLatest: isNewest)
            }
        }
    }
}
