// Why this file exists: a provider is asked rarely, whatever tokens come; and its keys are not used for ever.
import ObjectCore
import Synchronization
import Testing

@testable import S3Gateway

/// A provider that a test controls, and the time.
private final class Provider: Sendable {
    struct State {
        var answer: [JSONWebKey]? = SampleTokens.keys
        var asked = 0
        var now: Int64 = 1000
    }

    let state = Mutex(State())

    var asked: Int { state.withLock { $0.asked } }

    func wait(_ seconds: Int64) { state.withLock { $0.now += seconds } }
    func answer(_ keys: [JSONWebKey]?) { state.withLock { $0.answer = keys } }

    func makeKeys() -> ProviderKeys {
        let fetch: ProviderKeys.Fetch = { _, _ throws(ProviderFault) in
            let answer = self.state.withLock { state in
                state.asked += 1
                return state.answer
            }
            guard let answer else { throw ProviderFault("down") }
            await Task.yield()
            return answer
        }
        return ProviderKeys(clock: { self.state.withLock { $0.now } }, fetch: fetch)
    }
}

@Suite struct ProviderKeysTests {
    private static let one = SampleTokens.issuer

    private static func ids(_ keys: ProviderKeys, _ id: String? = "rsa") async -> [String?]? {
        try? await keys.keys(of: one, keyID: id, reach: .anywhere).map(\.keyID)
    }

    @Test("keys are kept while they are fresh, and asked for again after that")
    func fresh() async {
        let provider = Provider()
        let keys = provider.makeKeys()
        for _ in 0..<10 { #expect(await Self.ids(keys) == ["rsa", "p256", "p384"]) }
        #expect(provider.asked == 1)
        provider.wait(ProviderKeys.freshSeconds)
        _ = await Self.ids(keys)
        #expect(provider.asked == 1)
        provider.wait(1)
        _ = await Self.ids(keys)
        #expect(provider.asked == 2)
    }

    @Test("a key that is not known is asked for once in an interval, and found when it is new")
    func unknown() async {
        let provider = Provider()
        let keys = provider.makeKeys()
        provider.answer([])
        #expect(await Self.ids(keys) == [])
        provider.answer(SampleTokens.keys)
        for _ in 0..<10 { #expect(await Self.ids(keys) == []) }
        #expect(provider.asked == 1)
        provider.wait(ProviderKeys.intervalSeconds)
        #expect(await Self.ids(keys)?.count == 3)
        #expect(await Self.ids(keys)?.count == 3)
        #expect(provider.asked == 2)
    }

    @Test("a provider that is down is left in peace, and its last keys hold for a while")
    func down() async {
        let provider = Provider()
        let keys = provider.makeKeys()
        provider.answer(nil)
        for _ in 0..<5 {
            await #expect(throws: IdentityError.self) {
                try await keys.keys(of: Self.one, keyID: nil, reach: .anywhere)
            }
        }
        #expect(provider.asked == 1)
        provider.wait(ProviderKeys.intervalSeconds)
        provider.answer(SampleTokens.keys)
        #expect(await Self.ids(keys)?.count == 3)
        provider.answer(nil)
        provider.wait(ProviderKeys.usableSeconds)
        #expect(await Self.ids(keys)?.count == 3)
        provider.wait(1)
        #expect(await Self.ids(keys) == nil)
    }

    @Test("those who ask at the same time share one question")
    func together() async {
        let provider = Provider()
        let keys = provider.makeKeys()
        await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<50 { group.addTask { await Self.ids(keys)?.count } }
            for await count in group { #expect(count == 3) }
        }
        #expect(provider.asked == 1)
    }

    @Test(
        "providers are asked over TLS, or on this machine",
        arguments: [
            ("https://idp.example.com", true), ("https://idp.example.com:8443/realms/x/", true),
            ("http://localhost:8080/x", true), ("http://127.0.0.1", true), ("http://[::1]:8080", true),
            ("http://127.0.0.1.example.com", false), ("http://idp.example.com", false), ("http://10.0.0.1", false),
            ("http://169.254.169.254", false), ("http://localhost.example.com", false),
            ("https://idp.example.com/?x", false), ("https://idp.example.com/#x", false),
            ("https://user@idp.example.com", false), ("ftp://idp.example.com", false), ("idp.example.com", false),
            ("", false),
        ])
    func addresses(text: String, isTaken: Bool) {
        #expect((ProviderAddress.read(text) != nil) == isTaken)
    }
}
