// Why this file exists: the cipher against published vectors, and against every flipped byte.
import Testing

@testable import ObjectCore

@Suite("AES256GCM")
struct AES256GCMTests {
    struct Vector: CustomTestStringConvertible {
        var key: String
        var nonce: String
        var plaintext: String
        var data: String
        var ciphertext: String
        var tag: String
        var testDescription: String { tag }
    }

    // McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test cases 13 to 16.
    static let published: [Vector] = [
        Vector(
            key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24), plaintext: "", data: "",
            ciphertext: "", tag: "530f8afbc74536b9a963b4f1c4cb738b"),
        Vector(
            key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24),
            plaintext: String(repeating: "0", count: 32), data: "", ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
            tag: "d0d1c8a799996bf0265b98b5d48ab919"),
        Vector(
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
            data: "",
            ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
            tag: "b094dac5d93471bdec1a502270e3cc6c"),
        Vector(
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            data: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
    ]

    @Test("seals and opens the published vectors", arguments: published)
    func matches(_ vector: Vector) throws {
        let key = try #require(SymmetricKey(Hex.decode(vector.key) ?? []))
        let data = try #require(Hex.decode(vector.data))
        let plaintext = try #require(Hex.decode(vector.plaintext))
        let nonce = try #require(Hex.decode(vector.nonce))
        let sealed = AES256GCM.seal(plaintext, with: key, nonce: nonce, authenticating: data)
        #expect(Hex.encode(sealed) == vector.nonce + vector.ciphertext + vector.tag)
        #expect(AES256GCM.open(sealed, with: key, authenticating: data) == plaintext)
    }

    @Test("no changed bit, no cut and no other data or key opens")
    func tampering() throws {
        let key = try SymmetricKey.random()
        let data = Array("bound".utf8)
        let plaintext = content(100)
        let sealed = AES256GCM.seal(
            plaintext, with: key, nonce: try SymmetricKey.randomBytes(12), authenticating: data)
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                #expect(AES256GCM.open(changed, with: key, authenticating: data) == nil, "byte \(index), bit \(bit)")
            }
        }
        for length in 0..<sealed.count {
            #expect(AES256GCM.open(Array(sealed.prefix(length)), with: key, authenticating: data) == nil)
        }
        #expect(AES256GCM.open(sealed, with: key, authenticating: Array("other".utf8)) == nil)
        #expect(AES256GCM.open(sealed, with: try SymmetricKey.random(), authenticating: data) == nil)
        #expect(AES256GCM.open(sealed, with: key, authenticating: data) == plaintext)
    }

    @Test("a key has 32 bytes", arguments: [0, 16, 31, 33])
    func keyLength(_ length: Int) {
        #expect(SymmetricKey([UInt8](repeating: 1, count: length)) == nil)
    }
}
