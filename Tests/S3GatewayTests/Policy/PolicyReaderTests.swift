// Why this file exists: what a policy must not say is refused, and in which words.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite("PolicyReader")
struct PolicyReaderTests {
    private static let allow = "\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\""
    private static let resource = "\"Resource\":\"arn:aws:s3:::example/*\""
    private static let principal = "\"Principal\":\"*\""

    private static func refusal(_ text: String, as kind: PolicyDocument.Kind = .bucket("example")) -> String? {
        do throws(PolicyError) {
            _ = try PolicyDocument(Array(text.utf8), as: kind)
            return nil
        } catch {
            return error.message
        }
    }

    private static func statement(_ members: String) -> String {
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\(members)}]}"
    }

    @Test(
        "what is no JSON object from the first byte on is refused as such",
        arguments: [
            "", " {}", "\n{\"Statement\":[]}", "[]", "\"x\"", "{", "{}x", "{\"a\":1,}", "{'a':1}", "{\"a\":01}",
            "{\"a\":+1}",
            "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1e}", "{\"a\":nul}", "{\"a\":\"\u{1}\"}", "{\"a\":\"\\x\"}",
            "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"", "{\"a\" 1}", "{a:1}",
            "{\"a\":[1 2]}", "{\"a\":NaN}", "{}{}", "\u{FEFF}{}",
        ])
    func notJSON(text: String) {
        #expect(PolicyReaderTests.refusal(text) == "Policies must be valid JSON and the first byte must be '{'")
    }

    @Test("bytes that are no UTF-8 are refused")
    func notText() {
        #expect(throws: PolicyJSON.notJSON) {
            try PolicyDocument(Array("{\"Id\":\"".utf8) + [0xFF] + Array("\"}".utf8), as: .bucket("example"))
        }
    }

    @Test("escapes, pairs of surrogates and numbers are read")
    func reads() throws {
        let json = try PolicyJSON.policy(
            Array("{\"a\\u0062\\n\":[\"\\ud83d\\ude00\\\"\\/\",-1.5e+3,0,true,null]} \n".utf8))
        #expect(
            json
                == .object([
                    .init(
                        "ab\n",
                        .array([.text("😀\"/"), .number("-1.5e+3"), .number("0"), .boolean(true), .null]))
                ]))
    }

    @Test(
        "what a bucket policy must not say is refused with words that tell what",
        arguments: [
            ("{}", "Missing required field Statement"),
            ("{\"Statement\":[]}", "Could not parse the policy: Statement is empty or too long!"),
            ("{\"Statement\":\"x\"}", "Invalid policy syntax."),
            ("{\"Statement\":[1]}", "Invalid policy syntax."),
            ("{\"Version\":\"2012-10-18\",\"Statement\":[]}", "The policy must contain a valid version string"),
            ("{\"Version\":20121017,\"Statement\":[]}", "The policy must contain a valid version string"),
            ("{\"statement\":[]}", "Unknown field statement"),
            ("{\"Id\":1,\"Statement\":[]}", "Invalid policy syntax."),
            (
                "{\"Version\":\"2012-10-17\",\"Version\":\"2012-10-17\",\"Statement\":[]}",
                "Policy contains the duplicate key \"Version\""
            ),
            (statement("\(principal),\(allow),\(resource),\"Extra\":1"), "Unknown field Extra"),
            (statement("\(principal),\(allow),\(resource),\"Sid\":1"), "Invalid policy syntax."),
            (statement("\(allow),\(resource)"), "Missing required field Principal"),
            (statement("\(principal),\"Action\":\"s3:GetObject\",\(resource)"), "Missing required field Effect"),
            (
                statement("\(principal),\"Effect\":\"allow\",\"Action\":\"s3:GetObject\",\(resource)"),
                "Invalid effect: allow"
            ),
            (statement("\(principal),\"Effect\":\"Allow\",\(resource)"), "Missing required field Action"),
            (statement("\(principal),\(allow)"), "Missing required field Resource"),
            (
                statement("\(principal),\(allow),\"NotAction\":\"s3:PutObject\",\(resource)"),
                "Statement has both Action and NotAction"
            ),
            (
                statement("\(principal),\"NotPrincipal\":{\"AWS\":\"111122223333\"},\(allow),\(resource)"),
                "Statement has both Principal and NotPrincipal"
            ),
            (
                statement("\(principal),\(allow),\(resource),\"NotResource\":\"arn:aws:s3:::example\""),
                "Statement has both Resource and NotResource"
            ),
            (
                statement("\"NotPrincipal\":{\"AWS\":\"111122223333\"},\(allow),\(resource)"),
                "Allow with NotPrincipal is not allowed."
            ),
        ])
    func malformed(text: String, message: String) {
        #expect(PolicyReaderTests.refusal(text) == message)
    }

    @Test(
        "resources of other buckets, and texts that are no ARN, are refused",
        arguments: [
            "arn:aws:s3:::other/*", "arn:aws:s3:::example2", "arn:aws:s3:::exampl", "example/*", "arn:aws:s3:::",
            "arn:aws:s3:us-east-1::example", "arn:aws:s3::111122223333:example", "arn:aws:iam:::example", "", "*x",
            "arn:aws:s3", "arn:aws:s3:::${aws:username", "arn:aws:s3:::example/${}",
        ])
    func foreignResources(resource: String) {
        let text = PolicyReaderTests.statement(
            "\(PolicyReaderTests.principal),\(PolicyReaderTests.allow),\"Resource\":\"\(resource)\"")
        #expect(PolicyReaderTests.refusal(text) != nil)
    }

    @Test(
        "resources that are or may be in the bucket are taken",
        arguments: [
            "arn:aws:s3:::example", "arn:aws:s3:::example/*", "arn:aws:s3:::*", "arn:aws:s3:::*/*", "arn:aws:s3:::ex*",
            "arn:aws:s3:::example/a:b/${aws:username}", "arn:aws:s3:::ex*/key", "arn:aws:s3:::e?ample", "*",
            "arn:aws:s3:::${aws:username}", "arn:aws:s3:::example*",
        ])
    func ownResources(resource: String) {
        let text = PolicyReaderTests.statement(
            "\(PolicyReaderTests.principal),\(PolicyReaderTests.allow),\"Resource\":\"\(resource)\"")
        #expect(PolicyReaderTests.refusal(text) == nil)
    }

    @Test(
        "actions that S3 does not have are refused",
        arguments: [
            "\"s3:Foo\"", "\"s3:Foo*\"", "\"iam:GetUser\"", "\"GetObject\"", "\"s3:\"", "\"s3:Get Object\"", "[]", "1",
            "[1]",
        ])
    func actions(action: String) {
        let text = PolicyReaderTests.statement(
            "\(PolicyReaderTests.principal),\"Effect\":\"Allow\",\"Action\":\(action),\(PolicyReaderTests.resource)")
        #expect(PolicyReaderTests.refusal(text) == "Policy has invalid action")
    }

    @Test("every permission that an operation asks for can be named in a bucket policy")
    func everyAction() {
        for operation in OperationTable.served {
            for permission in operation.permissions {
                let name = ASCII.lowercased(permission.rawValue)
                let isKnown =
                    name.hasPrefix("cairn:")
                    ? S3PolicyNames.isOwnAction(String(name.dropFirst(6)))
                    : name.hasPrefix("s3:") && S3PolicyNames.isAction(String(name.dropFirst(3)))
                #expect(isKnown, "\(permission)")
            }
        }
    }

    @Test(
        "principals are named in AWS's forms",
        arguments: [
            "\"*\"", "{\"AWS\":\"*\"}", "{\"AWS\":[\"*\",\"111122223333\"]}",
            "{\"AWS\":\"arn:aws:iam::111122223333:root\"}",
            "{\"AWS\":\"arn:aws:iam::111122223333:user/path/bob\"}", "{\"AWS\":\"arn:aws:iam::111122223333:role/etl\"}",
            "{\"AWS\":\"arn:aws:sts::111122223333:assumed-role/etl/run\"}", "{\"CanonicalUser\":\"0123abcd\"}",
            "{\"AWS\":\"arn:aws:sts::111122223333:federated-user/x\"}", "{\"Service\":\"logging.s3.amazonaws.com\"}",
            "{\"Federated\":\"accounts.google.com\"}", "{\"AWS\":\"arn:aws:iam:::user/0123abcd\"}",
            "{\"AWS\":\"arn:aws:iam::tenant1:root\"}", "{\"AWS\":\"arn:aws:iam::tenant1:user/0123abcd\"}",
        ])
    func principals(principal: String) {
        let text = PolicyReaderTests.statement(
            "\"Principal\":\(principal),\(PolicyReaderTests.allow),\(PolicyReaderTests.resource)")
        #expect(PolicyReaderTests.refusal(text) == nil)
    }

    @Test(
        "other principals are refused",
        arguments: [
            "\"111122223333\"", "\"arn:aws:iam::111122223333:root\"", "{}", "{\"AWS\":[]}", "{\"AWS\":1}",
            "{\"aws\":\"*\"}",
            "{\"AWS\":\"arn:aws:iam::111122223333:user/*\"}", "{\"AWS\":\"arn:aws:iam::111122223333:group/x\"}",
            "{\"AWS\":\"arn:aws:iam::111122223333:user/\"}", "{\"AWS\":\"arn:aws:s3:::x\"}", "{\"AWS\":\"\"}",
            "{\"Service\":\"logging\"}", "{\"Service\":\"*\"}", "{\"AWS\":\"arn:aws:iam:::root\"}", "[\"*\"]", "null",
            "{\"AWS\":\"arn:aws:sts::111122223333:assumed-role/etl\"}", "{\"AWS\":\"not an account\"}",
        ])
    func badPrincipals(principal: String) {
        let text = PolicyReaderTests.statement(
            "\"Principal\":\(principal),\(PolicyReaderTests.allow),\(PolicyReaderTests.resource)")
        #expect(PolicyReaderTests.refusal(text) == "Invalid principal in policy")
    }

    @Test(
        "conditions with unknown operators, keys or values are refused",
        arguments: [
            "{\"StringIs\":{\"aws:username\":\"x\"}}", "{\"stringequals\":{\"aws:username\":\"x\"}}",
            "{\"NullIfExists\":{\"aws:username\":\"true\"}}", "{\"ForAnyValue:Null\":{\"aws:username\":\"true\"}}",
            "{\"ForSomeValues:StringEquals\":{\"aws:username\":\"x\"}}", "{\"StringEquals\":{\"aws:usrname\":\"x\"}}",
            "{\"StringEquals\":{\"s3:ExistingObjectTag\":\"x\"}}", "{\"StringEquals\":{\"username\":\"x\"}}",
            "{\"StringEquals\":{\"ec2:Region\":\"x\"}}", "{\"StringEquals\":{\"aws:username\":null}}",
            "{\"StringEquals\":{\"aws:username\":[]}}", "{\"StringEquals\":{\"aws:username\":{}}}",
            "{\"StringEquals\":[]}", "[]", "{\"StringEquals\":\"x\"}", "{\"NumericEquals\":{\"s3:max-keys\":\"many\"}}",
            "{\"NumericEquals\":{\"s3:max-keys\":\"0x10\"}}", "{\"NumericEquals\":{\"s3:max-keys\":\"inf\"}}",
            "{\"DateLessThan\":{\"aws:CurrentTime\":\"yesterday\"}}",
            "{\"DateLessThan\":{\"aws:CurrentTime\":\"2024-13-01\"}}",
            "{\"Bool\":{\"aws:SecureTransport\":\"yes\"}}", "{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/33\"}}",
            "{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0\"}}", "{\"IpAddress\":{\"aws:SourceIp\":\"::/129\"}}",
            "{\"BinaryEquals\":{\"aws:username\":\"?\"}}", "{\"Null\":{\"aws:username\":\"maybe\"}}",
        ])
    func badConditions(condition: String) {
        let text = PolicyReaderTests.statement(
            "\(PolicyReaderTests.principal),\(PolicyReaderTests.allow),\(PolicyReaderTests.resource),\"Condition\":\(condition)"
        )
        #expect(PolicyReaderTests.refusal(text) != nil)
    }

    @Test("a bucket policy has at most 20,480 bytes")
    func size() {
        let valid = PolicyReaderTests.statement(
            "\(PolicyReaderTests.principal),\(PolicyReaderTests.allow),\(PolicyReaderTests.resource)")
        let room = PolicyDocument.bucketPolicyBytesMax - valid.utf8.count
        #expect(PolicyReaderTests.refusal(valid + String(repeating: " ", count: room)) == nil)
        #expect(
            PolicyReaderTests.refusal(valid + String(repeating: " ", count: room + 1))
                == "Policy exceeds the maximum allowed document size of 20480 bytes.")
    }

    @Test("a document that is nested too deeply is refused, not followed")
    func depth() {
        let text = "{\"Id\":" + String(repeating: "[", count: 9000) + String(repeating: "]", count: 9000) + "}"
        #expect(PolicyReaderTests.refusal(text) == "The policy is nested too deeply.")
    }

    @Test("policies of identities name no principal, take any service and keep their statements' names apart")
    func identities() {
        let resource = "\"Resource\":\"*\""
        let named = "{\"Sid\":\"A\",\(PolicyReaderTests.allow),\(resource)}"
        for kind in [PolicyDocument.Kind.identity, .session] {
            #expect(PolicyReaderTests.refusal("{\"Statement\":\(named)}", as: kind) == nil)
            #expect(
                PolicyReaderTests.refusal(
                    "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":[\"iam:*\",\"cairn:GetRun\"],\(resource)}}",
                    as: kind)
                    == nil)
            #expect(
                PolicyReaderTests.refusal(
                    "{\"Statement\":{\(PolicyReaderTests.principal),\(PolicyReaderTests.allow),\(resource)}}", as: kind)
                    == "Policy document should not specify a principal.")
            #expect(
                PolicyReaderTests.refusal("{\"Statement\":[\(named),\(named)]}", as: kind)
                    == "Statement IDs (SID) in a single policy must be unique.")
            #expect(
                PolicyReaderTests.refusal(
                    "{\"Statement\":{\(PolicyReaderTests.allow),\"Resource\":\"example\"}}", as: kind)
                    == "Resource example must be in ARN format or \"*\".")
            #expect(
                PolicyReaderTests.refusal(
                    "{\"Statement\":{\"Sid\":\"a b\",\(PolicyReaderTests.allow),\(resource)}}", as: kind)
                    != nil)
        }
    }

    @Test("a trust policy names principals and actions of STS, and no resource")
    func trust() {
        let trust = "\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"AWS\":\"111122223333\"}"
        #expect(PolicyReaderTests.refusal("{\"Statement\":{\(trust)}}", as: .roleTrust) == nil)
        #expect(
            PolicyReaderTests.refusal("{\"Statement\":{\(trust),\"Resource\":\"*\"}}", as: .roleTrust)
                == "Has prohibited field Resource")
        #expect(
            PolicyReaderTests.refusal(
                "{\"Statement\":{\(PolicyReaderTests.allow),\(PolicyReaderTests.principal)}}", as: .roleTrust)
                == "Policy has invalid action")
        #expect(
            PolicyReaderTests.refusal(
                "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\"}}", as: .roleTrust)
                == "Missing required field Principal")
        // Keys of identity providers begin with their addresses.
        let condition = "\"Condition\":{\"StringEquals\":{\"idp.example.com:8443/realms/x:aud\":\"trainer\"}}"
        #expect(PolicyReaderTests.refusal("{\"Statement\":{\(trust),\(condition)}}", as: .roleTrust) == nil)
        #expect(
            PolicyReaderTests.refusal(
                "{\"Statement\":{\(trust),\(condition.replacing(":aud", with: ""))}}".replacing(":8443", with: ""),
                as: .roleTrust) == "Policy has an invalid condition key")
    }
}
