// Why this file exists: which key a request works with: what its headers ask for, else what the bucket prescribes.
// Invariant: what was asked for is done or refused; nothing falls back to plain bytes.
import ObjectCore

extension OperationContext {
    private var keyring: Keyring { service.configuration.keyring }

    /// What new content in the bucket is to be encrypted with; nil for nothing.
    /// - Throws: AccessDenied when the bucket refuses customers' keys.
    func encryption(_ headers: EncryptionHeaders, in bucket: Bucket) throws(S3Error) -> EncryptionRequest? {
        let prescribed = try defaultEncryption(of: bucket)
        guard let asked = headers.request else { return prescribed?.request }
        if case .customer = asked, prescribed?.blocksCustomerKeys == true {
            throw S3Error(
                .accessDenied,
                "This bucket has blocked upload requests that specify Server Side Encryption with Customer provided "
                    + "keys (SSE-C).")
        }
        return asked
    }

    /// A new key for new content; nil when it stays plain.
    func newDataKey(_ headers: EncryptionHeaders, in bucket: Bucket) throws(S3Error) -> DataKey? {
        guard let request = try encryption(headers, in: bucket) else { return nil }
        return try looked { () throws(StoreError) in try keyring.newDataKey(request) }
    }

    /// The key of what is read; nil when it is plain.
    func dataKey(of version: ObjectVersion, _ customerKey: CustomerKeyHeaders?) throws(S3Error) -> DataKey? {
        guard let encryption = version.encryption else {
            guard customerKey == nil else { throw S3Error(.encryption(.customerKeyNotApplicable)) }
            return nil
        }
        return try looked { () throws(StoreError) in
            try keyring.dataKey(of: encryption, customerKey: customerKey?.key)
        }
    }

    /// The key that the parts of an upload share.
    /// - Throws: InvalidRequest when the part asks for something else than the upload did.
    func dataKey(of upload: MultipartUpload, _ headers: EncryptionHeaders) throws(S3Error) -> DataKey? {
        guard let encryption = upload.encryption else {
            guard headers.request == nil else {
                throw S3Error(
                    .invalidRequest,
                    "The multipart upload initiate did not request encryption. Please resend the request without "
                        + "sending encryption parameters.")
            }
            return nil
        }
        try check(headers.request, against: encryption)
        do throws(StoreError) {
            return try keyring.dataKey(of: encryption, customerKey: headers.customerKey?.key)
        } catch .encryption(.customerKeyWrong) {
            throw OperationContext.otherParameters
        } catch {
            throw S3Error(error)
        }
    }

    /// A part may repeat what the upload asked for; a customer's key it must.
    private func check(_ asked: EncryptionRequest?, against encryption: ObjectEncryption) throws(S3Error) {
        let isSame: Bool
        switch (encryption.scheme, asked) {
        case (.customer, nil):
            throw S3Error(
                .invalidRequest,
                "The multipart upload initiate requested encryption. Subsequent part requests must include the "
                    + "appropriate encryption parameters.")
        case (.master, nil), (.named, nil), (.master, .master), (.customer, .customer): isSame = true
        case (.named, .named(let name, let context, _)):
            isSame = name == encryption.keyName && (context.isEmpty || context == encryption.context)
        default: isSame = false
        }
        guard isSame else { throw OperationContext.otherParameters }
    }

    private static var otherParameters: S3Error {
        S3Error(.invalidRequest, "The provided encryption parameters did not match the ones used originally.")
    }

    /// A completion gives a customer's key again, as on AWS, where every upload has a checksum that is computed under it;
    /// whatever else it says must be what the upload asked for. A repeated completion has no upload any more and is not
    /// held to it.
    func checkCompletion(of id: UploadID, in bucket: Bucket, _ headers: EncryptionHeaders) throws(S3Error) {
        guard let key = request.resource.key, let upload = try? store.upload(id, of: key, in: bucket) else { return }
        // Only a customer's key needs to be proven; other keys may be out of reach without harm to a completion.
        guard let encryption = upload.encryption, encryption.scheme != .customer else {
            _ = try dataKey(of: upload, headers)
            return
        }
        try check(headers.request, against: encryption)
    }
}
