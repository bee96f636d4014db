// Why this file exists: who may register an identity provider must not learn by it what listens inside the server's network.
import Testing

@testable import S3Gateway

@Suite struct ClientReachTests {
    @Test(
        "addresses inside are no public ones",
        arguments: [
            [0, 0, 0, 0], [10, 1, 2, 3], [100, 64, 0, 1], [127, 0, 0, 1], [169, 254, 169, 254], [172, 16, 0, 1],
            [172, 31, 255, 255], [192, 0, 0, 8], [192, 168, 1, 1], [198, 18, 0, 1], [224, 0, 0, 1],
            [255, 255, 255, 255],
        ] as [[UInt8]])
    func inside(address: [UInt8]) { #expect(!ClientReach.isPublic(four: address)) }

    @Test(
        "others are",
        arguments: [[1, 1, 1, 1], [100, 63, 0, 1], [172, 32, 0, 1], [192, 1, 0, 1], [223, 1, 1, 1]] as [[UInt8]])
    func outside(address: [UInt8]) { #expect(ClientReach.isPublic(four: address)) }

    @Test("of IPv6 only global unicast is, and nothing that carries an IPv4 address")
    func six() {
        func address(_ start: [UInt8], last: UInt8 = 1) -> [UInt8] {
            start + [UInt8](repeating: 0, count: 15 - start.count) + [last]
        }
        for start in [[], [0xFC], [0xFD], [0xFE, 0x80], [0xFF, 0x02], [0x20, 0x02], [0x20, 0x01, 0, 0]] as [[UInt8]] {
            #expect(!ClientReach.isPublic(sixteen: address(start)))
        }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 127, 0, 0, 1]
        #expect(!ClientReach.isPublic(sixteen: mapped))
        #expect(ClientReach.isPublic(sixteen: address([0x26, 0x06, 0x47, 0])))
        #expect(ClientReach.isPublic(sixteen: address([0x20, 0x01, 0x48, 0x60])))
        #expect(!ClientReach.isPublic(sixteen: []))
    }
}
