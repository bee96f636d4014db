// Why this file exists: roots and proofs equal those of RFC 6962's own recursion, written here as the RFC writes it,
// and the published roots of the eight standard leaves; and no changed proof is believed.
import ObjectCore
import Testing

@testable import Lineage

@Suite("Merkle tree")
struct MerkleTests {
    /// The leaves of the reference tests of Certificate Transparency.
    private static let inputs: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        [
            0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f,
        ],
    ]
    private static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    /// RFC 6962 section 2.1, word by word.
    private static func mth(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        if leaves.isEmpty { return Digest.sha256([UInt8]()) }
        if leaves.count == 1 { return leaves.first! }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        let middle = leaves.startIndex + split
        return MerkleHash.node(mth(leaves[..<middle]), mth(leaves[middle...]))
    }

    private static func leaves(_ count: Int) -> [[UInt8]] {
        (0..<count).map { MerkleHash.leaf([UInt8($0 & 255), UInt8($0 >> 8 & 255), UInt8($0 >> 16)]) }
    }

    @Test("the published roots of 0 to 8 leaves", arguments: 0...8)
    func published(count: Int) throws {
        let leaves = Self.inputs.prefix(count).map { MerkleHash.leaf($0) }
        #expect(Hex.encode(MerkleHash.root(ofLeaves: leaves)) == Self.roots[count])
        #expect(
            try MerkleTree(size: Int64(count), source: MemoryTiles(leaves: leaves)).root()
                == MerkleHash.root(ofLeaves: leaves))
    }

    @Test("roots over tiles equal the RFC's recursion", arguments: [1, 2, 3, 255, 256, 257, 511, 512, 700, 1025])
    func roots(count: Int) throws {
        let leaves = Self.leaves(count)
        let tree = MerkleTree(size: Int64(count), source: MemoryTiles(leaves: leaves))
        #expect(try tree.root() == Self.mth(leaves[...]))
        #expect(MerkleHash.root(ofLeaves: leaves) == Self.mth(leaves[...]))
    }

    @Test("every leaf of trees of every size to 70 is proved, and by no changed proof")
    func inclusion() throws {
        for count in 1...70 {
            let leaves = Self.leaves(count)
            let size = Int64(count)
            let tree = MerkleTree(size: size, source: MemoryTiles(leaves: leaves))
            let root = try tree.root()
            for index in 0..<count {
                let proof = try tree.inclusionProof(index: Int64(index))
                func holds(_ leaf: [UInt8], _ at: Int64, _ of: Int64, _ by: [[UInt8]], _ to: [UInt8]) -> Bool {
                    MerkleHash.isIncluded(leaf: leaf, index: at, size: of, proof: by, root: to)
                }
                #expect(holds(leaves[index], Int64(index), size, proof, root))
                #expect(!holds(MerkleHash.leaf([9, 9, 9]), Int64(index), size, proof, root))
                #expect(!holds(leaves[index], Int64(index), size, proof + [root], root))
                #expect(count == 1 || !holds(leaves[index], Int64(index ^ 1), size, proof, root))
                if !proof.isEmpty {
                    #expect(!holds(leaves[index], Int64(index), size, Array(proof.dropLast()), root))
                    var changed = proof
                    changed[index % proof.count][index % 32] ^= 1
                    #expect(!holds(leaves[index], Int64(index), size, changed, root))
                }
            }
            #expect(!MerkleHash.isIncluded(leaf: leaves[0], index: size, size: size, proof: [], root: root))
            #expect(!MerkleHash.isIncluded(leaf: leaves[0], index: -1, size: size, proof: [], root: root))
        }
    }

    @Test("every beginning of trees of every size to 50 is proved, and by no changed proof")
    func consistency() throws {
        for count in 0...50 {
            let leaves = Self.leaves(count)
            let tree = MerkleTree(size: Int64(count), source: MemoryTiles(leaves: leaves))
            let root = try tree.root()
            for old in 0...count {
                let oldRoot = Self.mth(leaves[..<old])
                let proof = try tree.consistencyProof(from: Int64(old))
                func holds(_ first: [UInt8], _ second: [UInt8], _ by: [[UInt8]]) -> Bool {
                    MerkleHash.isConsistent(
                        oldSize: Int64(old), oldRoot: first, newSize: Int64(count), newRoot: second, proof: by)
                }
                #expect(holds(oldRoot, root, proof), "\(old) of \(count)")
                #expect(!holds(oldRoot, root, proof + [root]))
                var falseRoot = oldRoot
                falseRoot[3] ^= 4
                #expect(!holds(falseRoot, root, proof))
                if !proof.isEmpty {
                    var changed = proof
                    changed[old % proof.count][old % 32] ^= 1
                    #expect(!holds(oldRoot, root, changed))
                    #expect(!holds(oldRoot, root, Array(proof.dropLast())))
                }
            }
        }
    }

    @Test("proofs across tiles are believed", arguments: [(300, 299), (300, 0), (70_000, 65_535), (70_000, 69_999)])
    func large(count: Int, index: Int) throws {
        let leaves = Self.leaves(count)
        let tree = MerkleTree(size: Int64(count), source: MemoryTiles(leaves: leaves))
        let root = try tree.root()
        #expect(
            MerkleHash.isIncluded(
                leaf: leaves[index], index: Int64(index), size: Int64(count),
                proof: try tree.inclusionProof(index: Int64(index)), root: root))
        let old = Int64(index)
        #expect(
            MerkleHash.isConsistent(
                oldSize: old, oldRoot: MerkleHash.root(ofLeaves: Array(leaves[..<index])), newSize: Int64(count),
                newRoot: root, proof: try tree.consistencyProof(from: old)))
    }
}
