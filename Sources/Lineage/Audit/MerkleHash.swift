// Why this file exists: the hashes and the two verifications of RFC 6962 / RFC 9162, with no knowledge of where a tree
// lies. A verifier uses these and nothing else of the prover's code.
import ObjectCore

/// Hashes of a Merkle tree. See: RFC 6962 section 2.1.
public enum MerkleHash {
    /// Length of a hash in bytes.
    public static let length = 32

    /// The root of the tree without leaves.
    public static let empty = Digest.sha256([UInt8]())

    /// SHA-256(0x00 ‖ entry).
    public static func leaf(_ entry: [UInt8]) -> [UInt8] { JournalEntry.leafHash(entry) }

    /// SHA-256(0x01 ‖ left ‖ right).
    public static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [1]
        bytes.reserveCapacity(1 + 2 * length)
        bytes.append(contentsOf: left)
        bytes.append(contentsOf: right)
        return Digest.sha256(bytes)
    }

    /// The root over leaf hashes.
    public static func root(ofLeaves leaves: [[UInt8]]) -> [UInt8] {
        var range = CompactRange()
        for leaf in leaves { range.append(leaf) }
        return range.root
    }

    /// Whether `leaf` is at `index` of the tree of `size` leaves with this `root`. See: RFC 9162 section 2.1.3.2.
    public static func isIncluded(
        leaf: [UInt8], index: Int64, size: Int64, proof: [[UInt8]], root: [UInt8]
    ) -> Bool {
        guard index >= 0, index < size, proof.allSatisfy({ $0.count == length }) else { return false }
        var first = index
        var last = size - 1
        var hash = leaf
        for sibling in proof {
            guard last > 0 else { return false }
            if first & 1 == 1 || first == last {
                hash = node(sibling, hash)
                while first & 1 == 0, first != 0 {
                    first >>= 1
                    last >>= 1
                }
            } else {
                hash = node(hash, sibling)
            }
            first >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// Whether the tree of `newSize` leaves begins with that of `oldSize`. See: RFC 9162 section 2.1.4.2.
    public static func isConsistent(
        oldSize: Int64, oldRoot: [UInt8], newSize: Int64, newRoot: [UInt8], proof: [[UInt8]]
    ) -> Bool {
        guard oldSize >= 0, oldSize <= newSize, proof.allSatisfy({ $0.count == length }) else { return false }
        if oldSize == newSize { return proof.isEmpty && oldRoot == newRoot }
        if oldSize == 0 { return proof.isEmpty && oldRoot == empty }
        var path = proof[...]
        if oldSize & (oldSize - 1) == 0 { path = [oldRoot] + path }
        guard let seed = path.popFirst() else { return false }
        var first = oldSize - 1
        var last = newSize - 1
        while first & 1 == 1 {
            first >>= 1
            last >>= 1
        }
        var oldHash = seed
        var newHash = seed
        for hash in path {
            guard last > 0 else { return false }
            if first & 1 == 1 || first == last {
                oldHash = node(hash, oldHash)
                newHash = node(hash, newHash)
                while first & 1 == 0, first != 0 {
                    first >>= 1
                    last >>= 1
                }
            } else {
                newHash = node(newHash, hash)
            }
            first >>= 1
            last >>= 1
        }
        return last == 0 && oldHash == oldRoot && newHash == newRoot
    }
}

/// The right-open front of a growing tree: the roots of its full subtrees, at most 63. Enough to append leaves and to
/// know the root, in memory that does not grow.
public struct CompactRange: Sendable {
    private var roots: [[UInt8]] = []
    /// How many leaves there are.
    public private(set) var size: Int64 = 0

    public init() {}

    /// Appends the hash of one more leaf.
    public mutating func append(_ leaf: [UInt8]) {
        var hash = leaf
        var rest = size
        while rest & 1 == 1 {
            hash = MerkleHash.node(roots.removeLast(), hash)
            rest >>= 1
        }
        roots.append(hash)
        size += 1
    }

    /// The root of the tree.
    public var root: [UInt8] { CompactRange.root(over: roots) }

    /// The root of the tree in which this range's leaves, taken as roots of full subtrees of one height, are followed by
    /// fewer leaves than such a subtree has.
    func root(followedBy rest: CompactRange) -> [UInt8] { CompactRange.root(over: roots + rest.roots) }

    private static func root(over roots: [[UInt8]]) -> [UInt8] {
        guard var hash = roots.last else { return MerkleHash.empty }
        for root in roots.dropLast().reversed() { hash = MerkleHash.node(root, hash) }
        return hash
    }
}
