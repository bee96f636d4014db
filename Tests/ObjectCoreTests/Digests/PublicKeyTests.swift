// Why this file exists: which numbers are keys at all; that signatures verify, and false ones do not, is tried with whole
// tokens where these are read.
import Testing

@testable import ObjectCore

@Suite struct PublicKeyTests {
    // The base point of P-256. See: FIPS 186-4 section D.1.2.3.
    private static let x = Hex.decode("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296") ?? []
    private static let y = Hex.decode("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5") ?? []

    @Test("a point that is not on the curve is no key")
    func curve() {
        #expect(PublicKey(curve: .p256, x: Self.x, y: Self.y) != nil)
        var off = Self.y
        off[31] ^= 1
        #expect(PublicKey(curve: .p256, x: Self.x, y: off) == nil)
        #expect(PublicKey(curve: .p256, x: [0] + Self.x, y: Self.y) == nil)
        #expect(PublicKey(curve: .p384, x: Self.x, y: Self.y) == nil)
        #expect(PublicKey(curve: .p256, x: [], y: []) == nil)
    }

    @Test(
        "RSA keys have a size and an odd exponent",
        arguments: [
            (256, [1, 0, 1], true), (512, [3], true), (256, [1, 0, 0], false), (256, [1], false), (256, [], false),
            (256, [0, 0, 1], false), (128, [1, 0, 1], false), (1032, [1, 0, 1], false), (4096, [1, 0, 1], false),
            (256, [1, 1, 1, 1, 1, 1, 1, 1, 1], false), (0, [1, 0, 1], false),
        ] as [(Int, [UInt8], Bool)])
    func sizes(length: Int, exponent: [UInt8], isKey: Bool) {
        let modulus = [UInt8](repeating: 0xC3, count: length)
        #expect((PublicKey(rsaModulus: modulus, exponent: exponent) != nil) == isKey)
        #expect((PublicKey(rsaModulus: [0] + modulus, exponent: exponent) != nil) == isKey, "with its sign")
    }

    @Test("a signature of any length that is none is false", arguments: [0, 1, 63, 64, 65, 256, 1000])
    func nonsense(length: Int) throws {
        let signature = [UInt8](repeating: 1, count: length)
        let point = try #require(PublicKey(curve: .p256, x: Self.x, y: Self.y))
        let modulus = try #require(
            PublicKey(rsaModulus: [UInt8](repeating: 0xC3, count: 256), exponent: [1, 0, 1]))
        for algorithm in SignatureAlgorithm.allCases {
            #expect(!point.verify(signature: signature, of: [1, 2, 3], by: algorithm))
            #expect(!modulus.verify(signature: signature, of: [], by: algorithm))
        }
    }
}
