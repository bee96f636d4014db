// Why this file exists: inventories: what is taken as a configuration, when a report is due, what is in it, and that it is
// whole or not there. Time is made by hand.
import Foundation
import ObjectCore
import Synchronization
import Testing

@testable import S3Gateway

@Suite struct InventoryTests {
    private static let allFields = InventoryField.allCases.map(\.rawValue)

    private static func document(
        id: String = "daily", versions: String = "Current", frequency: String = "Daily", format: String = "CSV",
        bucket: String = "arn:aws:s3:::reports", more: String = "", inDestination: String = "", fields: [String] = []
    ) -> String {
        let list = fields.map { "<Field>\($0)</Field>" }.joined()
        return "<InventoryConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Destination>"
            + "<S3BucketDestination><Bucket>\(bucket)</Bucket><Format>\(format)</Format>\(inDestination)"
            + "</S3BucketDestination></Destination><IsEnabled>true</IsEnabled>\(more)<Id>\(id)</Id>"
            + "<IncludedObjectVersions>\(versions)</IncludedObjectVersions>"
            + (fields.isEmpty ? "" : "<OptionalFields>\(list)</OptionalFields>")
            + "<Schedule><Frequency>\(frequency)</Frequency></Schedule></InventoryConfiguration>"
    }

    /// A source `bucket` and a target `reports` whose policy takes what the service puts for it.
    private final class Fixture {
        let gateway: GatewayHarness
        let delivery: InventoryDelivery
        let log = Notebook<String>()
        private let clock: Clock

        private final class Clock: Sendable {
            /// 2026-11-24 00:00 UTC, a Tuesday, in milliseconds.
            let time = Mutex<Int64>(1_795_478_400_000)
        }

        init(takes: Bool = true, keyring: Keyring = .empty, linesOfFile: Int = 1000, rowsOfPage: Int = 2) async throws {
            var configuration = S3Service.Configuration()
            configuration.keyring = keyring
            gateway = try await GatewayHarness(configuration: configuration)
            let clock = Clock()
            self.clock = clock
            let log = log
            delivery = InventoryDelivery(
                store: gateway.store, keyring: keyring, calendar: .utc,
                now: { Timestamp(milliseconds: clock.time.withLock { $0 }) },
                limits: InventoryReport.Limits(linesOfFile: linesOfFile, rowsOfPage: rowsOfPage),
                log: { log.note($0) })
            for bucket in ["/bucket", "/reports"] { _ = await gateway.send(.put, bucket) }
            if takes { #expect(await take().status == 204) }
        }

        func take(condition: String = "") async -> Received {
            await gateway.send(
                .put, "/reports?policy",
                text: "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": "
                    + "{\"Service\": \"s3.amazonaws.com\"}, \"Action\": \"s3:PutObject\", \"Resource\": "
                    + "\"arn:aws:s3:::reports/*\", \"Condition\": {\(condition)\"ArnLike\": {\"aws:SourceArn\": "
                    + "\"arn:aws:s3:::bucket\"}, \"StringEquals\": {\"s3:x-amz-acl\": \"bucket-owner-full-control\"}}}]}"
            )
        }

        func put(_ document: String, id: String = "daily") async -> Received {
            await gateway.send(.put, "/bucket?inventory&id=\(id)", text: document)
        }

        func pass(hours: Int64) { clock.time.withLock { $0 += hours * 3_600_000 } }
        func pass(milliseconds: Int64) { clock.time.withLock { $0 += milliseconds } }

        func keys() throws -> [String] {
            let target = try gateway.store.bucket("reports")
            return try gateway.store.list(ListingQuery(), in: target).items.map(\.key.description)
        }

        func bytes(_ key: String) throws -> [UInt8] {
            let target = try gateway.store.bucket("reports")
            let version = try gateway.store.object(try ObjectKey(key), in: target)
            return try gateway.store.read(version, range: 0..<version.size)
        }

        /// The lines of all files of the report whose manifest is the last.
        func lines() throws -> [[String]] {
            let manifest = try #require(try keys().last { $0.hasSuffix("manifest.json") })
            let told = try JSONDecoder().decode(Manifest.self, from: Data(try bytes(manifest)))
            let checksum = manifest.replacing("manifest.json", with: "manifest.checksum")
            #expect(String(decoding: try bytes(checksum), as: UTF8.self) == Hex.encode(Digest.md5(try bytes(manifest))))
            var lines: [[String]] = []
            for file in told.files {
                let packed = try bytes(file.key)
                #expect(Int64(packed.count) == file.size)
                #expect(Hex.encode(Digest.md5(packed)) == file.md5)
                let text = String(decoding: try Gunzip.open(packed, maximum: 1 << 24), as: UTF8.self)
                for line in text.split(separator: "\n") {
                    #expect(line.hasPrefix("\"") && line.hasSuffix("\""))
                    lines.append(line.dropFirst().dropLast().components(separatedBy: "\",\""))
                }
            }
            return lines
        }

        struct Manifest: Decodable {
            struct File: Decodable {
                var key: String
                var size: Int64
                var md5: String
                enum CodingKeys: String, CodingKey {
                    case key, size
                    case md5 = "MD5checksum"
                }
            }
            var sourceBucket: String
            var destinationBucket: String
            var version: String
            var fileFormat: String
            var fileSchema: String
            var files: [File]
        }
    }

