// Why this file exists: a form upload may do exactly what its policy says, with statuses as the public suite of
// s3-tests and AWS have them.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite("Form uploads")
struct PostFormTests {
    private static let conditions = """
        {"bucket": "bucket"}, ["starts-with", "$key", "foo"], {"acl": "private"},
        ["starts-with", "$Content-Type", "text/plain"], ["content-length-range", 0, 1024]
        """

    private func document(_ conditions: String = conditions, expiration: String = "2013-05-24T01:00:00Z") -> String {
        "{\"expiration\": \"\(expiration)\", \"conditions\": [\(conditions)]}"
    }

    private func signedV2(_ document: String, _ fields: [(String, String)]) -> [FormField] {
        let policy = Base64.encode(Array(document.utf8))
        let signature = Base64.encode(
            Digest.hmacSHA1(key: TestCredentials.example.secret.bytes, message: Array(policy.utf8)))
        return form(
            fields + [
                ("AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"), ("policy", policy), ("signature", signature),
            ])
    }

    private func form(_ fields: [(String, String)]) -> [FormField] {
        fields.map { FormField(name: $0.0, value: $0.1) }
    }

    private func verify(
        _ fields: [FormField], fileName: String = "foo.txt", bucket: String = "bucket", now: Int64 = exampleTime
    ) throws(S3Error) -> VerifiedRequest {
        let request = try makeRequest(
            .post, "/\(bucket)", [("host", "h"), ("content-type", "multipart/form-data"), ("x-amz-acl", "public-read")])
        let authenticator = authenticator()
        return try authenticator.verify(
            form: fields, fileName: fileName, of: authenticator.verify(request, id: "id", now: now), now: now)
    }

    private static let plain = [("key", "foo.txt"), ("acl", "private"), ("Content-Type", "text/plain")]

    @Test("a form that fits its policy is believed; the form, not the head, describes the object")
    func fits() throws {
        let verified = try verify(signedV2(document(), Self.plain + [("x-ignore-a", "b")]))
        #expect(verified.authenticationKind == .formV2)
        #expect(verified.principal.accountID == "owner-id")
        #expect(verified.resource == .object(bucket: "bucket", key: try ObjectKey("foo.txt")))
        #expect(verified.header("content-type") == "text/plain")
        #expect(verified.header("x-amz-acl") == "private")
        #expect(verified.header("host") == "h")
        #expect(verified.formLengthRange == 0...1024)
    }

    @Test("a form without any signature is nobody's, and hides the head's headers")
    func anonymous() throws {
        let verified = try verify(form([("key", "a"), ("x-amz-meta-b", "c"), ("success_action_status", "201")]))
        #expect(verified.principal == .anonymous)
        #expect(verified.header("x-amz-acl") == nil)
        #expect(verified.header("content-type") == nil)
        #expect(verified.metadataHeaders.map(\.value) == ["c"])
        #expect(verified.formField("success_action_status") == "201")
    }

    @Test("names and operators are compared without regard to case")
    func caseInsensitive() throws {
        let conditions = """
            {"bUcKeT": "bucket"}, ["StArTs-WiTh", "$KeY", "foo"], {"AcL": "private"},
            ["StArTs-WiTh", "$CoNtEnT-TyPe", "text/plain"], ["content-length-range", 0, 1024]
            """
        let fields = [("kEy", "foo.txt"), ("aCl", "private"), ("Content-Type", "text/plain")]
        #expect(try verify(signedV2(document(conditions), fields)).resource.key?.description == "foo.txt")
    }

    @Test("${filename} becomes the last component of the file's name, and the policy sees that")
    func fileName() throws {
        var fields = Self.plain
        fields[0].1 = "${filename}"
        let form = signedV2(document(), fields)
        #expect(try verify(form, fileName: "C:\\dir\\foo.txt").resource.key?.description == "foo.txt")
        #expect(refusal { _ = try verify(form, fileName: "bar.txt") }?.code == .accessDenied)
        #expect(refusal { _ = try verify(form, fileName: "dir/") }?.code == .invalidArgument)
    }

