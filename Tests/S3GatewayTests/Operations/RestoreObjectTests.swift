// Why this file exists: archived objects over the wire: closed, restored, read, and what is refused.
import Foundation
import ObjectCore
import Testing

@testable import S3Gateway

@Suite("RestoreObject") struct RestoreObjectTests {
    private static func request(_ inner: String) -> String { "<RestoreRequest>\(inner)</RestoreRequest>" }

    @Test(
        "an archived object is closed to GET and copy, open to HEAD, and opens with a restore",
        arguments: [false, true])
    func life(isPacked: Bool) async throws {
        try await GatewayHarness.run { gateway in
            let body = String(repeating: "sixteen letters ", count: 10_000)
            #expect(
                await gateway.send(.put, "/bucket/key", ["x-amz-storage-class": "GLACIER"], text: body).status == 200)
            if isPacked { #expect(try await gateway.store.runLifecycle().packed == 1) }
            let closed = await gateway.send(.get, "/bucket/key")
            #expect(closed.status == 403 && closed.code == "InvalidObjectState")
            #expect(closed.all("StorageClass") == ["GLACIER"])
            let copy: KeyValuePairs = ["x-amz-copy-source": "/bucket/key"]
            #expect(await gateway.send(.put, "/bucket/copy", copy).code == "InvalidObjectState")
            let head = await gateway.send(.head, "/bucket/key")
            #expect(head.status == 200 && head["x-amz-storage-class"] == "GLACIER" && head["x-amz-restore"] == nil)
            let days = Self.request("<Days>1</Days><GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters>")
            #expect(await gateway.send(.post, "/bucket/key?restore", text: days).status == 202)
            #expect(await gateway.send(.post, "/bucket/key?restore", text: days).status == 200)
            let open = await gateway.send(.get, "/bucket/key")
            #expect(open.status == 200 && open.text == body)
            let told = try #require(open["x-amz-restore"])
            #expect(told.hasPrefix("ongoing-request=\"false\", expiry-date=\"") && told.hasSuffix("00:00:00 GMT\""))
            let range = await gateway.send(.get, "/bucket/key", ["range": "bytes=100001-100016"])
            #expect(range.status == 206 && range.text == "ixteen letters s")
            #expect(await gateway.send(.put, "/bucket/copy", copy).status == 200)
            #expect(await gateway.send(.get, "/bucket/copy").text == body)
        }
    }

    @Test(
        "what a restore cannot be is refused by name",
        arguments: [
            ("", 400, "MissingRequestBodyError"), ("<RestoreRequest/>", 400, "MalformedXML"),
            (request("<Days>0</Days>"), 400, "InvalidArgument"), (request("<Days>x</Days>"), 400, "MalformedXML"),
            (request("<Days>1</Days><Tier>Fast</Tier>"), 400, "MalformedXML"),
            (request("<Type>SELECT</Type><OutputLocation/>"), 501, "NotImplemented"),
            (request("<Days>1</Days>"), 403, "InvalidObjectState"),
        ])
    func refused(document: String, status: Int, code: String) async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "x")
            let answer = await gateway.send(.post, "/bucket/key?restore", text: document)
            #expect(answer.status == status && answer.code == code, "\(answer.text)")
        }
    }

    @Test(
        "listings tell until when restored objects may be read, to those who ask",
        arguments: ["/bucket?", "/bucket?list-type=2", "/bucket?versions"])
    func listings(target: String) async throws {
        try await GatewayHarness.run { gateway in
            for key in ["closed", "open"] {
                _ = await gateway.send(.put, "/bucket/\(key)", ["x-amz-storage-class": "DEEP_ARCHIVE"], text: "x")
            }
            _ = await gateway.send(.put, "/bucket/plain", text: "x")
            let days = Self.request("<Days>3</Days>")
            #expect(await gateway.send(.post, "/bucket/open?restore", text: days).status == 202)
            #expect(await gateway.send(.get, target).xml("RestoreStatus") == nil)
            let asking: KeyValuePairs = ["x-amz-optional-object-attributes": "RestoreStatus"]
            let list = await gateway.send(.get, target, asking)
            #expect(list.all("Key") == ["closed", "open", "plain"])
            #expect(list.all("RestoreStatus").count == 1)
            #expect(list.xml("IsRestoreInProgress") == "false")
            let told = try #require(list.xml("RestoreExpiryDate"))
            // The same as HEAD tells, in the other form of dates.
            let until = try #require(HTTPDate.parseISO8601(told))
            #expect(await gateway.send(.head, "/bucket/open")["x-amz-restore"]?.contains(HTTPDate.text(until)) == true)
            let open = try #require(list.text.range(of: "<Key>open</Key>"))
            let status = try #require(list.text.range(of: "<RestoreStatus>"))
            let plain = try #require(list.text.range(of: "<Key>plain</Key>"))
            #expect(open.upperBound < status.lowerBound && status.upperBound < plain.lowerBound)
            #expect(
                await gateway.send(.get, target, ["x-amz-optional-object-attributes": "Owner"]).code
                    == "InvalidArgument")
        }
    }

    @Test("a delete marker and what does not exist cannot be restored")
    func absent() async throws {
        try await GatewayHarness.run { gateway in
            let days = Self.request("<Days>1</Days>")
            #expect(await gateway.send(.post, "/bucket/none?restore", text: days).code == "NoSuchKey")
            #expect(
                await gateway.send(.post, "/bucket/none?restore&versionId=null", text: days).code == "NoSuchVersion")
        }
    }
}
