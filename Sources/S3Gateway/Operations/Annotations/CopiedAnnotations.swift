// Why this file exists: a copy takes the annotations of its source along, sealed as the copy is.
import ObjectCore

extension OperationContext {
    /// The annotations of the source, staged for the copy.
    /// - Parameter sealed: what the copy is sealed with; nil leaves it plain.
    /// - Throws: AccessDenied without the permissions to read and write annotations, where there are any; InvalidRequest
    ///   when the copy could not have annotations.
    func copiedAnnotations(
        of source: ObjectVersion, in sourceBucket: Bucket, to bucket: Bucket, sealed request: EncryptionRequest?
    ) async throws(S3Error) -> [StagedAnnotation] {
        let found = try looked { () throws(StoreError) in
            try store.annotations(of: source, asOf: sourceBucket.asOf).annotations
        }
        guard !found.isEmpty else { return [] }
        try check(
            "s3:GetObjectAnnotation", on: sourceBucket, key: source.key, target: .version(source.attributes))
        try check("s3:PutObjectAnnotation", on: bucket)
        if case .customer = request {
            throw S3Error(
                .invalidRequest,
                "Objects that are encrypted with SSE-C cannot have annotations; copy without them "
                    + "(x-amz-object-annotation-directive: EXCLUDE).")
        }
        let keyring = service.configuration.keyring
        var staged: [StagedAnnotation] = []
        for annotation in found {
            let key = try dataKey(of: annotation)
            staged.append(
                try await stored { () async throws(StoreError) in
                    let target = try request.map { request throws(StoreError) in try keyring.newDataKey(request) }
                    return try await store.restage(annotation, from: key, to: target)
                })
        }
        return staged
    }
}
