// Why this file exists: what a bucket that keeps versions remembers of destroyed ones answers reads of the past. Whoever takes
// such a row away makes the past another one; the journal still says what was destroyed, so this finds it.
import ObjectCore

/// Which destroyed versions the pasts of buckets must remember.
struct PastReplay {
    /// By the print of a bucket's id: since when its past is known.
    private var since: [UInt64: Int64] = [:]
    private var beginnings: [BucketID: Int64] = [:]
    /// Positions: of a version, and of the entry that destroyed it.
    private var expected: [(version: Int64, until: Int64)] = []
    private var met: [(version: Int64, until: Int64)] = []

    /// Nothing must be remembered.
    init() {}

    /// - Parameter buckets: those that exist.
    init(_ buckets: [Bucket]) {
        for bucket in buckets {
            guard let beginning = bucket.versionedSince else { continue }
            beginnings[bucket.id] = beginning
            let id = Array(Hex.encode(bucket.uuid).utf8)
            since[id.withUnsafeBytes { PastReplay.print($0) }] = beginning
        }
    }

    /// The print of a bucket's id as entries write it, under a key of this process.
    static func print(_ id: UnsafeRawBufferPointer?) -> UInt64 {
        guard let id else { return 0 }
        var hasher = Hasher()
        hasher.combine(bytes: id)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// Takes the entries that come next.
    mutating func take(_ unit: EntryUnit) {
        guard !since.isEmpty else { return }
        for removal in unit.removals {
            guard let beginning = since[removal.bucket], removal.by + 1 > beginning else { continue }
            expected.append((removal.position, removal.by + 1))
        }
    }

    /// Takes a row that is there.
    mutating func meet(_ past: PastVersion) {
        guard !past.isReplaced, let beginning = beginnings[past.version.bucket], past.until > beginning else { return }
        met.append((past.version.index, past.until))
    }

    /// Reports what must be remembered and is not.
    /// - Parameter isErased: whether the key in an entry that destroys, by its position, was erased, or it erases one: what
    ///   was remembered under it went with it.
    mutating func finish(
        _ report: inout AuditReport, isErased: (Int64) throws(StoreError) -> Bool
    ) throws(StoreError) {
        expected.sort { $0 < $1 }
        met.sort { $0 < $1 }
        var rest = met[...]
        for one in expected {
            while let next = rest.first, next < one { rest.removeFirst() }
            if let next = rest.first, next == one { continue }
            if try isErased(one.until) { continue }
            report.report(
                "journal index \(one.until - 1): the version of index \(one.version - 1), which it destroyed, is missing in "
                    + "the past of its bucket")
        }
    }
}
