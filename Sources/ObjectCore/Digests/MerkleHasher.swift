// Why this file exists: an audit hashes every entry of a journal and every node above them. Here that is one call into
// OpenSSL each, into memory that the caller owns: nothing is allocated and nothing is looked up for a hash.

/// Hashes of RFC 6962 (section 2.1), many after another. One owner, one thread at a time.
package struct MerkleHasher: ~Copyable {
    /// Length of a hash in bytes.
    package static let length = 32

    private let context = MessageDigestContext()

    package init() {}

    /// Writes SHA-256(0x00 ‖ entry) to `output`, which has room for ``length`` bytes.
    package func leaf(_ entry: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer) {
        hash(prefix: 0, entry, into: output)
    }

    /// Writes SHA-256(0x01 ‖ left ‖ right) to `output`, which may be one of the two.
    /// - Parameter children: two hashes, one behind the other.
    package func node(_ children: UnsafeRawPointer, into output: UnsafeMutableRawPointer) {
        hash(prefix: 1, UnsafeRawBufferPointer(start: children, count: 2 * MerkleHasher.length), into: output)
    }

    /// The root over a power of two of hashes, computed in their place: it lies at their beginning afterwards.
    package func reduce(_ hashes: UnsafeMutableRawPointer, count: Int) {
        var width = count
        while width > 1 {
            width /= 2
            for index in 0..<width {
                node(hashes + 2 * index * MerkleHasher.length, into: hashes + index * MerkleHasher.length)
            }
        }
    }

    private func hash(prefix: UInt8, _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer) {
        context.start(.sha256)
        withUnsafeBytes(of: prefix) { context.update($0) }
        context.update(bytes)
        context.finish(into: UnsafeMutableRawBufferPointer(start: output, count: MerkleHasher.length))
    }
}