    @Test("AWS's example of a form signed with version 4")
    func versionFour() throws {
        // See: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
        let policy =
            "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6"
            + "ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7Im"
            + "FjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1"
            + "Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW"
            + "50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16"
            + "LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLC"
            + "AiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3Mz"
            + "L2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LW"
            + "RhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9"
        var fields = form([
            ("key", "user/user1/${filename}"), ("acl", "public-read"),
            ("success_action_redirect", "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"),
            ("Content-Type", "image/jpeg"), ("x-amz-meta-uuid", "14365123651274"),
            ("x-amz-server-side-encryption", "AES256"),
            ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Date", "20151229T000000Z"), ("x-amz-meta-tag", "t"),
            ("Policy", policy),
            ("X-Amz-Signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"),
        ])
        let verified = try verify(fields, bucket: "sigv4examplebucket", now: 1_451_347_200)
        #expect(verified.authenticationKind == .formV4)
        #expect(verified.resource.key?.description == "user/user1/foo.txt")
        #expect(verified.header("x-amz-server-side-encryption") == "AES256")
        fields[9] = FormField(name: "x-amz-date", value: "20151230T000000Z")
        #expect(refusal { _ = try verify(fields, bucket: "sigv4examplebucket") } != nil)
    }

    @Test(
        "policies that are no policies",
        arguments: [
            "", "x", "[]", "{}", #"{"expiration": "2013-05-24T01:00:00Z"}"#,
            #"{"expiration": "2013-05-24T01:00:00Z", "conditions": []}"#,
            #"{"expiration": "2013-05-24T01:00:00Z", "conditions": [{}]}"#,
            #"{"expiration": "2013-05-24T01:00:00Z", "CONDITIONS": [{"bucket": "bucket"}]}"#,
            #"{"EXPIRATION": "2013-05-24T01:00:00Z", "conditions": [{"bucket": "bucket"}]}"#,
            #"{"conditions": [{"bucket": "bucket"}]}"#,
            #"{"expiration": "2013-05-24 01:00:00+00:00", "conditions": [{"bucket": "bucket"}]}"#,
            #"{"expiration": 1, "conditions": [{"bucket": "bucket"}]}"#,
            #"{"expiration": "2013-05-24T01:00:00Z", "conditions": [["content-length-range", 0]]}"#,
            #"{"expiration": "2013-05-24T01:00:00Z", "conditions": [["content-length-range", -1, 0]]}"#,
            #"{"expiration": "2013-05-24T01:00:00Z", "conditions": [["content-length-range", 2, 1]]}"#,
            #"{"expiration": "2013-05-24T01:00:00Z", "conditions": [["ends-with", "$key", "a"]]}"#,
            #"{"expiration": "2013-05-24T01:00:00Z", "conditions": [["eq", "key", "a"]]}"#,
            #"{"expiration": "2013-05-24T01:00:00Z", "conditions": [null]}"#,
            #"{"expiration": "2013-05-24T01:00:00Z", "conditions": [{"bucket": null}]}"#,
        ])
    func invalidPolicy(_ document: String) {
        #expect(refusal { _ = try verify(signedV2(document, Self.plain)) }?.code == .invalidPolicyDocument)
    }

    @Test("a policy that is not Base64")
    func notBase64() {
        let signature = Base64.encode(
            Digest.hmacSHA1(key: TestCredentials.example.secret.bytes, message: Array("!!".utf8)))
        let fields = form(
            Self.plain + [("AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"), ("policy", "!!"), ("signature", signature)])
        #expect(refusal { _ = try verify(fields) }?.code == .invalidPolicyDocument)
    }