    // MARK: The configuration

    @Test("a configuration is given back as it was set, alone and in the list, until it is deleted")
    func roundTrip() async throws {
        let fixture = try await Fixture()
        let whole = Self.document(
            more: "<Filter><Prefix>a&amp;b/</Prefix></Filter>",
            inDestination: "<Prefix>p</Prefix><Encryption><SSE-S3/>"
                + "</Encryption>", fields: Self.allFields)
        for (id, document) in [
            ("daily", whole), ("a.b_c-D", Self.document(id: "a.b_c-D", versions: "All", frequency: "Weekly")),
        ] {
            #expect(await fixture.put(document, id: id).status == 200)
            #expect(await fixture.gateway.send(.get, "/bucket?inventory&id=\(id)").text.hasSuffix(document))
        }
        let list = await fixture.gateway.send(.get, "/bucket?inventory")
        #expect(list.all("Id") == ["a.b_c-D", "daily"])
        #expect(list.xml("IsTruncated") == "false")
        #expect(list.all("Field") == Self.allFields)
        #expect(await fixture.gateway.send(.delete, "/bucket?inventory&id=daily").status == 204)
        #expect(await fixture.gateway.send(.get, "/bucket?inventory&id=daily").code == "NoSuchConfiguration")
        #expect(await fixture.gateway.send(.delete, "/bucket?inventory&id=daily").code == "NoSuchConfiguration")
        await fixture.gateway.close()
    }

    @Test("the list goes on behind a hundred")
    func pages() async throws {
        let fixture = try await Fixture()
        for number in 100..<205 {
            #expect(await fixture.put(Self.document(id: "i\(number)"), id: "i\(number)").status == 200)
        }
        let first = await fixture.gateway.send(.get, "/bucket?inventory")
        #expect(first.xml("IsTruncated") == "true")
        let token = try #require(
            first.xml("NextContinuationToken")?.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let second = await fixture.gateway.send(.get, "/bucket?inventory&continuation-token=\(token)")
        #expect(first.all("Id") + second.all("Id") == (100..<205).map { "i\($0)" })
        await fixture.gateway.close()
    }

