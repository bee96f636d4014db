// Why this file exists: replication documents, who may mark a write as a copy, and how answers of other endpoints are
// understood. What is copied is tested beside the store; copying itself between two servers, by the client tests.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct ReplicationConfigurationTests {
    private static func run(
        targets: Set<String> = ["there"], _ work: (GatewayHarness) async throws -> Void
    ) async throws {
        var configuration = S3Service.Configuration()
        configuration.replicationTargets = targets
        let gateway = try await GatewayHarness(configuration: configuration)
        _ = await gateway.send(.put, "/bucket")
        let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        _ = await gateway.send(.put, "/bucket?versioning", text: versioning)
        try await work(gateway)
        await gateway.close()
    }

    private static func document(_ rules: String...) -> String {
        "<ReplicationConfiguration><Role>role</Role>" + rules.map { "<Rule>\($0)</Rule>" }.joined()
            + "</ReplicationConfiguration>"
    }

    private static let to = "<Destination><Bucket>arn:aws:s3:::copies</Bucket></Destination>"
    private static let markers = "<DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>"
    private static let on = "<Status>Enabled</Status>"
    private static let first = "<ID>a</ID><Priority>1</Priority><Filter></Filter>\(on)\(to)\(markers)"

    @Test(
        "a rule is given back as it came",
        arguments: [
            "<ID>a</ID><Prefix>p/</Prefix>\(on)\(to)", first,
            "<ID>a</ID><Priority>7</Priority><Filter><And><Prefix>p/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag>"
                + "</And></Filter><Status>Disabled</Status><SourceSelectionCriteria><SseKmsEncryptedObjects>"
                + "<Status>Enabled</Status></SseKmsEncryptedObjects></SourceSelectionCriteria><Destination>"
                + "<Bucket>arn:aws:s3:::copies</Bucket><Account>there</Account><StorageClass>STANDARD_IA</StorageClass>"
                + "<AccessControlTranslation><Owner>Destination</Owner></AccessControlTranslation>"
                + "<EncryptionConfiguration><ReplicaKmsKeyID>key</ReplicaKmsKeyID></EncryptionConfiguration>"
                + "</Destination>\(markers)",
        ])
    func roundTrip(_ rule: String) async throws {
        try await Self.run { gateway in
            let put = await gateway.send(.put, "/bucket?replication", text: Self.document(rule))
            #expect(put.status == 200, "\(put.text)")
            let got = await gateway.send(.get, "/bucket?replication")
            #expect(got.text.contains("<Role>role</Role><Rule>\(rule)</Rule>"), "\(got.text)")
            #expect(await gateway.send(.delete, "/bucket?replication").status == 204)
            #expect(await gateway.send(.get, "/bucket?replication").code == "ReplicationConfigurationNotFoundError")
        }
    }

    @Test(
        "what is refused, with AWS's codes",
        arguments: [
            (document(), "MalformedXML"), (document("<Prefix/>\(to)"), "MalformedXML"),
            (document("<Prefix/>\(on)"), "MalformedXML"), (document("<Prefix/>\(on)\(to)\(markers)"), "MalformedXML"),
            (document("<Filter/>\(on)\(to)\(markers)"), "InvalidRequest"),
            (document("<Priority>1</Priority><Filter/>\(on)\(to)"), "InvalidRequest"),
            (document(first, first), "InvalidArgument"),
            (document(first, first.replacing("<ID>a", with: "<ID>b")), "InvalidRequest"),
            (document("<ID>a</ID><Prefix/>\(on)\(to)", "<ID>b</ID><Prefix>x</Prefix>\(on)\(to)"), "InvalidRequest"),
            (document(first.replacing("arn:aws:s3:::copies", with: "copies")), "InvalidArgument"),
            (document(first.replacing("</Bucket>", with: "</Bucket><Account>else</Account>")), "InvalidArgument"),
            (
                document(
                    "<Priority>1</Priority><Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>\(on)\(to)"
                        + markers.replacing("Disabled", with: "Enabled")), "InvalidRequest"
            ),
            (
                document(
                    first + "<ExistingObjectReplication><Status>Enabled</Status></ExistingObjectReplication>"),
                "NotImplemented"
            ),
            (
                document(
                    first + "<SourceSelectionCriteria><ReplicaModifications><Status>Enabled</Status>"
                        + "</ReplicaModifications></SourceSelectionCriteria>"), "NotImplemented"
            ),
        ])
    func refusals(_ document: String, _ code: String) async throws {
        try await Self.run { gateway in
            let put = await gateway.send(.put, "/bucket?replication", text: document)
            #expect(put.code == code, "\(put.text)")
            #expect(await gateway.send(.get, "/bucket?replication").status == 404)
        }
    }

    @Test("with several endpoints a rule names one; without any there is no replication")
    func accounts() async throws {
        for targets in [["there", "else"], []] as [Set<String>] {
            try await Self.run(targets: targets) { gateway in
                let put = await gateway.send(.put, "/bucket?replication", text: Self.document(Self.first))
                #expect(put.code == "InvalidArgument")
            }
        }
    }

    @Test("a write marked as a copy says so and is not copied on; no other state can be set")
    func marks() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/bucket?replication", text: Self.document(Self.first))
            _ = await gateway.send(.put, "/bucket/k", body: [1])
            #expect(await gateway.send(.head, "/bucket/k")["x-amz-replication-status"] == "PENDING")
            _ = await gateway.send(.put, "/bucket/copy", ["x-amz-replication-status": "REPLICA"], body: [1])
            #expect(await gateway.send(.get, "/bucket/copy")["x-amz-replication-status"] == "REPLICA")
            let refused = await gateway.send(
                .put, "/bucket/k", ["x-amz-replication-status": "COMPLETED"], body: [1])
            #expect(refused.code == "InvalidArgument")
            _ = await gateway.send(.delete, "/bucket/copy", ["x-amz-replication-status": "REPLICA"])
            #expect(gateway.store.outboxFigures.map(\.waiting) == [1])
            let suspended = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
            #expect(await gateway.send(.put, "/bucket?versioning", text: suspended).code == "InvalidBucketState")
        }
    }
}

