// Why this file exists: what a request says about encryption, read in one way for every operation, with AWS's refusals.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
import ObjectCore

/// A customer's key as the headers carry it.
struct CustomerKeyHeaders: Sendable {
    var key: SymmetricKey
    /// As the client sent it; answers repeat it.
    var md5: String
}

/// What a write asks.
struct EncryptionHeaders: Sendable {
    /// Nil when the headers say nothing: then the bucket decides.
    var request: EncryptionRequest?
    var customerKey: CustomerKeyHeaders?

    private static let algorithm = "AES256"

    init(writing request: VerifiedRequest) throws(S3Error) {
        customerKey = try EncryptionHeaders.customerKey(
            algorithm: request.header("x-amz-server-side-encryption-customer-algorithm"),
            key: request.header("x-amz-server-side-encryption-customer-key"),
            md5: request.header("x-amz-server-side-encryption-customer-key-md5"),
            prefix: "x-amz-server-side-encryption-customer")
        let scheme = request.header("x-amz-server-side-encryption")
        if let customerKey {
            guard scheme == nil else {
                throw .invalidArgument(
                    "Server Side Encryption with Customer provided key is incompatible with the encryption method "
                        + "specified",
                    name: "x-amz-server-side-encryption", value: scheme ?? "")
            }
            self.request = .customer(customerKey.key)
        }
        let keyName = request.header("x-amz-server-side-encryption-aws-kms-key-id")
        let context = request.header("x-amz-server-side-encryption-context")
        switch scheme {
        case "aws:kms":
            self.request = .named(
                try keyName.map { name throws(S3Error) in try EncryptionHeaders.keyName(name) }
                    ?? Keyring.defaultKeyName,
                context: try context.map { text throws(S3Error) in try EncryptionContext.decode(text) } ?? [],
                usesBucketKey: request.header("x-amz-server-side-encryption-bucket-key-enabled")?.lowercased()
                    == "true")
            return
        case nil: break
        case .some(EncryptionHeaders.algorithm): self.request = .master
        case "aws:kms:dsse":
            throw S3Error(
                .notImplemented, "Dual-layer encryption is not implemented.",
                fields: ["Header": "x-amz-server-side-encryption"])
        case .some(let other):
            throw .invalidArgument(
                "The encryption method specified is not supported", name: "x-amz-server-side-encryption", value: other)
        }
        for (name, value) in [
            ("x-amz-server-side-encryption-aws-kms-key-id", keyName), ("x-amz-server-side-encryption-context", context),
        ] {
            guard let value else { continue }
            throw .invalidArgument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : "
                    + "aws:kms",
                name: name, value: value)
        }
    }

    /// A key's name, or an ARN that ends with it.
    static func keyName(_ text: String) throws(S3Error) -> String {
        guard text.hasPrefix("arn:") else { return text }
        let fields = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard fields.count == 6, fields[2] == "kms", fields[5].hasPrefix("key/"), fields[5].count > 4 else {
            throw S3Error(.kmsNotFound, "Invalid arn \(text)")
        }
        return String(fields[5].dropFirst(4))
    }

    /// What a read says: a customer's key or nothing.
    static func reading(_ request: VerifiedRequest) throws(S3Error) -> CustomerKeyHeaders? {
        if let scheme = request.header("x-amz-server-side-encryption") {
            throw .invalidArgument(
                "x-amz-server-side-encryption header is not supported for this operation.",
                name: "x-amz-server-side-encryption", value: scheme)
        }
        return try customerKey(
            algorithm: request.header("x-amz-server-side-encryption-customer-algorithm"),
            key: request.header("x-amz-server-side-encryption-customer-key"),
            md5: request.header("x-amz-server-side-encryption-customer-key-md5"),
            prefix: "x-amz-server-side-encryption-customer")
    }

    /// The key of a copy's source.
    static func copySource(_ request: VerifiedRequest) throws(S3Error) -> CustomerKeyHeaders? {
        try customerKey(
            algorithm: request.header("x-amz-copy-source-server-side-encryption-customer-algorithm"),
            key: request.header("x-amz-copy-source-server-side-encryption-customer-key"),
            md5: request.header("x-amz-copy-source-server-side-encryption-customer-key-md5"),
            prefix: "x-amz-copy-source-server-side-encryption-customer")
    }

    private static func customerKey(
        algorithm: String?, key: String?, md5: String?, prefix: String
    ) throws(S3Error) -> CustomerKeyHeaders? {
        guard algorithm != nil || key != nil || md5 != nil else { return nil }
        let start = "Requests specifying Server Side Encryption with Customer provided keys must provide "
        guard let algorithm else {
            throw .invalidArgument(start + "a valid encryption algorithm.", name: prefix + "-algorithm", value: "null")
        }
        guard algorithm == EncryptionHeaders.algorithm else {
            throw S3Error(
                .invalidEncryptionAlgorithm,
                "The Encryption request you specified is not valid. Supported value: AES256.",
                fields: ["ArgumentName": prefix + "-algorithm", "ArgumentValue": algorithm])
        }
        guard let key else {
            throw .invalidArgument(start + "an appropriate secret key.", name: prefix + "-key", value: "null")
        }
        guard let bytes = Base64.decode(key), let decoded = SymmetricKey(bytes) else {
            // Whatever it is, it may be a secret: it is not told back.
            throw S3Error(
                .invalidArgument, "The secret key was invalid for the specified algorithm.",
                fields: ["ArgumentName": prefix + "-key"])
        }
        guard let md5 else {
            throw .invalidArgument(
                start + "the client calculated MD5 of the secret key.", name: prefix + "-key-MD5", value: "null")
        }
        guard Base64.decode(md5) == Digest.md5(bytes) else {
            throw .invalidArgument(
                "The calculated MD5 hash of the key did not match the hash that was provided.",
                name: prefix + "-key-MD5", value: md5)
        }
        return CustomerKeyHeaders(key: decoded, md5: md5)
    }
}

extension HTTPResponse {
    /// What a write answers about encryption.
    mutating func addEncryption(_ encryption: ObjectEncryption?, _ asked: EncryptionHeaders) {
        guard let encryption else { return }
        addEncryption(encryption, customerKey: asked.customerKey)
        if !encryption.context.isEmpty {
            add("x-amz-server-side-encryption-context", Base64.encode(encryption.context))
        }
    }

    /// How an object is encrypted.
    mutating func addEncryption(_ encryption: ObjectEncryption?, customerKey: CustomerKeyHeaders?) {
        guard let encryption else { return }
        switch encryption.scheme {
        case .master: add("x-amz-server-side-encryption", "AES256")
        case .named:
            add("x-amz-server-side-encryption", "aws:kms")
            add("x-amz-server-side-encryption-aws-kms-key-id", encryption.keyName)
            if encryption.usesBucketKey { add("x-amz-server-side-encryption-bucket-key-enabled", "true") }
        case .customer:
            add("x-amz-server-side-encryption-customer-algorithm", "AES256")
            // A form upload's key and a completion's need not have been sent again.
            if let customerKey { add("x-amz-server-side-encryption-customer-key-MD5", customerKey.md5) }
        }
    }
}
