// Why this file exists: the versions that exist are compared with the journal by their prints, on all processors. It
// answers whether they are the same; who is told that they are not looks at each in full.
import ObjectCore

/// The rows of a store's versions against what the journal says of them.
struct VersionComparison {
    /// Parts that the versions are cut into. More than processors, since they are not equal.
    private static let partsMaximum = 64

    private let store: ObjectStore
    private let prints: [UInt64]
    private let digests: [Int64: [UInt8]]
    private let buckets: [BucketID: [UInt8]]

    /// - Parameters:
    ///   - store: which must not change meanwhile.
    ///   - prints: what the journal says, by its index; 0 where there is no version.
    ///   - digests: by position, the SHA-256 of those versions whose own entry does not tell it and a later one does.
    ///   - buckets: the ids that entries write.
    init(
        _ store: ObjectStore, _ prints: [UInt64], digests: [Int64: [UInt8]], _ buckets: [BucketID: String]
    ) {
        self.store = store
        self.prints = prints
        self.digests = digests
        self.buckets = buckets.mapValues { Array($0.utf8) }
    }

    /// How many versions there are, when each is what the journal says and none is missing; else nil.
    func matches() throws(StoreError) -> Int64? {
        let borders = [.start] + (try self.borders()) + [.end]
        // Every version has an index of its own: as many different indices as prints, all equal, are all of them.
        var seen = [Bool](repeating: false, count: prints.count)
        var count: Int64 = 0
        var isSame = true
        let result = Result { () throws(StoreError) in
            try run(borders) { indices in
                guard let indices else {
                    isSame = false
                    return false
                }
                for index in indices {
                    if seen[Int(index)] { isSame = false }
                    seen[Int(index)] = true
                }
                count += Int64(indices.count)
                return isSame
            }
        }
        if case .failure(let error) = result {
            // Told by who looks at each in full.
            guard case .corrupt = error else { throw error }
            return nil
        }
        guard isSame, count == prints.lazy.filter({ $0 != 0 }).count else { return nil }
        return count
    }

    private func run(_ borders: [VersionBorder], _ take: ([Int64]?) -> Bool) throws(StoreError) {
        var failure: StoreError?
        OrderedWork.run(units: borders.count - 1) { number in
            Result { () throws(StoreError) in
                try indices(from: borders[number], to: borders[number + 1])
            }
        } _: { result in
            switch result {
            case .success(let indices): return take(indices)
            case .failure(let error):
                failure = error
                return false
            }
        }
        if let failure { throw failure }
    }

    /// The indices of the versions between two borders; nil when one is not as the journal says.
    private func indices(from start: VersionBorder, to end: VersionBorder) throws(StoreError) -> [Int64]? {
        var indices: [Int64] = []
        var isSame = true
        var scratch = [UInt8](repeating: 0, count: 64)
        var last: (id: BucketID, text: [UInt8])?
        try store.eachVersionFacts(from: start, to: end) { facts throws(StoreError) in
            guard isSame else { return }
            let index = facts.index - 1
            if last?.id != facts.bucket { last = buckets[facts.bucket].map { (facts.bucket, $0) } }
            guard index >= 0, index < prints.count, let last, last.id == facts.bucket else {
                isSame = false
                return
            }
            let expected = prints[Int(index)]
            var commitment: [UInt8]?
            if expected & VersionPrint.committed != 0 {
                commitment = try store.keyCommitment(of: Array(facts.key), inBucketID: last.text).map {
                    Array($0.utf8)
                }
                guard commitment != nil else {
                    isSame = false
                    return
                }
            }
            let own = scratch.withUnsafeMutableBytes { scratch in
                last.text.withUnsafeBytes { bucketID in
                    if let commitment {
                        commitment.withUnsafeBytes { commitment in
                            VersionPrint.of(
                                facts, bucketID: bucketID, commitment: commitment, expected: expected, scratch: scratch)
                        }
                    } else {
                        VersionPrint.of(
                            facts, bucketID: bucketID, commitment: nil, expected: expected, scratch: scratch)
                    }
                }
            }
            if own == expected, hasDigest(facts, expected) { indices.append(index) } else { isSame = false }
        }
        return isSame ? indices : nil
    }

    /// Whether a row has the SHA-256 that was told later, or none when none was.
    private func hasDigest(_ facts: VersionFacts, _ expected: UInt64) -> Bool {
        // Else it is in the print.
        guard expected & VersionPrint.digest == 0, !facts.isDeleteMarker else { return true }
        return facts.sha256.elementsEqual(digests[facts.index] ?? [])
    }

    /// Places that cut the versions into about equal parts: those of some that the journal says exist. Where they lie
    /// decides nothing but how the work is shared.
    private func borders() throws(StoreError) -> [VersionBorder] {
        var ids: [[UInt8]: BucketID] = [:]
        for (id, text) in buckets { ids[text] = id }
        var borders: [VersionBorder] = []
        for part in 1..<VersionComparison.partsMaximum {
            let place = prints.count / VersionComparison.partsMaximum * part
            guard let index = prints[place...].firstIndex(where: { $0 != 0 }),
                let entry = try store.journalEntry(at: Int64(index) + 1).flatMap({ CanonicalJSON($0.bytes) }),
                let id = entry["bucketId"]?.text.flatMap({ ids[Array($0.utf8)] }), let key = try store.key(of: entry)
            else { continue }
            borders.append(VersionBorder(bucket: id, key: key))
        }
        return borders.sorted()
    }
}