    @Test(
        "what is no configuration",
        arguments: [
            (document(format: "ORC"), "NotImplemented"), (document(format: "Parquet"), "NotImplemented"),
            (document(format: "TSV"), "MalformedXML"), (document(versions: "Some"), "MalformedXML"),
            (document(frequency: "Hourly"), "MalformedXML"), (document(bucket: "reports"), "InvalidArgument"),
            (document(bucket: "arn:aws:s3:::missing"), "InvalidS3DestinationBucket"),
            (document(id: "other"), "InvalidArgument"), (document(fields: ["Colour"]), "MalformedXML"),
            (document(fields: ["LifecycleExpirationDate"]), "NotImplemented"),
            (document(more: "<Filter><Tag/></Filter>"), "MalformedXML"),
            (document(more: "<Filter/><Filter/>"), "MalformedXML"),
            (document(inDestination: "<Encryption><SSE-C/></Encryption>"), "MalformedXML"),
            ("", "MissingRequestBodyError"),
        ])
    func wrong(_ document: String, _ code: String) async throws {
        let fixture = try await Fixture()
        let answer = await fixture.put(document)
        #expect(answer.code == code, "\(answer.text)")
        #expect(await fixture.gateway.send(.get, "/bucket?inventory&id=daily").code == "NoSuchConfiguration")
        await fixture.gateway.close()
    }

    // MARK: Reports

    @Test("a report has a line for each current object, in AWS's layout")
    func current() async throws {
        let fixture = try await Fixture(linesOfFile: 3)
        for key in ["a b", "b\"c", "c/d", "e", "ü"] {
            _ = await fixture.gateway.send(.put, "/bucket/\(key)", text: key)
        }
        _ = await fixture.gateway.send(.put, "/bucket/e", text: "newer")
        #expect(
            await fixture.put(Self.document(inDestination: "<Prefix>p</Prefix>", fields: ["ETag", "Size"])).status
                == 200)
        await fixture.delivery.deliver()
        #expect(fixture.log.all.isEmpty)
        let keys = try fixture.keys()
        let start = "p/bucket/daily/"
        #expect(keys.count == 5)
        #expect(keys.allSatisfy { $0.hasPrefix(start) })
        #expect(keys.contains("\(start)2026-11-24T00-00Z/manifest.json"))
        #expect(keys.contains("\(start)2026-11-24T00-00Z/manifest.checksum"))
        #expect(keys.contains("\(start)hive/dt=2026-11-24-00-00/symlink.txt"))
        #expect(keys.count { $0.hasPrefix("\(start)data/") && $0.hasSuffix(".csv.gz") } == 2)
        let lines = try fixture.lines()
        #expect(lines.map { $0[1] } == ["a%20b", "b%22c", "c/d", "e", "%C3%BC"])
        #expect(lines.map { $0[2] } == ["3", "3", "3", "5", "2"])
        #expect(lines.allSatisfy { $0[0] == "bucket" })
        #expect(lines[3][3] == Hex.encode(Digest.md5(Array("newer".utf8))))
        let manifest = String(decoding: try fixture.bytes("\(start)2026-11-24T00-00Z/manifest.json"), as: UTF8.self)
        #expect(manifest.contains("\"fileSchema\":\"Bucket, Key, Size, ETag\""))
        #expect(manifest.contains("\"creationTimestamp\":\"1795478400000\""))
        // The snapshot that was read is gone.
        #expect(fixture.gateway.store.snapshots().isEmpty)
        await fixture.gateway.close()
    }

