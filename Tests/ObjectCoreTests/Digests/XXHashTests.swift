// Why this file exists: xxHash is our own code; its results are those of the reference implementation for each of the
// ranges of lengths that it treats differently, and for both sides of every border between them.
import Testing

@testable import ObjectCore

@Suite struct XXHashTests {
    struct Vector: Sendable {
        let length: Int
        let x64: String
        let x3: String
        let x128: String
    }

    /// The content of the reference implementation's own self-test: the top byte of a multiplicative generator.
    static func content(_ count: Int) -> [UInt8] {
        var state: UInt64 = 2_654_435_761
        return (0..<count).map { _ in
            defer { state &*= 11_400_714_785_074_694_797 }
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    // Made with the reference implementation (xxHash 0.8.4) over that content.
    static let vectors = [
        Vector(
            length: 0, x64: "ef46db3751d8e999", x3: "2d06800538d394c2",
            x128: "99aa06d3014798d86001c324468d497f"),
        Vector(
            length: 1, x64: "e934a84adb052768", x3: "c44bdff4074eecdb",
            x128: "a6cd5e9392000f6ac44bdff4074eecdb"),
        Vector(
            length: 2, x64: "5d48cd60a77e23ff", x3: "7a9978044cb8a8bb",
            x128: "76750c3c7bf956687a9978044cb8a8bb"),
        Vector(
            length: 3, x64: "ff7e1959cb50794a", x3: "54247382a8d6b94d",
            x128: "20efc49ff02422ea54247382a8d6b94d"),
        Vector(
            length: 4, x64: "9136a0dca57457ee", x3: "e5dc74bc51848a51",
            x128: "970d585ac632bf8e2e7d8d6876a39fe9"),
        Vector(
            length: 6, x64: "c72565b7154268a8", x3: "27b56a84cd2d7325",
            x128: "082afe0b8162d12a3e7039bdda43cfc6"),
        Vector(
            length: 8, x64: "cdbcf538e71d1348", x3: "24ccc9acaa9f65e4",
            x128: "47a7f080d82bb45664c69cab4bb21dc5"),
        Vector(
            length: 9, x64: "554b1ae991eda6b6", x3: "14d5001c15dd3f2b",
            x128: "564ef6078950d457ed7ccbc501eb7501"),
        Vector(
            length: 12, x64: "0723bf50086ead9a", x3: "a713daf0dfbb77e7",
            x128: "6e3efd8fc7802b18061a192713f69ad9"),
        Vector(
            length: 14, x64: "8282dcc4994e35c8", x3: "1ac0bbda2b9fcf03",
            x128: "b2623398aa0bda1e352b80797cda6247"),
        Vector(
            length: 16, x64: "98c90b57fdfcb55c", x3: "981b17d36c7498c9",
            x128: "c68c368ecf8a9c05562980258a998629"),
        Vector(
            length: 17, x64: "0d39a2d051a30c2c", x3: "796f5acd3a60f862",
            x128: "955fa78643ed3669abbc12d11973d7db"),
        Vector(
            length: 31, x64: "299b39a290e6d783", x3: "5d516692ca764c50",
            x128: "301048a7ab476d21ec8365e74dc00653"),
        Vector(
            length: 32, x64: "18b216492bb44b70", x3: "9feaddbdbf57eed3",
            x128: "98fc6458710dc2e8278410a17595e3f9"),
        Vector(
            length: 33, x64: "55c8dc3e578f5b59", x3: "abfb2d081b400a10",
            x128: "3103c192ceaa2dede593bc4e5914c9d1"),
        Vector(
            length: 64, x64: "ef558f8acac2b5cd", x3: "9cb48487720ec49d",
            x128: "6d90e81a9b0fd622efdb6a44690721a9"),
        Vector(
            length: 65, x64: "de0f20dc2631af7a", x3: "fd81aac4bebc3883",
            x128: "6c074d65e54db85afe2f650fa500ec6e"),
        Vector(
            length: 96, x64: "105064e743edd1d9", x3: "935a769a7f94776f",
            x128: "d9d0b885f56c93f1e9324473ea9afebe"),
        Vector(
            length: 97, x64: "097b16e4e9b0a2e3", x3: "ca4ca268fd3c3a6c",
            x128: "09dff37faa6b284c7c87228ae9671ba7"),
        Vector(
            length: 128, x64: "90ca021457d96dc5", x3: "fcff24126754d861",
            x128: "39992220e045260aebb15e34a7fb5ab1"),
        Vector(
            length: 129, x64: "41c280132d697aba", x3: "98f1b0a679a2ca29",
            x128: "03815fc91f1b30b686c9e3bc8f0a3b5c"),
        Vector(
            length: 160, x64: "5b11efe8de350a3b", x3: "9d03a319ed4cbd2b",
            x128: "ba5d218964b622ad737126c8d7c09cee"),
        Vector(
            length: 195, x64: "52b73ecdb3ef30e4", x3: "cd94217ee362ec3a",
            x128: "7729543a26b207ee3fb593c086a66075"),
        Vector(
            length: 222, x64: "b641ae8cb691c174", x3: "b9163b558664d356",
            x128: "337e09641b948717f1aebd597cec6b3a"),
        Vector(
            length: 239, x64: "b93713464372da03", x3: "16ce2b9d3b28805d",
            x128: "e59fc6554b5008bcf895e8b860b8a593"),
        Vector(
            length: 240, x64: "b81838d483baee53", x3: "81c3c2b67f568ccf",
            x128: "aa4202daa2769dc85c9aae94c8ebe5a0"),
        Vector(
            length: 241, x64: "95d76c8b4d8fc4d6", x3: "c5a639ecd2030e5e",
            x128: "99a80ecf0ecfc647c5a639ecd2030e5e"),
        Vector(
            length: 255, x64: "a80f35bb0dc8e3a7", x3: "e98f979f4ed8a197",
            x128: "961375c87e09efbce98f979f4ed8a197"),
        Vector(
            length: 256, x64: "5e3f5bf94d574981", x3: "55de574ad89d0ac5",
            x128: "8b1c66091423d28855de574ad89d0ac5"),
        Vector(
            length: 403, x64: "d99858fee82283df", x3: "cdeb804d65c6dea4",
            x128: "1b6de21e332dd73dcdeb804d65c6dea4"),
        Vector(
            length: 512, x64: "4358d2fdd62b58a7", x3: "617e49599013cb6b",
            x128: "18d2d110dcc9bca1617e49599013cb6b"),
        Vector(
            length: 1023, x64: "aac72718b7620924", x3: "87a8f7b2f2e22496",
            x128: "e8083e4d83214c3c87a8f7b2f2e22496"),
        Vector(
            length: 1024, x64: "4775bf7cace4d177", x3: "dd85c9b5c1109c5c",
            x128: "0d30d24071c64c57dd85c9b5c1109c5c"),
        Vector(
            length: 1025, x64: "847fa6006d7c2ac0", x3: "d870c0fa13211c6a",
            x128: "fd3ee4fe7f2954c6d870c0fa13211c6a"),
        Vector(
            length: 1088, x64: "fd460a306f72cb1b", x3: "cc1450ea6b52a8f4",
            x128: "e0fa3b9e9fb69d83cc1450ea6b52a8f4"),
        Vector(
            length: 2048, x64: "5940f2752bc04387", x3: "dd59e2c3a5f038e0",
            x128: "f736557fd47073a5dd59e2c3a5f038e0"),
        Vector(
            length: 2049, x64: "3bac0fef077cbfb5", x3: "d3afa4329779b921",
            x128: "4cd2bd192f2d70bdd3afa4329779b921"),
        Vector(
            length: 2240, x64: "a4edb3c85b99b1d9", x3: "6e73a90539cf2948",
            x128: "ccb134fbfa7ce49d6e73a90539cf2948"),
        Vector(
            length: 2367, x64: "a82418ddec0ea581", x3: "cb37aeb9e5d361ed",
            x128: "e89c0f6ff369b427cb37aeb9e5d361ed"),
        Vector(
            length: 4096, x64: "ab77f4af85f4e70b", x3: "e91206429d1f48f9",
            x128: "b9cfaea2ca5626a4e91206429d1f48f9"),
        Vector(
            length: 65543, x64: "10dde230d8f03fc5", x3: "30f4f3c32b87aab2",
            x128: "9661637f089e57f930f4f3c32b87aab2"),
    ]

    @Test("the reference implementation's digests come out", arguments: vectors)
    func reference(_ vector: Vector) {
        for (algorithm, expected) in [
            (DigestAlgorithm.xxhash64, vector.x64), (.xxhash3, vector.x3), (.xxhash128, vector.x128),
        ] {
            let hasher = DigestHasher(algorithm)
            hasher.update(Self.content(vector.length))
            #expect(Hex.encode(hasher.finalize()) == expected, "\(algorithm), \(vector.length) bytes")
        }
    }

    @Test(
        "pieces of every length up to a block's give what one piece gives", arguments: [1, 7, 31, 64, 65, 1023, 1024])
    func pieces(_ length: Int) {
        let content = Self.content(5000)
        for algorithm in [DigestAlgorithm.xxhash64, .xxhash3, .xxhash128] {
            let hasher = DigestHasher(algorithm)
            for total in [239, 240, 241, 1024, 1025, 2048, 2049, 2100, 5000] {
                hasher.update(content[..<total])
                let whole = hasher.finalize()
                var position = 0
                while position < total {
                    let next = min(position + length, total)
                    hasher.update(content[position..<next])
                    position = next
                }
                #expect(hasher.finalize() == whole, "\(algorithm), \(total) bytes by \(length)")
            }
        }
    }
}
