// Why this file exists: one part of an upload; sent again under its number, it takes the place of the one before.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
import ObjectCore

struct UploadPart: S3Operation {
    static let name: StaticString = "UploadPart"
    static let route = Route(.put, .object, .uploadId)
    static let permissions: [Action] = ["s3:PutObject"]
    static let logName: StaticString = "REST.PUT.PART"

    let id: UploadID
    let number: Int
    let algorithm: DigestAlgorithm?
    let encryption: EncryptionHeaders

    struct Output {
        var part: UploadedPart
        var encryption: ObjectEncryption?
    }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        id = try request.uploadID()
        number = try request.partNumber()
        algorithm = try ChecksumHeaders.requestedAlgorithm(request)
        encryption = try EncryptionHeaders(writing: request)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let upload = try context.upload(id, in: bucket)
        let key = try context.dataKey(of: upload, encryption)
        let body = try context.request.body(over: context.rawBody)
        try ContentIntake.check(body, requested: algorithm)
        if let expected = upload.checksumAlgorithm, let announced = body.announcedAlgorithm, announced != expected {
            throw S3Error(
                .invalidRequest,
                "Checksum Type mismatch occurred, expected checksum Type: \(expected.s3Name.lowercased()), actual "
                    + "checksum Type: \(announced.s3Name.lowercased())")
        }
        let intake = try await ContentIntake.take(
            body, algorithm: upload.checksumAlgorithm ?? algorithm, key: key, isPart: true, in: context)
        let part = try await context.stored { () async throws(StoreError) in
            try await context.store.putPart(
                intake.content, number: number, of: upload, checksums: intake.checksum.map { [$0] } ?? [],
                origin: context.origin)
        }
        return Output(part: part, encryption: upload.encryption)
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.add("etag", EntityTags.quoted(output.part.etag))
        response.addEncryption(output.encryption, encryption)
        response.addChecksums(output.part.checksums, partCount: 1, withKind: false)
    }
}
