// Why this file exists: what a bucket prescribes for writes that say nothing about encryption, as a value and as the
// document of S3. It is judged when a write begins, because from then on bytes are sealed as they arrive.
import ObjectCore

/// The encryption configuration of a bucket.
struct DefaultEncryption: Sendable {
    /// Nil when the configuration only blocks.
    var request: EncryptionRequest?
    /// Whether SSE-C is refused.
    var blocksCustomerKeys: Bool

    /// - Throws: MalformedXML, InvalidArgument, NotImplemented for dual-layer encryption.
    init(_ document: [UInt8]) throws(S3Error) {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "ServerSideEncryptionConfiguration")
        let rules = root.children("Rule")
        guard rules.count == 1, root.children.count == 1, let rule = rules.first else { throw S3Error(.malformedXML) }
        for child in rule.children {
            guard
                ["ApplyServerSideEncryptionByDefault", "BucketKeyEnabled", "BlockedEncryptionTypes"].contains(
                    child.name)
            else { throw S3Error(.malformedXML) }
        }
        blocksCustomerKeys = false
        for type in rule.child("BlockedEncryptionTypes")?.children("EncryptionType") ?? [] {
            switch type.trimmedText {
            case "SSE-C": blocksCustomerKeys = true
            case "NONE": break
            default: throw S3Error(.malformedXML)
            }
        }
        guard let apply = rule.child("ApplyServerSideEncryptionByDefault") else {
            guard rule.child("BlockedEncryptionTypes") != nil else { throw S3Error(.malformedXML) }
            return
        }
        let keyName = apply.child("KMSMasterKeyID")?.trimmedText
        switch apply.child("SSEAlgorithm")?.trimmedText {
        case "AES256":
            guard keyName == nil else {
                throw .invalidArgument(
                    "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
                    name: "ApplyServerSideEncryptionByDefault", value: "")
            }
            request = .master
        case "aws:kms":
            request = .named(
                try keyName.map { name throws(S3Error) in try EncryptionHeaders.keyName(name) }
                    ?? Keyring.defaultKeyName,
                usesBucketKey: rule.child("BucketKeyEnabled")?.trimmedText == "true")
        case "aws:kms:dsse":
            throw S3Error(
                .notImplemented, "Dual-layer encryption is not implemented.", fields: ["Element": "SSEAlgorithm"])
        default: throw S3Error(.malformedXML)
        }
    }

    /// The document that is kept and given back.
    var document: [UInt8] {
        var writer = XMLWriter()
        writer.element("ServerSideEncryptionConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            writer.element("Rule") { writer in
                switch request {
                case .master:
                    writer.element("ApplyServerSideEncryptionByDefault") { $0.leaf("SSEAlgorithm", "AES256") }
                    writer.leaf("BucketKeyEnabled", false)
                case .named(let name, _, let usesBucketKey):
                    writer.element("ApplyServerSideEncryptionByDefault") { writer in
                        writer.leaf("SSEAlgorithm", "aws:kms")
                        writer.leaf("KMSMasterKeyID", name)
                    }
                    writer.leaf("BucketKeyEnabled", usesBucketKey)
                case .customer, nil: break
                }
                if blocksCustomerKeys {
                    writer.element("BlockedEncryptionTypes") { $0.leaf("EncryptionType", "SSE-C") }
                }
            }
        }
        return writer.bytes
    }
}

extension OperationContext {
    /// What the bucket prescribes, or nil.
    func defaultEncryption(of bucket: Bucket) throws(S3Error) -> DefaultEncryption? {
        guard let document = store.bucketSetting(BucketSettingName.encryption.rawValue, of: bucket) else { return nil }
        return try service.decodedEncryptions.value(of: bucket.id, from: document) { bytes throws(S3Error) in
            try DefaultEncryption(bytes)
        }
    }
}
