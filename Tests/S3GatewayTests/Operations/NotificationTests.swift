// Why this file exists: notification documents: every form is given back as it came, and AWS's refusals.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct NotificationTests {
    private static func run(_ work: (GatewayHarness) async throws -> Void) async throws {
        var configuration = S3Service.Configuration()
        configuration.eventDestinations = ["hook", "other", "eventbridge"]
        let gateway = try await GatewayHarness(configuration: configuration)
        _ = await gateway.send(.put, "/bucket")
        try await work(gateway)
        await gateway.close()
    }

    private static func document(_ rules: String...) -> String {
        "<NotificationConfiguration>\(rules.joined())</NotificationConfiguration>"
    }

    private static func topic(_ more: String, id: String = "a", arn: String = "arn:aws:sns:r:1:hook") -> String {
        "<TopicConfiguration><Id>\(id)</Id><Topic>\(arn)</Topic>\(more)</TopicConfiguration>"
    }

    private static let created = "<Event>s3:ObjectCreated:*</Event>"

    @Test(
        "a rule is given back as it came",
        arguments: [
            topic(created),
            topic(
                "<Event>s3:ObjectRemoved:Delete</Event><Event>s3:ObjectAcl:Put</Event><Filter><S3Key><FilterRule>"
                    + "<Name>Prefix</Name><Value>a/</Value></FilterRule><FilterRule><Name>Suffix</Name>"
                    + "<Value>.jpg</Value></FilterRule></S3Key></Filter>"),
            "<QueueConfiguration><Id>q</Id><Queue>arn:aws:sqs:r:1:other</Queue>\(created)</QueueConfiguration>",
            "<CloudFunctionConfiguration><Id>f</Id><CloudFunction>arn:aws:lambda:r:1:function:hook</CloudFunction>"
                + "\(created)</CloudFunctionConfiguration>",
            "<EventBridgeConfiguration/>",
        ])
    func roundTrip(_ rule: String) async throws {
        try await Self.run { gateway in
            let put = await gateway.send(.put, "/bucket?notification", text: Self.document(rule))
            #expect(put.status == 200, "\(put.text)")
            let got = await gateway.send(.get, "/bucket?notification")
            #expect(got.text.contains(">\(rule)</NotificationConfiguration>"), "\(got.text)")
            #expect(await gateway.send(.put, "/bucket?notification", text: Self.document()).status == 200)
            #expect(!(await gateway.send(.get, "/bucket?notification")).text.contains("<Id>"))
        }
    }

    @Test(
        "what is refused, with AWS's codes",
        arguments: [
            ("<TopicConfiguration/>", "MalformedXML"), ("<Unknown/>", "MalformedXML"), (topic(""), "MalformedXML"),
            (topic("<Event>s3:Nothing</Event>"), "InvalidArgument"),
            (topic(created, arn: "hook"), "InvalidArgument"),
            (topic(created, arn: "arn:aws:sqs:r:1:hook"), "InvalidArgument"),
            (topic(created, arn: "arn:aws:sns:r:1:unknown"), "InvalidArgument"),
            (topic(created) + topic("<Event>s3:ObjectRemoved:*</Event>"), "InvalidArgument"),
            (topic(created) + topic("<Event>s3:ObjectCreated:Put</Event>", id: "b"), "InvalidArgument"),
            (
                topic(
                    created + "<Filter><S3Key><FilterRule><Name>middle</Name><Value>a</Value></FilterRule></S3Key>"
                        + "</Filter>"), "InvalidArgument"
            ),
            (
                topic(
                    created + "<Filter><S3Key><FilterRule><Name>prefix</Name><Value>a</Value></FilterRule>"
                        + "<FilterRule><Name>Prefix</Name><Value>b</Value></FilterRule></S3Key></Filter>"),
                "InvalidArgument"
            ),
        ])
    func refusals(_ rules: String, _ code: String) async throws {
        try await Self.run { gateway in
            let put = await gateway.send(.put, "/bucket?notification", text: Self.document(rules))
            #expect(put.code == code, "\(put.text)")
            #expect(!(await gateway.send(.get, "/bucket?notification")).text.contains("<Id>"))
        }
    }

    @Test("a stranger sets nothing, and a rule without an id gets one")
    func owner() async throws {
        try await Self.run { gateway in
            let rule =
                "<TopicConfiguration><Topic>arn:aws:sns:r:1:hook</Topic>\(Self.created)</TopicConfiguration>"
            let refused = await gateway.send(
                .put, "/bucket?notification", body: Array(Self.document(rule).utf8), key: gateway.bob)
            #expect(refused.code == "AccessDenied")
            #expect(await gateway.send(.put, "/bucket?notification", text: Self.document(rule)).status == 200)
            #expect(await gateway.send(.get, "/bucket?notification").xml("Id")?.isEmpty == false)
            #expect(gateway.store.outboxFigures == [OutboxFigures(destination: "hook", waiting: 1, dropped: 0)])
        }
    }

    @Test(
        "what ARNs name",
        arguments: [
            ("arn:aws:sns:us-east-1:123:name", NotificationRule.Service.topic, "name"),
            ("arn:aws-cn:sqs::123:name", .queue, "name"), ("arn:aws:lambda:r:1:function:name:alias", .function, "name"),
            ("arn:aws:lambda:r:1:name", .function, nil), ("arn:aws:sns:r:1:", .topic, nil),
            ("arn:aws:sns:r", .topic, nil),
            ("arn:aws:sns:r:1:a:b", .topic, nil), ("", .topic, nil),
        ] as [(String, NotificationRule.Service, String?)])
    func arns(_ arn: String, _ service: NotificationRule.Service, _ name: String?) {
        #expect(NotificationDocument.destination(arn, service) == name)
    }
}
