// Why this file exists: each encrypted object has a random key of its own, and every chunk of it is sealed here.
// Invariant: a nonce is never used twice with a key: it is random, 96 bits, and a key seals at most 2^26 chunks
// (5 TiB of 64 KiB), so that even one repetition among all of them has a chance under 2^-44.

/// The key of one object (or of one upload in parts, whose parts share it).
public struct DataKey: Sendable {
    /// What is stored of it.
    public let encryption: ObjectEncryption
    private let key: SymmetricKey

    /// So many bytes is a sealed chunk longer than what it holds.
    static let overhead = AES256GCM.nonceLength + AES256GCM.tagLength

    init(_ key: SymmetricKey, encryption: ObjectEncryption) {
        self.key = key
        self.encryption = encryption
    }

    /// The stored form of a chunk's bytes.
    func seal(_ plaintext: [UInt8], as chunk: ChunkID) throws(StoreError) -> [UInt8] {
        AES256GCM.seal(
            plaintext, with: key, nonce: try SymmetricKey.randomBytes(AES256GCM.nonceLength),
            authenticating: DataKey.boundBytes(chunk, length: plaintext.count))
    }

    /// The bytes of a chunk.
    /// - Throws: ``StoreError/corrupt(_:)`` unless they are exactly what was sealed as that chunk under this key.
    func open(_ stored: [UInt8], of chunk: ChunkID) throws(StoreError) -> [UInt8] {
        let bound = DataKey.boundBytes(chunk, length: stored.count - DataKey.overhead)
        guard let plaintext = AES256GCM.open(stored, with: key, authenticating: bound) else {
            throw .corrupt("chunk \(chunk.value) is not what was sealed under the object's key")
        }
        return plaintext
    }

    /// The ETag of content under this key. Where it is not the MD5, it tells nothing about the content to those who
    /// lack the key, and is the same for the same content.
    func etag(md5: [UInt8]) -> String {
        Hex.encode(encryption.hasDigestAsETag ? md5 : Array(key.code("cairn etag", md5).prefix(16)))
    }

    // A chunk's number is never used twice, so a sealed chunk is good in one place only.
    private static func boundBytes(_ chunk: ChunkID, length: Int) -> [UInt8] {
        var bytes = Array("cairn chunk\u{0}".utf8)
        for value in [chunk.value, Int64(length)] {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
