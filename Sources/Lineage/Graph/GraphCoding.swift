// Why this file exists: the byte strings in rows of the graph: interval sets, ids of runs, and names that have parts.
import ObjectCore

extension IntervalSet {
    /// Pairs of 8 bytes, little-endian; one byte more when it is approximate.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ranges.count * 16 + 1)
        for range in ranges {
            GraphCoding.append(range.lowerBound, to: &bytes)
            GraphCoding.append(range.upperBound, to: &bytes)
        }
        if isApproximate { bytes.append(1) }
        return bytes
    }

    init(encoded bytes: [UInt8]) {
        self.init()
        var offset = 0
        while offset + 16 <= bytes.count {
            let lower = GraphCoding.integer(bytes, offset)
            let upper = GraphCoding.integer(bytes, offset + 8)
            if lower < upper { insert(lower..<upper) }
            offset += 16
        }
        if offset < bytes.count { markApproximate() }
    }
}

extension RunID {
    /// 16 bytes, as the UUID is written.
    var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - 8 * ($0 % 8))) }
    }

    init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.init(
            high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) })
    }
}

enum GraphCoding {
    static func append(_ value: Int64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    static func integer(_ bytes: [UInt8], _ offset: Int) -> Int64 {
        var value: UInt64 = 0
        for index in (0..<8).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
        return Int64(bitPattern: value)
    }

    /// The name of a job, as `graph_names` has it: namespace, a zero byte, name.
    static func name(_ job: Job) -> [UInt8] { Array(job.namespace.utf8) + [0] + Array(job.name.utf8) }

    static func job(_ bytes: [UInt8]) -> Job {
        let (first, rest) = split(bytes)
        return Job(namespace: text(first), name: text(rest))
    }

    /// Set in the kind of an agent whose name is a commitment.
    private static let hiddenAgent: UInt8 = 0x80
    /// Before the name of a bucket, where the prefix is a commitment: no bucket's name has a slash.
    private static let hiddenPrefix = UInt8(ascii: "/")

    /// The name of an agent: its kind, then the name or the commitment to it.
    static func name(_ agent: Agent) -> [UInt8] {
        if let commitment = agent.commitment { return [agent.kind.rawValue | hiddenAgent] + commitment }
        return [agent.kind.rawValue] + Array(agent.name.utf8)
    }

    static func agent(_ bytes: [UInt8]) -> Agent? {
        guard let first = bytes.first, let kind = Agent.Kind(rawValue: first & ~hiddenAgent) else { return nil }
        if first & hiddenAgent != 0 { return Agent(kind, commitment: Array(bytes.dropFirst())) }
        return Agent(kind, text(bytes.dropFirst()))
    }

    /// The name of a listed prefix: UUID of the bucket, its name, a zero byte, the prefix or the commitment to it.
    static func name(_ prefix: ListedPrefix) -> [UInt8] {
        prefix.bucketUUID.bytes + (prefix.commitment == nil ? [] : [hiddenPrefix]) + Array(prefix.bucket.utf8) + [0]
            + (prefix.commitment ?? prefix.prefix)
    }

    static func prefix(_ bytes: [UInt8]) -> ListedPrefix? {
        guard bytes.count > 16 else { return nil }
        let isHidden = bytes[16] == hiddenPrefix
        let (name, prefix) = split(Array(bytes.dropFirst(isHidden ? 17 : 16)))
        var listed = ListedPrefix(
            bucketUUID: BucketUUID(Array(bytes.prefix(16))), bucket: text(name), prefix: Array(prefix))
        guard isHidden else { return listed }
        listed.commitment = Array(prefix)
        listed.prefix = Array(Hex.encode(Array(prefix)).utf8)
        listed.isErased = true
        return listed
    }

    private static func split(_ bytes: [UInt8]) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
        let end = bytes.firstIndex(of: 0) ?? bytes.endIndex
        return (bytes[..<end], bytes[min(end + 1, bytes.endIndex)...])
    }

    private static func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
}
