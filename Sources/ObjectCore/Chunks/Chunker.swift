// Why this file exists: bodies are cut where their content says so, so that an insertion moves the cuts near it and no
// others. See: Xia et al., "FastCDC", USENIX ATC 2016; docs/FORMAT.md, "Cutting".
// Invariant: cuts are a function of the bytes and the parameters; how the bytes arrive in buffers never shows.

/// Finds the ends of chunks in a stream of bytes, without copying any.
public struct Chunker: Sendable {
    private let parameters: ChunkerParameters
    /// Bits that must be zero before and after the chunk has reached the average length.
    private let strictMask: UInt64
    private let looseMask: UInt64
    /// Bytes of the current chunk so far.
    private var length = 0
    private var fingerprint: UInt64 = 0

    /// A chunker at the start of a body.
    public init(_ parameters: ChunkerParameters = .standard) {
        self.parameters = parameters
        let bits = parameters.averageBits
        strictMask = ~(UInt64.max >> UInt64(bits + 2))
        looseMask = ~(UInt64.max >> UInt64(bits - 2))
    }

    /// Bytes of the current, unfinished chunk that were seen so far.
    public var pendingLength: Int { length }

    /// Begins a new body.
    public mutating func reset() {
        length = 0
        fingerprint = 0
    }

    /// Looks for the end of the current chunk in `bytes`, which continue it.
    /// - Returns: how many of `bytes` belong to the chunk that ends here (at least 1; the next call begins a new chunk
    ///   with the byte after them), or nil when all of `bytes` belong to a chunk that goes on.
    public mutating func nextCut(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let skipped = min(max(0, parameters.minimum - length), bytes.count)
        length += skipped
        var index = skipped
        if length < parameters.average {
            let end = min(bytes.count, index + (parameters.average - length))
            if let cut = scan(base, from: index, to: end, mask: strictMask) { return cut }
            index = end
        }
        let end = min(bytes.count, index + (parameters.maximum - length))
        if let cut = scan(base, from: index, to: end, mask: looseMask) { return cut }
        guard length == parameters.maximum else { return nil }
        reset()
        return end
    }

    /// Feeds bytes until the fingerprint has no bit of `mask`; answers the position behind that byte, the chunk's end.
    @inline(__always)
    private mutating func scan(_ base: UnsafeRawPointer, from start: Int, to end: Int, mask: UInt64) -> Int? {
        var fingerprint = fingerprint
        let gear = Self.gear
        var index = start
        while index < end {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            fingerprint = (fingerprint &<< 1) &+ gear[Int(byte)]
            index &+= 1
            if fingerprint & mask == 0 {
                reset()
                return index
            }
        }
        length += end - start
        self.fingerprint = fingerprint
        return nil
    }

    /// 256 outputs of SplitMix64 from the seed "CAIRN". See: Steele et al., OOPSLA 2014.
    // Allocated once per process, never changed after and never freed, hence safe to share.
    nonisolated(unsafe) static let gear: UnsafePointer<UInt64> = {
        let table = UnsafeMutablePointer<UInt64>.allocate(capacity: 256)
        var state: UInt64 = 0x43_4149_524E
        for index in 0..<256 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            table[index] = mixed ^ (mixed >> 31)
        }
        return UnsafePointer(table)
    }()
}
