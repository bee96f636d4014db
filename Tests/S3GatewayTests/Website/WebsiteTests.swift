// Why this file exists: buckets as websites: what is taken as a configuration, and what browsers are told. The pages go
// through the whole service, as requests with another Host.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct WebsiteTests {
    private static let pages =
        "<IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>error.html</Key></ErrorDocument>"

    private static func document(_ content: String) -> String {
        "<WebsiteConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(content)</WebsiteConfiguration>"
    }

    private static func rules(_ rules: String...) -> String {
        pages + "<RoutingRules>" + rules.map { "<RoutingRule>\($0)</RoutingRule>" }.joined() + "</RoutingRules>"
    }

    /// A bucket `bucket` with pages, of which those under `private/` are for nobody.
    private static func run(
        _ configuration: String = pages, listable: Bool = false, domains: [String] = ["s3-website.localhost"],
        accessLog: (any AccessLogSink)? = nil, _ work: (GatewayHarness) async throws -> Void
    ) async throws {
        var settings = S3Service.Configuration()
        settings.addressing = S3Request.Configuration(virtualHostDomains: ["localhost"])
        settings.websites = WebsiteDomains(domains)
        let gateway = try await GatewayHarness(configuration: settings, accessLog: accessLog)
        do {
            _ = await gateway.send(.put, "/bucket")
            for (key, text) in [
                ("index.html", "home"), ("docs/index.html", "docs"), ("error.html", "sorry"), ("private/a", "secret"),
                ("page", "0123456789"),
            ] {
                let put = await gateway.send(
                    .put, "/bucket/\(key)", ["content-type": "text/html; charset=utf-8"], text: text)
                #expect(put.status == 200)
            }
            let everybody = "{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": "
            let list = "\(everybody)\"s3:ListBucket\", \"Resource\": \"arn:aws:s3:::bucket\"}"
            let read = "\(everybody)\"s3:GetObject\", \"NotResource\": \"arn:aws:s3:::bucket/private/*\"}"
            let policy = "{\"Version\": \"2012-10-17\", \"Statement\": [\(read)\(listable ? ", \(list)" : "")]}"
            try await gateway.store.setBucketSetting(
                "policy", to: Array(policy.utf8), of: try gateway.store.bucket("bucket"))
            if !configuration.isEmpty {
                #expect(await gateway.send(.put, "/bucket?website", text: document(configuration)).status == 200)
            }
            try await work(gateway)
        } catch {
            await gateway.close()
            throw error
        }
        await gateway.close()
    }

    private static func get(
        _ target: String, from gateway: GatewayHarness, method: HTTPMethod = .get,
        host: String = "bucket.s3-website.localhost:9000", headers: [(String, String)] = []
    ) async -> Received {
        let all = [("host", host)] + headers
        let handled = await gateway.service.respond(
            to: GatewayHarness.rawHead(method, target: target, headers: all.map { (name: $0.0, value: $0.1) }),
            body: PiecewiseBody([], announcedLength: 0))
        handled.whenSent?(
            ExchangeSummary(
                status: handled.response.status, bytesSent: 0, bytesReceived: 0, totalNanoseconds: 1,
                turnaroundNanoseconds: 1, isComplete: true))
        return await GatewayHarness.received(handled.response)
    }

    // MARK: The configuration

    @Test(
        "a configuration is given back as it was set",
        arguments: [
            pages, "<IndexDocument><Suffix>i</Suffix></IndexDocument>",
            "<RedirectAllRequestsTo><HostName>example.com</HostName><Protocol>https</Protocol></RedirectAllRequestsTo>",
            rules(
                "<Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>"
                    + "<KeyPrefixEquals>a&amp;b/</KeyPrefixEquals></Condition><Redirect><HostName>example.com</HostName>"
                    + "<Protocol>http</Protocol><HttpRedirectCode>302</HttpRedirectCode>"
                    + "<ReplaceKeyPrefixWith>c/</ReplaceKeyPrefixWith></Redirect>",
                "<Redirect><ReplaceKeyWith>x</ReplaceKeyWith></Redirect>"),
        ])
    func roundTrip(_ configuration: String) async throws {
        try await Self.run(configuration) { gateway in
            let told = await gateway.send(.get, "/bucket?website")
            #expect(told.text.hasSuffix(Self.document(configuration)), "\(told.text)")
            #expect(await gateway.send(.delete, "/bucket?website").status == 204)
            #expect(await gateway.send(.get, "/bucket?website").code == "NoSuchWebsiteConfiguration")
            #expect(await Self.get("/", from: gateway).status == 404)
        }
    }

    @Test(
        "what is no configuration",
        arguments: [
            ("", "InvalidArgument"), ("<IndexDocument/>", "InvalidArgument"),
            ("<IndexDocument><Suffix>a/b</Suffix></IndexDocument>", "InvalidArgument"),
            ("<Index/>", "MalformedXML"), (pages + pages, "MalformedXML"),
            ("<IndexDocument><Suffix>i</Suffix></IndexDocument><ErrorDocument/>", "MalformedXML"),
            (
                "<IndexDocument><Suffix>i</Suffix></IndexDocument><ErrorDocument><Key></Key></ErrorDocument>",
                "InvalidArgument"
            ),
            (pages + "<RedirectAllRequestsTo><HostName>h</HostName></RedirectAllRequestsTo>", "InvalidArgument"),
            ("<RedirectAllRequestsTo><Protocol>http</Protocol></RedirectAllRequestsTo>", "MalformedXML"),
            ("<RedirectAllRequestsTo><HostName></HostName></RedirectAllRequestsTo>", "InvalidRequest"),
            (
                "<RedirectAllRequestsTo><HostName>h</HostName><Protocol>ftp</Protocol></RedirectAllRequestsTo>",
                "InvalidRequest"
            ),
            (
                "<RedirectAllRequestsTo><HostName>h&#13;&#10;set-cookie: a</HostName></RedirectAllRequestsTo>",
                "InvalidArgument"
            ),
            (pages + "<RoutingRules></RoutingRules>", "MalformedXML"),
            (rules("<Condition><KeyPrefixEquals>a</KeyPrefixEquals></Condition>"), "MalformedXML"),
            (rules("<Condition/><Redirect><HostName>h</HostName></Redirect>"), "InvalidRequest"),
            (rules("<Redirect/>"), "InvalidRequest"),
            (
                rules(
                    "<Redirect><ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>"
                        + "</Redirect>"), "InvalidRequest"
            ),
            (
                rules("<Redirect><HostName>h</HostName><HttpRedirectCode>300</HttpRedirectCode></Redirect>"),
                "InvalidRequest"
            ),
            (
                rules(
                    "<Condition><HttpErrorCodeReturnedEquals>200</HttpErrorCodeReturnedEquals></Condition><Redirect>"
                        + "<HostName>h</HostName></Redirect>"), "InvalidRequest"
            ),
        ])
    func wrong(_ configuration: String, _ code: String) async throws {
        try await GatewayHarness.run { gateway in
            let answer = await gateway.send(.put, "/bucket?website", text: Self.document(configuration))
            #expect(answer.code == code, "\(answer.text)")
            #expect(await gateway.send(.get, "/bucket?website").code == "NoSuchWebsiteConfiguration")
        }
    }

    @Test("fifty rules fit, one more does not")
    func ruleCount() throws {
        let rule = "<RoutingRule><Redirect><HostName>h</HostName></Redirect></RoutingRule>"
        for (count, fits) in [(50, true), (51, false)] {
            let list = String(repeating: rule, count: count)
            let bytes = Array(Self.document("\(Self.pages)<RoutingRules>\(list)</RoutingRules>").utf8)
            #expect(((try? WebsiteConfiguration(bytes)) != nil) == fits)
        }
    }

    // MARK: Pages

    @Test(
        "pages are found as on AWS",
        arguments: [
            ("/", 200, "home"), ("/index.html", 200, "home"), ("/docs/", 200, "docs"), ("/page", 200, "0123456789"),
            // The query of a page says nothing.
            ("/page?versionId=x&response-content-type=y&acl", 200, "0123456789"),
            ("/missing", 404, "sorry"), ("/missing/", 404, "sorry"), ("/private/a", 403, "sorry"),
        ])
    func found(_ target: String, _ status: Int, _ text: String) async throws {
        try await Self.run(listable: true) { gateway in
            let got = await Self.get(target, from: gateway)
            #expect(got.status == status)
            #expect(got.text == text)
            #expect(got["content-type"] == "text/html; charset=utf-8")
            let head = await Self.get(target, from: gateway, method: .head)
            #expect(head.status == status)
            #expect(head.body.isEmpty)
            #expect(head.announcedLength == Int64(text.utf8.count))
        }
    }

    @Test("who may not list learns of no key that is missing, and the folder without a slash is found all the same")
    func withoutListing() async throws {
        try await Self.run { gateway in
            let missing = await Self.get("/missing", from: gateway)
            #expect(missing.status == 403)
            #expect(missing["x-amz-error-code"] == "AccessDenied")
            let folder = await Self.get("/docs", from: gateway)
            #expect(folder.status == 302)
            #expect(folder["location"] == "/docs/")
        }
    }

    @Test("a folder that looks like another host stays a folder of this one")
    func folderRedirect() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/bucket//evil.com/index.html", text: "x")
            let folder = await Self.get("//evil.com", from: gateway)
            #expect(folder.status == 302)
            #expect(folder["location"] == "/%2Fevil.com/")
        }
    }

    @Test("without a page for errors, one is made, and nothing in it can run")
    func errorPage() async throws {
        let index = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"
        try await Self.run(index, listable: true) { gateway in
            let page = await Self.get("/%3Cscript%3Ealert('1')%3C/script%3E%0A%22", from: gateway)
            #expect(page.status == 404)
            #expect(page["content-type"] == "text/html; charset=utf-8")
            #expect(page.text.contains("<h1>404 Not Found</h1>"))
            #expect(page.text.contains("<li>Code: NoSuchKey</li>"))
            #expect(
                page.text.contains(
                    "<li>Key: &lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;\u{FFFD}&quot;</li>"))
            #expect(!page.text.contains("<script"))
            #expect(await Self.get("/private/a", from: gateway).text.contains("<h1>403 Forbidden</h1>"))
        }
    }

    @Test("a page for errors that nobody may read is told of")
    func hiddenErrorDocument() async throws {
        let pages =
            "<IndexDocument><Suffix>i</Suffix></IndexDocument><ErrorDocument><Key>private/a</Key></ErrorDocument>"
        try await Self.run(pages) { gateway in
            let page = await Self.get("/missing", from: gateway)
            #expect(page.status == 403)
            #expect(page.text.contains("An Error Occurred While Attempting to Retrieve a Custom Error Document"))
            #expect(!page.text.contains("secret"))
        }
    }

    @Test("nothing is believed about who asks: a signature opens no page, and none is refused for a wrong one")
    func signatures() async throws {
        try await Self.run { gateway in
            let wrong = [("authorization", "AWS4-HMAC-SHA256 Credential=nonsense")]
            #expect(await Self.get("/page", from: gateway, headers: wrong).status == 200)
            let signed = RequestSigner(accessKey: gateway.alice.id, secret: Secret(gateway.alice.secret)).headers(
                method: .get, path: "/private/a", query: [],
                headers: [("host", "bucket.s3-website.localhost:9000")], payload: "UNSIGNED-PAYLOAD", now: 0)
            let answer = await Self.get(
                "/private/a", from: gateway, headers: signed.filter { $0.name != "host" }.map { ($0.name, $0.value) })
            #expect(answer.status == 403)
        }
    }

    @Test("pages change by policy at once, and the public access block closes the website")
    func permissions() async throws {
        try await Self.run { gateway in
            #expect(await Self.get("/page", from: gateway).status == 200)
            let block = await gateway.send(
                .put, "/bucket?publicAccessBlock",
                text: "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets>"
                    + "</PublicAccessBlockConfiguration>")
            #expect(block.status == 200)
            #expect(await Self.get("/page", from: gateway).status == 403)
        }
    }

    @Test(
        "methods that write, and those that list, are not a website's",
        arguments: [HTTPMethod.put, .post, .delete, .options])
    func methods(_ method: HTTPMethod) async throws {
        try await Self.run { gateway in
            let answer = await Self.get("/page", from: gateway, method: method)
            #expect(answer.status == 405)
            #expect(answer["allow"] == "GET, HEAD")
            #expect(answer.text.contains("<li>Code: MethodNotAllowed</li>"))
            #expect(await Self.get("/page", from: gateway).text == "0123456789")
        }
    }

    @Test("ranges and conditions are those of GetObject")
    func ranges() async throws {
        try await Self.run { gateway in
            let part = await Self.get("/page", from: gateway, headers: [("range", "bytes=2-4")])
            #expect(part.status == 206)
            #expect(part.text == "234")
            #expect(part["content-range"] == "bytes 2-4/10")
            let etag = try #require(part["etag"])
            let same = await Self.get("/page", from: gateway, headers: [("if-none-match", etag)])
            #expect(same.status == 304)
            #expect(same.body.isEmpty)
            #expect(await Self.get("/page", from: gateway, headers: [("if-match", "\"x\"")]).status == 412)
            let beyond = await Self.get("/page", from: gateway, headers: [("range", "bytes=99-")])
            #expect(beyond.status == 416)
            #expect(beyond["content-range"] == "bytes */10")
            // A condition about the page says nothing of the page for errors.
            #expect(
                await Self.get("/missing", from: gateway, headers: [("range", "bytes=0-1"), ("if-match", "\"x\"")]).text
                    == "sorry")
        }
    }

    // MARK: Redirects

    @Test("an object that is elsewhere is 301, for those who may read it")
    func objectRedirect() async throws {
        try await Self.run { gateway in
            for (key, place) in [("old", "/new page"), ("other", "https://example.com/a?b=1#c"), ("private/b", "/x")] {
                _ = await gateway.send(.put, "/bucket/\(key)", ["x-amz-website-redirect-location": place], text: "")
            }
            let moved = await Self.get("/old", from: gateway)
            #expect(moved.status == 301)
            #expect(moved["location"] == "/new%20page")
            #expect(await Self.get("/other", from: gateway)["location"] == "https://example.com/a?b=1#c")
            #expect(await Self.get("/private/b", from: gateway).status == 403)
            // For S3 it is an object like any other.
            #expect(await gateway.send(.get, "/bucket/old")["x-amz-website-redirect-location"] == "/new page")
        }
    }

    @Test("everything is sent elsewhere, with path and query")
    func redirectAll() async throws {
        let all = "<RedirectAllRequestsTo><HostName>example.com</HostName></RedirectAllRequestsTo>"
        try await Self.run(all) { gateway in
            let answer = await Self.get("/a%20b/?c=d", from: gateway)
            #expect(answer.status == 301)
            #expect(answer["location"] == "http://example.com/a%20b/?c=d")
            let odd = await Self.get("/a?x\"<>", from: gateway)
            #expect(odd["location"] == "http://example.com/a?x%22%3C%3E")
        }
    }

    @Test(
        "rules decide in their order, before a look-up and after a refusal",
        arguments: [
            ("/docs/a%0Db", 301, "http://bucket.s3-website.localhost:9000/documents/a%0Db"),
            ("/docs/?q=1", 301, "http://bucket.s3-website.localhost:9000/documents/?q=1"),
            ("/missing/%C3%A4", 302, "https://example.com/report?key=missing/%C3%A4"),
            ("/images/x", 307, "http://bucket.s3-website.localhost:9000/none.png"),
            ("/page", 200, nil),
        ] as [(String, Int, String?)])
    func routing(_ target: String, _ status: Int, _ location: String?) async throws {
        let rules = Self.rules(
            "<Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition><Redirect>"
                + "<ReplaceKeyPrefixWith>documents/</ReplaceKeyPrefixWith></Redirect>",
            "<Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals><KeyPrefixEquals>images/"
                + "</KeyPrefixEquals></Condition><Redirect><HttpRedirectCode>307</HttpRedirectCode>"
                + "<ReplaceKeyWith>none.png</ReplaceKeyWith></Redirect>",
            "<Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect>"
                + "<Protocol>https</Protocol><HostName>example.com</HostName><HttpRedirectCode>302</HttpRedirectCode>"
                + "<ReplaceKeyPrefixWith>report?key=</ReplaceKeyPrefixWith></Redirect>")
        try await Self.run(rules, listable: true) { gateway in
            let answer = await Self.get(target, from: gateway)
            #expect(answer.status == status)
            #expect(answer["location"] == location)
        }
    }

    // MARK: Addresses

    @Test(
        "a host is a website's or S3's, and never both",
        arguments: [
            ("bucket.s3-website.localhost", "bucket"), ("BUCKET.S3-Website.LocalHost:80", "bucket"),
            ("a.b.s3-website.localhost", "a.b"), ("s3-website.localhost", "s3-website.localhost"),
            ("bucket.localhost", nil), ("localhost", nil), ("xs3-website.localhost", nil),
            (".s3-website.localhost", nil), ("bucket.s3-website.localhost:80x", nil),
            ("www.example.org", "www.example.org"), ("a.www.example.org", "a"),
            ("bucket.s3.www.example.org", nil), ("", nil),
        ] as [(String, String?)])
    func hosts(_ host: String, _ bucket: String?) {
        let domains = WebsiteDomains(["s3-website.localhost", "www.example.org"])
        let addressing = S3Request.Configuration(virtualHostDomains: ["localhost", "s3.www.example.org"])
        let head = GatewayHarness.rawHead(.get, target: "/", headers: [("host", host)])
        #expect(domains.bucket(inHostOf: head, addressing: addressing) == bucket)
    }

    @Test("S3 is served beside websites, and what is not there is told as a page")
    func besideS3() async throws {
        try await Self.run { gateway in
            #expect(await Self.get("/page", from: gateway, host: "bucket.localhost").text == "0123456789")
            #expect(await Self.get("/page", from: gateway, host: "bucket.localhost")["x-amz-error-code"] == nil)
            let missing = await Self.get("/", from: gateway, host: "missing.s3-website.localhost")
            #expect(missing.status == 404)
            #expect(missing.text.contains("<li>Code: NoSuchBucket</li>"))
            _ = await gateway.send(.put, "/plain")
            let plain = await Self.get("/", from: gateway, host: "plain.s3-website.localhost")
            #expect(plain.status == 404)
            #expect(plain.text.contains("<li>Code: NoSuchWebsiteConfiguration</li>"))
        }
    }

    @Test("pages are in the access log as AWS names them, and pages of other origins may use them by the rules")
    func logAndCORS() async throws {
        let log = LogBook()
        try await Self.run(accessLog: log) { gateway in
            _ = await gateway.send(
                .put, "/bucket?cors",
                text: "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
                    + "</CORSRule></CORSConfiguration>")
            let page = await Self.get("/docs/", from: gateway, headers: [("origin", "https://a.example")])
            #expect(page["access-control-allow-origin"] == "*")
            let record = try #require(log.records.all.last)
            #expect(record.operation == "WEBSITE.GET.OBJECT")
            #expect(record.operationName == "GetObject")
            #expect(record.bucket == "bucket")
            #expect(record.key == "docs/index.html")
            #expect(record.requester == nil)
            #expect(record.objectSize == 4)
            _ = await Self.get("/missing", from: gateway)
            #expect(log.records.all.last?.errorCode == "AccessDenied")
        }
    }

    private final class LogBook: AccessLogSink {
        let records = Notebook<AccessLogRecord>()
        func record(_ record: AccessLogRecord) { records.note(record) }
    }
}
