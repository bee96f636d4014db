// Why this file exists: which policies open a bucket to everybody, by AWS's rules.
import Testing

@testable import S3Gateway

@Suite("PublicPolicy")
struct PublicPolicyTests {
    private static func isPublic(effect: String = "Allow", principal: String = "\"*\"", condition: String) throws
        -> Bool
    {
        try PolicyDocument.bucket(
            """
            {"Effect":"\(effect)","Principal":\(principal),"Action":"s3:ListBucket","Resource":"arn:aws:s3:::example",
             "Condition":\(condition)}
            """
        ).isPublic
    }

    @Test(
        "an allow to everybody is public unless it asks for a fixed value of where the request comes from",
        arguments: [
            ("{}", true), ("{\"StringEquals\":{\"aws:SourceVpc\":\"vpc-91237329\"}}", false),
            ("{\"StringLike\":{\"aws:SourceVpc\":\"vpc-*\"}}", true),
            ("{\"StringLike\":{\"aws:SourceVpc\":\"vpc-1\"}}", false),
            ("{\"StringNotEquals\":{\"aws:SourceVpc\":\"vpc-1\"}}", true),
            ("{\"StringEqualsIfExists\":{\"aws:SourceVpc\":\"vpc-1\"}}", true),
            ("{\"ForAllValues:StringEquals\":{\"aws:SourceVpc\":\"vpc-1\"}}", true),
            ("{\"ForAnyValue:StringEquals\":{\"aws:SourceVpc\":\"vpc-1\"}}", false),
            ("{\"StringEquals\":{\"aws:SourceVpc\":\"${aws:username}\"}}", true),
            ("{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/32\"}}", false),
            ("{\"IpAddress\":{\"aws:SourceIp\":\"203.0.113.0/24\"}}", false),
            ("{\"IpAddress\":{\"aws:SourceIp\":\"0.0.0.0/0\"}}", true),
            ("{\"IpAddress\":{\"aws:SourceIp\":\"12.0.0.0/7\"}}", true),
            ("{\"IpAddress\":{\"aws:SourceIp\":\"2001:db8::/32\"}}", false),
            ("{\"IpAddress\":{\"aws:SourceIp\":\"2000::/16\"}}", true),
            ("{\"IpAddress\":{\"aws:SourceIp\":[\"10.0.0.0/8\",\"0.0.0.0/1\"]}}", true),
            ("{\"NotIpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}", true),
            ("{\"ArnEquals\":{\"aws:SourceArn\":\"arn:aws:s3:::source\"}}", false),
            ("{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:s3:::*\"}}", true),
            ("{\"StringEquals\":{\"aws:userid\":\"AIDAEXAMPLE\"}}", false),
            ("{\"StringEquals\":{\"aws:userid\":\"AROAEXAMPLE:*\"}}", true),
            ("{\"StringEquals\":{\"aws:Referer\":\"http://example.com/\"}}", true),
            ("{\"Bool\":{\"aws:SecureTransport\":\"true\"}}", true),
            ("{\"StringEquals\":{\"aws:Referer\":\"x\",\"aws:SourceAccount\":\"111122223333\"}}", false),
        ])
    func conditions(condition: String, isPublic: Bool) throws {
        #expect(try PublicPolicyTests.isPublic(condition: condition) == isPublic)
    }

    @Test("an allow to fixed principals is not public, and a deny never is")
    func principals() throws {
        for (principal, isPublic) in [
            ("{\"AWS\":\"*\"}", true), ("{\"AWS\":[\"111122223333\",\"*\"]}", true),
            ("{\"AWS\":\"111122223333\"}", false),
            ("{\"AWS\":\"arn:aws:iam::tenant:root\"}", false), ("{\"Service\":\"logging.s3.amazonaws.com\"}", false),
        ] {
            #expect(try PublicPolicyTests.isPublic(principal: principal, condition: "{}") == isPublic, "\(principal)")
        }
        #expect(try !PublicPolicyTests.isPublic(effect: "Deny", condition: "{}"))
        #expect(!PolicyDocument.denyingAll.isPublic)
    }
}
