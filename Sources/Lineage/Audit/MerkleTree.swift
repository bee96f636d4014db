// Why this file exists: makes roots and proofs from tiles: rows of hashes at every eighth level of the tree. What
// lies between two such levels is hashed again when it is asked for, so that a tree of n leaves keeps n/255 hashes
// beside its leaves.

/// Where the hashes of a tree's tile levels come from. Level 0 are the leaves; a hash of level l + 1 is the root of 256
/// hashes of level l, and exists only when all of those do.
public protocol TileSource {
    /// The hashes `range` of a level. All of them must exist.
    func hashes(level: Int, _ range: Range<Int64>) throws -> [[UInt8]]
}

/// A tree of a given size over tiles. See: RFC 6962 section 2.1, https://c2sp.org/tlog-tiles
public struct MerkleTree<Source: TileSource> {
    /// Levels of the tree in one tile.
    public static var tileHeight: Int { 8 }
    /// Hashes in a full tile.
    public static var tileWidth: Int64 { 256 }

    /// How many leaves the tree has.
    public let size: Int64
    private let source: Source

    public init(size: Int64, source: Source) {
        self.size = size
        self.source = source
    }

    /// The root of the tree.
    public func root() throws -> [UInt8] { try root(of: 0..<size) }

    /// The hashes that prove the leaf at `index`, from its sibling upwards. See: RFC 6962 section 2.1.1.
    public func inclusionProof(index: Int64) throws -> [[UInt8]] {
        precondition(index >= 0 && index < size, "a leaf of the tree")
        var proof: [[UInt8]] = []
        var range: Range<Int64> = 0..<size
        while range.count > 1 {
            let middle = range.lowerBound + MerkleTree.split(Int64(range.count))
            if index < middle {
                proof.append(try root(of: middle..<range.upperBound))
                range = range.lowerBound..<middle
            } else {
                proof.append(try root(of: range.lowerBound..<middle))
                range = middle..<range.upperBound
            }
        }
        return proof.reversed()
    }

    /// The hashes that prove that the tree of `oldSize` leaves is a beginning of this one.
    /// See: RFC 6962 section 2.1.2.
    public func consistencyProof(from oldSize: Int64) throws -> [[UInt8]] {
        precondition(oldSize >= 0 && oldSize <= size, "a beginning of the tree")
        if oldSize == 0 || oldSize == size { return [] }
        var proof: [[UInt8]] = []
        var range: Range<Int64> = 0..<size
        var isOldRoot = true
        while oldSize != range.upperBound {
            let middle = range.lowerBound + MerkleTree.split(Int64(range.count))
            if oldSize <= middle {
                proof.append(try root(of: middle..<range.upperBound))
                range = range.lowerBound..<middle
            } else {
                proof.append(try root(of: range.lowerBound..<middle))
                range = middle..<range.upperBound
                isOldRoot = false
            }
        }
        if !isOldRoot { proof.append(try root(of: range)) }
        return proof.reversed()
    }

    /// The root of the leaves `range`, which is a node of the tree or its right edge.
    private func root(of range: Range<Int64>) throws -> [UInt8] {
        let count = Int64(range.count)
        if count == 0 { return MerkleHash.empty }
        if count & (count - 1) == 0 { return try perfectRoot(of: range) }
        let middle = range.lowerBound + MerkleTree.split(count)
        return MerkleHash.node(
            try root(of: range.lowerBound..<middle), try root(of: middle..<range.upperBound))
    }

    /// The root of a full subtree, from the nearest tile level below it.
    private func perfectRoot(of range: Range<Int64>) throws -> [UInt8] {
        let height = range.count.trailingZeroBitCount
        let level = height / MerkleTree.tileHeight
        let shift = Int64(level * MerkleTree.tileHeight)
        let first = range.lowerBound >> shift
        let hashes = try source.hashes(level: level, first..<first + Int64(range.count) >> shift)
        return MerkleHash.root(ofLeaves: hashes)
    }

    /// The greatest power of two that is less than `count`.
    private static func split(_ count: Int64) -> Int64 {
        1 << Int64(Int64.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }
}

/// Hashes in memory: for tests, and for verifiers that hold a whole log.
public struct MemoryTiles: TileSource {
    private var levels: [[[UInt8]]] = [[]]

    public init(leaves: some Sequence<[UInt8]> = []) {
        for leaf in leaves { append(leaf) }
    }

    /// Appends a leaf's hash, and the hash of each tile that it fills.
    public mutating func append(_ leaf: [UInt8]) {
        var hash = leaf
        var level = 0
        while true {
            if level == levels.count { levels.append([]) }
            levels[level].append(hash)
            guard levels[level].count % 256 == 0 else { return }
            hash = MerkleHash.root(ofLeaves: Array(levels[level].suffix(256)))
            level += 1
        }
    }

    public func hashes(level: Int, _ range: Range<Int64>) -> [[UInt8]] {
        Array(levels[level][Int(range.lowerBound)..<Int(range.upperBound)])
    }
}