    @Test("all versions and delete markers, with everything that is told of them")
    func versions() async throws {
        let fixture = try await Fixture()
        _ = await fixture.gateway.send(.put, "/bucket/old", text: "null version")
        _ = await fixture.gateway.send(
            .put, "/bucket?versioning",
            text: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        _ = await fixture.gateway.send(
            .put, "/bucket/old", ["x-amz-checksum-sha256": Base64.encode(Digest.sha256([1]))], body: [1])
        let marker = await fixture.gateway.send(.delete, "/bucket/old")
        _ = await fixture.gateway.send(.put, "/bucket/other", ["x-amz-storage-class": "STANDARD_IA"], text: "x")
        _ = await fixture.gateway.send(.put, "/bucket/outside", text: "x")
        #expect(
            await fixture.put(
                Self.document(
                    versions: "All", more: "<Filter><Prefix>o</Prefix></Filter>", fields: Self.allFields)
            ).status == 200)
        await fixture.delivery.deliver()
        let lines = try fixture.lines()
        #expect(lines.map { $0[1] } == ["old", "old", "old", "other", "outside"])
        #expect(lines[0][2] == marker["x-amz-version-id"])
        #expect(lines[0][3...5] == ["true", "true", ""])
        #expect(lines[1][3...5] == ["false", "false", "1"])
        #expect(lines[2][2...5] == ["", "false", "false", "12"])
        let column = Dictionary(uniqueKeysWithValues: Self.allFields.enumerated().map { ($0.element, $0.offset + 5) })
        func value(_ line: Int, _ field: InventoryField) -> String { lines[line][column[field.rawValue] ?? 0] }
        #expect(value(1, .checksumAlgorithm) == "SHA256")
        #expect(value(1, .encryptionStatus) == "NOT-SSE")
        #expect(value(3, .storageClass) == "STANDARD_IA")
        #expect(value(3, .isMultipart) == "false")
        #expect(value(3, .bucketKeyStatus) == "DISABLED")
        #expect(value(3, .owner) == fixture.gateway.alice.account)
        let list = try #require(Base64.decode(value(3, .accessControlList)))
        #expect(String(decoding: list, as: UTF8.self).contains("\"permission\":\"FULL_CONTROL\""))
        #expect(value(3, .lastModified).hasSuffix("Z"))
        await fixture.gateway.close()
    }