@Suite struct S3ClientTests {
    @Test(
        "what an answer means",
        arguments: [
            (200, "", "success"), (204, "", "success"),
            (200, "<Error><Code>InternalError</Code></Error>", "unavailable"),
            (200, "<Error><Code>InvalidPart</Code></Error>", "refused"), (503, "", "unavailable"),
            (429, "", "unavailable"), (403, "<Error><Code>AccessDenied</Code></Error>", "refused"),
            (301, "", "refused"), (400, "<Error><Code>AccessControlListNotSupported</Code></Error>", "no lists"),
            (409, "<Error><Code>OperationAborted</Code></Error>", "unavailable"),
        ])
    func judging(_ status: Int, _ body: String, _ expected: String) {
        let response = ClientResponse(status: status, body: Array(body.utf8))
        let meaning: String
        do throws(S3ClientFailure) {
            _ = try S3Client.judge(response)
            meaning = "success"
        } catch {
            switch error {
            case .refused: meaning = "refused"
            case .unavailable: meaning = "unavailable"
            case .listsAreOff: meaning = "no lists"
            case .pointless: meaning = "pointless"
            }
        }
        #expect(meaning == expected)
    }

    @Test("parts are cut where the source's were, else evenly, and never more than 10,000")
    func parts() throws {
        func version(_ size: Int64, _ parts: [ObjectPart] = []) throws -> ObjectVersion {
            ObjectVersion(
                bucket: BucketID(1), key: try ObjectKey("k"), index: 1, isNull: false, isDeleteMarker: false,
                size: size,
                modified: Timestamp(milliseconds: 0), etag: "", sha256: nil, attributes: ObjectAttributes(),
                parts: parts,
                manifest: Manifest())
        }
        let kept = ReplicationSender.parts(
            of: try version(
                11, [ObjectPart(number: 2, size: 10, checksums: []), ObjectPart(number: 7, size: 1, checksums: [])]))
        #expect(kept.map(\.number) == [2, 7] && kept.map(\.length) == [10, 1])
        let even = ReplicationSender.parts(of: try version(130 << 20))
        #expect(even.map(\.length) == [64 << 20, 64 << 20, 2 << 20] && even.map(\.number) == [1, 2, 3])
        let huge = ReplicationSender.parts(of: try version(5 << 40))
        #expect(huge.count <= 10_000 && huge.map(\.length).reduce(0, +) == 5 << 40)
    }
}
