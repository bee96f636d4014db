// Why this file exists: what a batch read answers: an archive in order, an entry for each item, reasons as entries.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct BatchReadTests {
    /// An entry as a reader of tar sees it.
    struct Entry {
        var name: String
        var records: [String: String]
        var content: [UInt8]
        subscript(_ keyword: String) -> String? { records["CAIRN." + keyword] }
    }

    /// Reads an archive after POSIX, not with the code under test.
    static func entries(of archive: [UInt8]) throws -> [Entry] {
        var entries: [Entry] = []
        var position = 0
        var records: [String: String] = [:]
        func text(_ offset: Int, _ count: Int) -> String {
            String(decoding: archive[position + offset..<position + offset + count].prefix { $0 != 0 }, as: UTF8.self)
        }
        while true {
            try #require(position + 512 <= archive.count, "the archive has no end")
            if archive[position..<position + 512].allSatisfy({ $0 == 0 }) { break }
            var header = Array(archive[position..<position + 512])
            for index in 148..<156 { header[index] = 32 }
            #expect(text(257, 5) == "ustar")
            #expect(Int(text(148, 6), radix: 8) == header.reduce(0) { $0 + Int($1) })
            let size = try #require(records["size"].flatMap { Int($0) } ?? Int(text(124, 11), radix: 8))
            let content = Array(archive[position + 512..<position + 512 + size])
            if archive[position + 156] == UInt8(ascii: "x") {
                records = [:]
                var rest = content[...]
                while !rest.isEmpty {
                    let length = try #require(Int(String(decoding: rest.prefix { $0 != 32 }, as: UTF8.self)))
                    let line = rest.prefix(length)
                    #expect(line.last == 10)
                    let pair = String(decoding: line.drop { $0 != 32 }.dropFirst().dropLast(), as: UTF8.self)
                    let mark = try #require(pair.firstIndex(of: "="))
                    records[String(pair[..<mark])] = String(pair[pair.index(after: mark)...])
                    rest = rest.dropFirst(length)
                }
            } else {
                entries.append(Entry(name: records["path"] ?? text(0, 100), records: records, content: content))
                records = [:]
            }
            position += 512 + (size + 511) / 512 * 512
        }
        #expect(archive.count == position + 1024)
        return entries
    }

    private static func read(_ gateway: GatewayHarness, _ items: String, _ target: String = "/bucket?cairn-batch")
        async throws -> [Entry]
    {
        let answer = await gateway.send(.post, target, text: "{\"items\":[\(items)]}")
        try #require(answer.status == 200, "\(answer.text)")
        #expect(answer["content-type"] == "application/x-tar")
        return try entries(of: answer.body)
    }

    @Test("items come in order, each with its status, and failures beside them")
    func order() async throws {
        try await GatewayHarness.run { gateway in
            let long = String(repeating: "ä", count: 200)
            let put = await gateway.send(.put, "/bucket/one", text: "first")
            _ = await gateway.send(.put, "/bucket/\(long)", text: "long name")
            _ = await gateway.send(.put, "/bucket/empty", text: "")
            let entries = try await Self.read(
                gateway,
                """
                {"key":"one"},{"key":"missing"},{"key":"\(long)"},{"key":"one","range":"bytes=1-2"},{"key":"empty"},
                {"key":"one","range":"bytes=9-"},{"key":"one","range":"lines=1"},{"key":""},
                {"key":"one","versionId":"none"},{"key":"one","versionId":"null"},{"key":"one"}
                """)
            #expect(entries.map { $0["index"] } == (0...10).map { String($0) })
            #expect(
                entries.map { $0["status"] }
                    == ["200", "404", "200", "206", "200", "416", "400", "400", "400", "200", "200"])
            #expect(
                entries.map { String(decoding: $0.content, as: UTF8.self) }
                    == ["first", "", "long name", "ir", "", "", "", "", "", "first", "first"])
            #expect(entries[0].name == "one" && entries[2].name == long && entries[1].name == "missing")
            #expect(entries[1]["code"] == "NoSuchKey" && entries[5]["code"] == "InvalidRange")
            #expect(entries[3]["content-range"] == "bytes 1-2/5")
            #expect(entries[0]["etag"].map { "\"\($0)\"" } == put["etag"])
        }
    }

    @Test("items of every size are whole, however they fall into buffers")
    func sizes() async throws {
        try await GatewayHarness.run { gateway in
            let sizes = [1, 511, 512, 513, 262_143, 262_144, 262_145, 3 << 20, 7, 600_000]
            for (number, size) in sizes.enumerated() {
                _ = await gateway.send(.put, "/bucket/\(number)", body: Self.bytes(size, UInt8(number)))
            }
            let order = [7, 0, 4, 5, 6, 9, 1, 2, 3, 7, 8]
            let entries = try await Self.read(gateway, order.map { "{\"key\":\"\($0)\"}" }.joined(separator: ","))
            for (entry, number) in zip(entries, order) {
                #expect(entry.content == Self.bytes(sizes[number], UInt8(number)), "\(sizes[number]) bytes")
            }
            #expect(entries.count == order.count)
        }
    }

    private static func bytes(_ count: Int, _ seed: UInt8) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) ^ seed }
    }

    @Test("a snapshot and the past are read as they were")
    func past() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/k", text: "old")
            _ = try await gateway.store.createSnapshot("s", of: try gateway.store.bucket("bucket"))
            _ = await gateway.send(.put, "/bucket/k", text: "new")
            #expect(try await Self.read(gateway, "{\"key\":\"k\"}", "/bucket.s?cairn-batch")[0].content == Array("old".utf8))
            #expect(try await Self.read(gateway, "{\"key\":\"k\"}")[0].content == Array("new".utf8))
        }
    }

    @Test("nobody reads what they may not")
    func permission() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/k", text: "secret")
            let body = Array("{\"items\":[{\"key\":\"k\"}]}".utf8)
            #expect(await gateway.send(.post, "/bucket?cairn-batch", body: body, key: gateway.bob).code == "AccessDenied")
            #expect(await gateway.send(.post, "/bucket?cairn-batch", body: body, signed: false).code == "AccessDenied")
        }
    }

    @Test(
        "what is no batch is refused as a whole",
        arguments: [
            "", "{}", "[]", "{\"items\":[{\"key\":1}]}", "{\"items\":[{\"key\":\"k\",\"ifMatch\":\"x\"}]}",
            "{\"items\":[],\"more\":1}", "{\"items\":[{}]}",
        ])
    func malformed(_ body: String) async throws {
        try await GatewayHarness.run { gateway in
            #expect(await gateway.send(.post, "/bucket?cairn-batch", text: body).code == "InvalidRequest")
        }
    }

    @Test("more than 10,000 items are refused; none give an empty archive")
    func count() async throws {
        try await GatewayHarness.run { gateway in
            let items = [String](repeating: "{\"key\":\"k\"}", count: 10_001).joined(separator: ",")
            let answer = await gateway.send(.post, "/bucket?cairn-batch", text: "{\"items\":[\(items)]}")
            #expect(answer.code == "InvalidRequest" && answer.xml("MaxItemsAllowed") == "10000")
            let none = try await Self.read(gateway, "")
            #expect(none.isEmpty)
        }
    }
}
