// Why this file exists: cross-origin rules: what is accepted as one, what a preflight is told, what is added to answers.
import Testing

@testable import S3Gateway

@Suite struct CORSTests {
    private static func document(_ rules: String...) -> String {
        "<CORSConfiguration>" + rules.map { "<CORSRule>\($0)</CORSRule>" }.joined() + "</CORSConfiguration>"
    }

    private static let rule =
        "<ID>one</ID><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
        + "<AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader>"
        + "<MaxAgeSeconds>60</MaxAgeSeconds>"

    private static func run(_ work: (GatewayHarness) async throws -> Void) async throws {
        try await GatewayHarness.run { gateway in
            let open = "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod>"
            #expect(await gateway.send(.put, "/bucket?cors", text: document(rule, open)).status == 200)
            try await work(gateway)
        }
    }

    @Test("rules are given back as they were set, until they are deleted")
    func roundTrip() async throws {
        try await Self.run { gateway in
            let told = await gateway.send(.get, "/bucket?cors")
            #expect(told.text.contains("<CORSRule>\(Self.rule)</CORSRule>"))
            #expect(told.all("AllowedOrigin") == ["https://*.example.com", "*"])
            #expect(await gateway.send(.delete, "/bucket?cors").status == 204)
            #expect(await gateway.send(.get, "/bucket?cors").code == "NoSuchCORSConfiguration")
            let others = await gateway.send(
                .put, "/bucket?cors", body: Array(Self.document(Self.rule).utf8), key: gateway.bob)
            #expect(others.code == "AccessDenied")
        }
    }

    @Test(
        "what is no rule",
        arguments: [
            ("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod>", "InvalidRequest"),
            ("<AllowedOrigin>*a*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>", "InvalidRequest"),
            (
                "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><ExposeHeader>x-*</ExposeHeader>",
                "InvalidRequest"
            ),
            (
                "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><ExposeHeader>a&#13;&#10;b: c"
                    + "</ExposeHeader>", "InvalidRequest"
            ),
            (
                "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>*-*</AllowedHeader>",
                "InvalidRequest"
            ),
            ("<AllowedMethod>GET</AllowedMethod>", "MalformedXML"),
            ("<AllowedOrigin>*</AllowedOrigin>", "MalformedXML"),
            ("<Origin>*</Origin>", "MalformedXML"),
            (
                "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>x</MaxAgeSeconds>",
                "MalformedXML"
            ),
        ])
    func wrong(_ rule: String, _ code: String) async throws {
        try await GatewayHarness.run { gateway in
            #expect(await gateway.send(.put, "/bucket?cors", text: Self.document(rule)).code == code)
            #expect(await gateway.send(.get, "/bucket?cors").code == "NoSuchCORSConfiguration")
        }
    }

    @Test("a hundred rules fit, one more does not")
    func count() throws {
        let rule = "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>"
        for (count, fits) in [(100, true), (101, false), (0, false)] {
            let text = "<CORSConfiguration>" + String(repeating: rule, count: count) + "</CORSConfiguration>"
            let read = try? CORSRules(Array(text.utf8))
            #expect((read != nil) == fits)
        }
    }

    @Test("a preflight is answered by the first rule that allows origin, method and headers")
    func preflight() async throws {
        try await Self.run { gateway in
            let allowed = await gateway.send(
                .options, "/bucket/key",
                [
                    "origin": "https://a.example.com", "access-control-request-method": "PUT",
                    "access-control-request-headers": "X-Amz-Date, x-amz-meta-a",
                ], signed: false)
            #expect(allowed.status == 200)
            #expect(allowed["access-control-allow-origin"] == "https://a.example.com")
            #expect(allowed["access-control-allow-methods"] == "GET, PUT")
            #expect(allowed["access-control-allow-headers"] == "x-amz-date, x-amz-meta-a")
            #expect(allowed["access-control-max-age"] == "60")
            #expect(allowed["access-control-expose-headers"] == "ETag")
            #expect(allowed["access-control-allow-credentials"] == "true")
            #expect(allowed["vary"]?.contains("Origin") == true)
            for (origin, method, headers) in [
                ("https://example.org", "PUT", "x-amz-date"), ("https://a.example.com", "DELETE", "x-amz-date"),
                ("https://a.example.com", "PUT", "authorization"),
            ] {
                let refused = await gateway.send(
                    .options, "/bucket/key",
                    [
                        "origin": origin, "access-control-request-method": method,
                        "access-control-request-headers": headers,
                    ], signed: false)
                #expect(refused.code == "AccessForbidden")
                #expect(refused["access-control-allow-origin"] == nil)
            }
        }
    }

    @Test("a preflight of a presigned address needs no signature of its own")
    func presigned() async throws {
        try await Self.run { gateway in
            let answer = await gateway.send(
                .options, "/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00",
                ["origin": "https://a.example.com", "access-control-request-method": "GET"], signed: false)
            #expect(answer.status == 200)
        }
    }

    @Test("answers to pages carry the headers, refusals too, and others do not")
    func answers() async throws {
        try await Self.run { gateway in
            let origin = ["origin": "https://a.example.com"] as KeyValuePairs
            #expect(
                await gateway.send(.put, "/bucket/key", origin, text: "x").headers.contains {
                    $0.name == "access-control-allow-origin" && $0.value == "https://a.example.com"
                })
            let missing = await gateway.send(.get, "/bucket/missing", origin)
            #expect(missing.status == 404)
            #expect(missing["access-control-allow-origin"] == "https://a.example.com")
            let denied = await gateway.send(.get, "/bucket/key", origin, signed: false)
            #expect(denied.status == 403)
            #expect(denied["access-control-allow-origin"] == "https://a.example.com")
            let deleted = await gateway.send(.delete, "/bucket/key", origin)
            #expect(deleted["access-control-allow-origin"] == nil)
            #expect(deleted["vary"]?.contains("Origin") == true)
            #expect(await gateway.send(.get, "/bucket/missing")["vary"] == nil)
            let head = await gateway.send(.head, "/bucket/missing", ["origin": "https://elsewhere"])
            #expect(head["access-control-allow-origin"] == "*")
            #expect(head["access-control-allow-credentials"] == nil)
        }
    }

    @Test(
        "a star stands for anything, once",
        arguments: [
            ("*", "x", true), ("a*", "a", true), ("a*", "b", false), ("*b", "ab", true), ("a*b", "ab", true),
            ("aa*aa", "aaa", false), ("a*b", "a-b-c", false), ("a", "a", true), ("a", "ab", false),
        ])
    func patterns(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(CORSRule.matches(text, pattern: pattern) == matches)
    }
}
