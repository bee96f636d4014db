// Why this file exists: what a run has read since it was journalled last, summed up: one record for each version, not
// for each request. A pure value; ActiveRun guards it.
import ObjectCore

/// The sum of the reads of one version.
struct PendingRead: Sendable {
    var bytes: Int64 = 0
    var requests: Int64 = 0
    var ranges = IntervalSet()
    /// The last durable journal position when the first of them began, and when the last was heard of.
    var first: Int64
    var last: Int64

    mutating func add(_ other: PendingRead) {
        bytes += other.bytes
        requests += other.requests
        ranges.formUnion(other.ranges)
        first = min(first, other.first)
        last = max(last, other.last)
    }
}

/// The sum of what a run has done and no entry tells.
struct PendingReads: Sendable {
    /// By the version's journal position.
    var used: [Int64: PendingRead] = [:]
    /// HEAD requests.
    var examined: [Int64: PendingRead] = [:]
    var listed: [ListedPrefix: PendingRead] = [:]

    var count: Int { used.count + examined.count + listed.count }
    var isEmpty: Bool { used.isEmpty && examined.isEmpty && listed.isEmpty }

    /// Takes back what was handed out and did not become durable.
    mutating func add(_ other: PendingReads) {
        used.merge(other.used) {
            var sum = $0; sum.add($1); return sum
        }
        examined.merge(other.examined) {
            var sum = $0; sum.add($1); return sum
        }
        listed.merge(other.listed) {
            var sum = $0; sum.add($1); return sum
        }
    }
}

// MARK: Entries

extension PendingReads {
    /// What the items of one entry may take, in bytes, of ``JournalEntry/lengthMaximum``.
    private static let itemsLengthMaximum = 60_000
    /// An item without its ranges or prefix is never longer, with numbers of 16 digits and a bucket's name.
    private static let itemLength = 256

    /// The entries that tell all of it, as few as fit.
    func entries(_ origin: ChangeOrigin) -> [RunRecord] {
        var writer = EntryWriter(origin: origin)
        for (version, read) in used.sorted(by: { $0.key < $1.key }) {
            let ranges = read.ranges.ranges.flatMap { [CanonicalJSON.integer($0.lowerBound), .integer($0.upperBound)] }
            var item = read.members
            item.append(("version", .integer(version)))
            item.append(("bytes", .integer(read.bytes)))
            item.append(("ranges", .array(ranges)))
            if read.ranges.isApproximate { item.append(("approximate", .boolean(true))) }
            writer.add("used", .object(item), length: PendingReads.itemLength + ranges.count * 17)
        }
        for (version, read) in examined.sorted(by: { $0.key < $1.key }) {
            writer.add(
                "examined", .object(read.members + [("version", .integer(version))]), length: PendingReads.itemLength)
        }
        for (prefix, read) in listed.sorted(by: { $0.key.precedes($1.key) }) {
            var item = read.members
            item.append(("bucket", .text(prefix.bucket)))
            item.append(("bucketId", .text(prefix.bucketUUID.description)))
            if let text = String(validating: prefix.prefix, as: UTF8.self) {
                item.append(("prefix", .text(text)))
            } else {
                item.append(("prefixHex", .text(Hex.encode(prefix.prefix))))
            }
            // A control character takes six bytes; a commitment in the place of the prefix 64 and a longer name.
            writer.add("listed", .object(item), length: PendingReads.itemLength + max(prefix.prefix.count * 6, 96))
        }
        return writer.finish()
    }

    /// Puts items into entries, a new one when the last is full.
    private struct EntryWriter {
        let origin: ChangeOrigin
        var entries: [RunRecord] = []
        var lists: [String: [CanonicalJSON]] = [:]
        var length = 0

        init(origin: ChangeOrigin) { self.origin = origin }

        mutating func add(_ list: String, _ item: CanonicalJSON, length itemLength: Int) {
            if length + itemLength > PendingReads.itemsLengthMaximum { close() }
            lists[list, default: []].append(item)
            length += itemLength
        }

        private mutating func close() {
            guard !lists.isEmpty else { return }
            let members = lists.map { ($0.key, CanonicalJSON.array($0.value)) }
            entries.append(RunRecord(.runUsed, origin, members))
            lists = [:]
            length = 0
        }

        mutating func finish() -> [RunRecord] {
            close()
            return entries
        }
    }
}

extension PendingRead {
    fileprivate var members: [(String, CanonicalJSON)] {
        [("first", .integer(first)), ("last", .integer(last)), ("requests", .integer(requests))]
    }
}

extension ListedPrefix {
    fileprivate func precedes(_ other: ListedPrefix) -> Bool {
        if bucketUUID != other.bucketUUID {
            return bucketUUID.bytes.lexicographicallyPrecedes(other.bucketUUID.bytes)
        }
        return prefix.lexicographicallyPrecedes(other.prefix)
    }
}
