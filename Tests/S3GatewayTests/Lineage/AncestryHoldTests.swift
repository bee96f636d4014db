// Why this file exists: what lineage changes in one call is allowed as it would be object by object.
import Foundation
import Lineage
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct AncestryHoldTests {
    private static func service(_ gateway: GatewayHarness) throws -> (LineageService, LineageRecorder) {
        let recorder = LineageRecorder(gateway.store)
        let questions = LineageQuestions(store: gateway.store, graph: try LineageGraph.open(gateway.store))
        let service = LineageService(
            store: gateway.store, questions: questions, recorder: recorder, log: try AuditLog(store: gateway.store),
            credentials: StoreKeys(store: gateway.store, further: []), policies: AccountsAlone(gateway.store),
            region: "us-east-1", addressing: S3Request.Configuration())
        return (service, recorder)
    }

    private static func release(_ service: LineageService, _ gateway: GatewayHarness) async -> Received {
        let sent = Sent(
            method: .post, path: "/_cairn/lineage/v1/hold",
            body: Array(#"{"bucket":"locked","key":"model","on":false}"#.utf8),
            key: gateway.alice)
        let (head, length) = GatewayHarness.head(of: sent)
        let body = PiecewiseBody(sent.body ?? [], announcedLength: length)
        let answer = await service.respond(
            to: head, body: body, ids: RequestIDGenerator().next(),
            now: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
        return await GatewayHarness.received(answer)
    }

    @Test("a hold is not taken off where the bucket's policy denies it")
    func denied() async throws {
        try await GatewayHarness.run { gateway in
            let (service, recorder) = try Self.service(gateway)
            _ = await gateway.send(.put, "/locked", ["x-amz-bucket-object-lock-enabled": "true"])
            _ = await gateway.send(.put, "/locked/model", ["x-amz-object-lock-legal-hold": "ON"], text: "m")
            let policy = """
                {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",
                "Action": "s3:PutObjectLegalHold", "Resource": "arn:aws:s3:::locked/*"}]}
                """
            #expect(await gateway.send(.put, "/locked?policy", text: policy).status == 204)
            let refused = await Self.release(service, gateway)
            #expect(refused.status == 200 && refused.text.contains("s3:PutObjectLegalHold is not allowed"))
            #expect(await gateway.send(.get, "/locked/model?legal-hold").xml("Status") == "ON")
            #expect(await gateway.send(.delete, "/locked?policy").status == 204)
            #expect(await Self.release(service, gateway).text.contains("\"left\":[]"))
            #expect(await gateway.send(.get, "/locked/model?legal-hold").xml("Status") == "OFF")
            recorder.close()
        }
    }
}
