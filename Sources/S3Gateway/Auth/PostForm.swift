// Why this file exists: form uploads are signed over a policy document, not over the request, so the policy is the
// signature's whole meaning: every field of the form must be allowed by it, or the signature covers nothing.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
import ObjectCore

/// A field of a multipart/form-data upload that came before the file.
public struct FormField: Sendable, Equatable {
    /// As sent; compared without regard to case.
    public let name: String
    public let value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// A form whose signature is right and whose fields the policy allows.
struct VerifiedForm: Sendable {
    let bucket: String
    let key: ObjectKey
    let fields: [FormField]
    let lengthRange: ClosedRange<Int64>?
    let authentication: Authentication
}

extension Authenticator {
    /// The most fields before the file.
    static let formFieldsMax = 100

    /// Checks signature and policy of a form.
    /// - Throws: InvalidArgument (a field is missing or repeated), InvalidAccessKeyId, SignatureDoesNotMatch,
    ///   InvalidPolicyDocument, AccessDenied (the policy has expired or does not allow a field), KeyTooLongError.
    func authenticate(
        _ fields: [FormField], fileName: String, bucket: String, now: Int64
    ) throws(S3Error) -> VerifiedForm {
        var form = try FormValues(fields)
        guard let keyField = form["key"] else { throw FormValues.missing("key") }
        let key = try Authenticator.key(keyField, fileName: fileName)
        form["key"] = key.description
        let authentication: Authentication
        var lengthRange: ClosedRange<Int64>?
        if form.isSigned {
            guard let encoded = form["policy"] else { throw FormValues.missing("policy") }
            authentication = try authenticate(form, policy: Array(encoded.utf8), now: now)
            let policy = try PostPolicy(base64: encoded)
            try policy.check(form, bucket: bucket, now: now)
            lengthRange = policy.lengthRange
        } else {
            authentication = Authentication(principal: .anonymous, kind: .anonymous, payload: .unsigned, signedAt: nil)
        }
        // Operations know the header; the form has a name of its own for it.
        if let acl = form["acl"], form["x-amz-acl"] == nil { form["x-amz-acl"] = acl }
        return VerifiedForm(
            bucket: bucket, key: key, fields: form.fields, lengthRange: lengthRange, authentication: authentication)
    }

    private func authenticate(
        _ form: FormValues, policy: [UInt8], now: Int64
    ) throws(S3Error) -> Authentication {
        if form["x-amz-algorithm"] != nil || form["x-amz-signature"] != nil || form["x-amz-credential"] != nil {
            return try authenticateV4(form, policy: policy, now: now)
        }
        guard let signature = form["signature"] else { throw FormValues.missing("signature") }
        guard let accessKey = form["awsaccesskeyid"] else {
            throw S3Error(
                .accessDenied,
                "Bucket POST must contain a field named 'AWSAccessKeyId'.  If it is specified, please check the order "
                    + "of the fields.")
        }
        let record = try record(for: accessKey)
        let expected = Digest.hmacSHA1(key: record.secret.bytes, message: policy)
        guard let given = Base64.decode(signature), ConstantTime.equal(expected, given) else {
            throw Authenticator.formMismatch(accessKey, signature)
        }
        try checkSession(of: record, token: form["x-amz-security-token"].map { Array($0.utf8) }, now: now)
        return Authentication(
            principal: .account(Identity(record)), kind: .formV2, payload: .unsigned, signedAt: nil)
    }

    private func authenticateV4(
        _ form: FormValues, policy: [UInt8], now: Int64
    ) throws(S3Error) -> Authentication {
        guard let algorithm = form["x-amz-algorithm"] else { throw FormValues.missing("x-amz-algorithm") }
        guard algorithm == "AWS4-HMAC-SHA256" else {
            throw S3Error.invalidArgument(
                "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"", name: "x-amz-algorithm", value: algorithm)
        }
        guard let credential = form["x-amz-credential"] else { throw FormValues.missing("x-amz-credential") }
        guard let date = form["x-amz-date"] else { throw FormValues.missing("x-amz-date") }
        guard let signature = form["x-amz-signature"] else { throw FormValues.missing("x-amz-signature") }
        let claim = try SignatureV4Claim(
            credential: Array(credential.utf8), signedHeaders: [], signature: Array(signature.utf8))
        guard let signedAt = WireDate.parseBasic(date.utf8), date.utf8.prefix(8).elementsEqual(claim.scopeDate) else {
            throw S3Error.invalidArgument(
                "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\" and of the day in "
                    + "X-Amz-Credential", name: "x-amz-date", value: date)
        }
        let record = try record(for: claim.accessKey)
        try checkScope(of: claim)
        let key = signingKeys.signingKey(for: record, claim: claim)
        guard ConstantTime.equal(SignatureV4.sign(policy, with: key), claim.signature) else {
            throw Authenticator.formMismatch(claim.accessKey, signature)
        }
        try checkSession(of: record, token: form["x-amz-security-token"].map { Array($0.utf8) }, now: now)
        return Authentication(
            principal: .account(Identity(record)), kind: .formV4, payload: .unsigned, signedAt: signedAt)
    }

    private static func formMismatch(_ accessKey: String, _ signature: String) -> S3Error {
        S3Error(
            .signatureDoesNotMatch,
            fields: ["AWSAccessKeyId": accessKey, "SignatureProvided": String(signature.prefix(128))])
    }

    // Browsers of old send the whole path of the file; its last component is meant.
    private static func key(_ template: String, fileName: String) throws(S3Error) -> ObjectKey {
        let marker = Array("${filename}".utf8)
        let bytes = Array(template.utf8)
        let name = Array(fileName.utf8)
        let start = name.lastIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }.map { $0 + 1 } ?? 0
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position...].starts(with: marker) {
                result.append(contentsOf: name[start...])
                position += marker.count
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        guard !result.isEmpty else {
            throw S3Error.invalidArgument("User key must have a length greater than 0.", name: "key", value: "")
        }
        guard result.count <= ObjectKey.maximumLength else { throw S3Error.keyTooLong(length: result.count) }
        do {
            return try ObjectKey(result)
        } catch {
            throw S3Error(error)
        }
    }
}

/// The fields of a form by name in lower case. A name that comes twice is refused: the policy would be asked about
/// one value and the other be used.
struct FormValues {
    private(set) var fields: [FormField] = []

    init(_ given: [FormField]) throws(S3Error) {
        guard given.count <= Authenticator.formFieldsMax else { throw S3Error(.maxPostPreDataLengthExceeded) }
        for field in given {
            let name = ASCII.lowercased(field.name)
            guard !fields.contains(where: { $0.name == name }) else {
                throw S3Error.invalidArgument(
                    "The form has more than one field of this name.", name: field.name, value: field.value)
            }
            fields.append(FormField(name: name, value: field.value))
        }
    }

    /// Any field of a signature makes the form a signed one, so that leaving one out does not make it anonymous.
    var isSigned: Bool {
        ["policy", "signature", "awsaccesskeyid", "x-amz-signature", "x-amz-credential", "x-amz-algorithm"].contains {
            self[$0] != nil
        }
    }

    subscript(_ name: String) -> String? {
        get { fields.first { $0.name == name }?.value }
        set {
            fields.removeAll { $0.name == name }
            if let newValue { fields.append(FormField(name: name, value: newValue)) }
        }
    }

    static func missing(_ name: String) -> S3Error {
        S3Error.invalidArgument(
            "Bucket POST must contain a field named '\(name)'.  If it is specified, please check the order of the "
                + "fields.", name: name, value: "")
    }
}