    @Test("a report is of one moment, whatever changes while it is read", arguments: [false, true])
    func consistent(isVersioned: Bool) async throws {
        let fixture = try await Fixture()
        if isVersioned {
            _ = await fixture.gateway.send(
                .put, "/bucket?versioning",
                text: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        }
        for number in 10..<20 { _ = await fixture.gateway.send(.put, "/bucket/\(number)", text: "x") }
        let store = fixture.gateway.store
        let bucket = try store.bucket("bucket")
        let listed = try await InventoryView.with(bucket, in: store) { view throws(InventoryFailure) in
            var keys: [String] = []
            var query = ListingQuery()
            query.limit = 3
            var last: ObjectVersion?
            while true {
                let (asked, before) = (query, last)
                let page = try await InventoryReport.stored { () async throws(StoreError) in
                    try await store.inventory(asked, all: isVersioned, after: before, in: view)
                }
                keys += page.items.map(\.version.key.description)
                // What is behind the page goes, what is before and behind it comes.
                _ = await fixture.gateway.send(.delete, "/bucket/19")
                _ = await fixture.gateway.send(.put, "/bucket/00", text: "x")
                _ = await fixture.gateway.send(.put, "/bucket/18x", text: "x")
                guard page.isTruncated, let next = page.items.last?.version else { return keys }
                last = next
                query.after = next.key.bytes
            }
        }
        #expect(listed == (10..<20).map { String($0) })
        #expect(store.snapshots().isEmpty)
        await fixture.gateway.close()
    }

    @Test("a bucket without objects has a report too")
    func empty() async throws {
        let fixture = try await Fixture()
        #expect(await fixture.put(Self.document()).status == 200)
        await fixture.delivery.deliver()
        #expect(try fixture.lines().isEmpty)
        #expect(try fixture.keys().count == 4)
        await fixture.gateway.close()
    }

    @Test("reports are sealed as they are asked for")
    func encrypted() async throws {
        let keyring = try Keyring(
            masterKeys: [try #require(SymmetricKey([UInt8](repeating: 7, count: 32)))], path: nil)
        let fixture = try await Fixture(keyring: keyring)
        #expect(await fixture.put(Self.document(inDestination: "<Encryption><SSE-S3/></Encryption>")).status == 200)
        await fixture.delivery.deliver()
        #expect(fixture.log.all.isEmpty)
        for key in try fixture.keys() {
            let head = await fixture.gateway.send(.head, "/reports/\(key)")
            #expect(head["x-amz-server-side-encryption"] == "AES256")
        }
        await fixture.gateway.close()
    }

    // MARK: When

    @Test("once a day, or once a week from Sunday on, also over a restart")
    func schedule() async throws {
        let fixture = try await Fixture()
        #expect(await fixture.put(Self.document(id: "weekly", frequency: "Weekly"), id: "weekly").status == 200)
        #expect(await fixture.put(Self.document()).status == 200)
        func manifests(_ id: String) throws -> Int {
            try fixture.keys().count { $0.contains("/\(id)/") && $0.hasSuffix("manifest.checksum") }
        }
        var counts: [[Int]] = []
        // From Tuesday to Monday.
        for day in 0..<7 {
            if day > 0 { fixture.pass(hours: 24) }
            await fixture.delivery.deliver()
            await fixture.delivery.deliver()
            counts.append([try manifests("daily"), try manifests("weekly")])
        }
        #expect(counts.map { $0[0] } == [1, 2, 3, 4, 5, 6, 7])
        #expect(counts.map { $0[1] } == [1, 1, 1, 1, 1, 2, 2])
        await fixture.gateway.close()
    }

    @Test("a destination that does not take reports is told, asked again later, and then has one")
    func refusal() async throws {
        let fixture = try await Fixture(takes: false)
        #expect(await fixture.put(Self.document()).status == 200)
        await fixture.delivery.deliver()
        #expect(try fixture.keys().isEmpty)
        #expect(fixture.delivery.failed == 1)
        #expect(
            try #require(fixture.log.all.first).hasPrefix(
                "inventory daily of bucket: the policy of reports does not let s3.amazonaws.com put objects there"))
        #expect(await fixture.take(condition: "\"Bool\": {\"aws:SecureTransport\": \"true\"}, ").status == 204)
        await fixture.delivery.deliver()
        #expect(try fixture.keys().isEmpty)
        fixture.pass(milliseconds: 61_000)
        await fixture.delivery.deliver()
        #expect(try fixture.keys().count == 4)
        #expect(fixture.delivery.delivered == 1)
        await fixture.gateway.close()
    }

    @Test("a policy for another source, or another account as the owner of the destination, is not enough")
    func confusedDeputy() async throws {
        let fixture = try await Fixture()
        _ = await fixture.gateway.send(.put, "/bucket2")
        let other = await fixture.gateway.send(.put, "/bucket2?inventory&id=daily", text: Self.document())
        #expect(other.status == 200)
        let account = "<AccountId>\(fixture.gateway.bob.account)</AccountId>"
        #expect(await fixture.put(Self.document(inDestination: account)).status == 200)
        await fixture.delivery.deliver()
        #expect(try fixture.keys().isEmpty)
        #expect(fixture.delivery.failed == 2)
        await fixture.gateway.close()
    }

    @Test("a snapshot that a crash left behind is removed, and nobody else's is, whatever its name")
    func leftovers() async throws {
        let fixture = try await Fixture()
        let store = fixture.gateway.store
        let bucket = try store.bucket("bucket")
        for name in ["inv20261124", "inventory"] { _ = try await store.createSnapshot(name, of: bucket) }
        _ = try await store.createSnapshot(
            "inv0a1b2c3d", of: bucket, mark: "inventory.snapshot.bucket.inv0a1b2c3d")
        await fixture.delivery.deliver()
        #expect(store.snapshots().map(\.name) == ["inv20261124", "inventory"])
        #expect(try await store.mark("inventory.snapshot.bucket.inv0a1b2c3d") == nil)
        await fixture.gateway.close()
    }
}