    @Test("a policy's conditions are enforced, both ways")
    func enforcement() {
        func code(_ fields: [(String, String)], _ conditions: String = Self.conditions, bucket: String = "bucket")
            -> S3Error.Code?
        {
            refusal { _ = try verify(signedV2(document(conditions), fields), bucket: bucket) }?.code
        }
        #expect(code(Self.plain) == nil)
        #expect(code([("key", "bar"), Self.plain[1], Self.plain[2]]) == .accessDenied)
        #expect(code([Self.plain[0], ("acl", "public-read"), Self.plain[2]]) == .accessDenied)
        #expect(code([Self.plain[0], ("acl", "private"), ("Content-Type", "image/png")]) == .accessDenied)
        #expect(code([Self.plain[0], Self.plain[1], ("Content-Type", "text/plain,image/png")]) == .accessDenied)
        #expect(code([Self.plain[0], Self.plain[1], ("Content-Type", "text/plain, text/plain2")]) == nil)
        #expect(code([Self.plain[0], Self.plain[1]]) == .accessDenied)
        #expect(code(Self.plain + [("x-amz-meta-a", "b")]) == .accessDenied)
        #expect(code(Self.plain + [("x-amz-storage-class", "GLACIER")]) == .accessDenied)
        #expect(code(Self.plain + [("success_action_redirect", "http://evil")]) == .accessDenied)
        #expect(code(Self.plain + [("x-amz-checksum-sha256", "x")]) == nil)
        #expect(code(Self.plain + [("x-amz-checksum-algorithm", "x")]) == .accessDenied)
        #expect(code(Self.plain, bucket: "another") == .accessDenied)
        #expect(code(Self.plain + [("bucket", "bucket")], bucket: "another") == .accessDenied)
        #expect(code(Self.plain, Self.conditions + #", ["eq", "$x-amz-meta-foo", ""]"#) == .accessDenied)
        #expect(
            code(Self.plain + [("x-amz-meta-foo", "")], Self.conditions + #", ["eq", "$x-amz-meta-foo", ""]"#) == nil)
        let withoutBucket = Self.conditions.replacing(#"{"bucket": "bucket"},"#, with: "")
        #expect(code(Self.plain, withoutBucket) == .accessDenied)
    }

    @Test("a policy ends when it says so")
    func expiration() throws {
        let fields = signedV2(document(), Self.plain)
        #expect(try verify(fields, now: exampleTime + 3599).formLengthRange != nil)
        let error = refusal { _ = try verify(fields, now: exampleTime + 3600) }
        #expect(error?.code == .accessDenied)
        #expect(error?.message == "Invalid according to Policy: Policy expired.")
    }

    @Test("of several length ranges the narrowest counts")
    func lengthRanges() throws {
        let conditions = Self.conditions + #", ["content-length-range", "512", "2000"]"#
        #expect(try verify(signedV2(document(conditions), Self.plain)).formLengthRange == 512...1024)
        let contradiction = Self.conditions + #", ["content-length-range", 2000, 3000]"#
        #expect(
            refusal { _ = try verify(signedV2(document(contradiction), Self.plain)) }?.code == .invalidPolicyDocument)
    }

    @Test("what is missing, doubled or wrong around the policy")
    func fields() {
        let signed = signedV2(document(), Self.plain)
        func code(_ fields: [FormField]) -> S3Error.Code? { refusal { _ = try verify(fields) }?.code }
        func without(_ name: String) -> [FormField] { signed.filter { $0.name != name } }
        func with(_ name: String, _ value: String) -> [FormField] {
            without(name) + [FormField(name: name, value: value)]
        }
        #expect(code(without("key")) == .invalidArgument)
        #expect(code(without("signature")) == .invalidArgument)
        #expect(code(without("policy")) == .invalidArgument)
        #expect(code(without("AWSAccessKeyId")) == .accessDenied)
        #expect(code(with("AWSAccessKeyId", "NOBODY")) == .invalidAccessKeyId)
        #expect(code(with("signature", "AAAA")) == .signatureDoesNotMatch)
        #expect(code(with("policy", Base64.encode(Array("{}".utf8)))) == .signatureDoesNotMatch)
        #expect(code(signed + [FormField(name: "KEY", value: "other")]) == .invalidArgument)
        #expect(code(with("key", String(repeating: "f", count: 1025))) == .keyTooLong)
        #expect(
            code((0...100).map { FormField(name: "x-ignore-\($0)", value: "") }) == .maxPostPreDataLengthExceeded)
    }
}
