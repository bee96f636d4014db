// Why this file exists: PUT of an object: the body streams into the store while it is digested, and becomes visible in
// one commit that also decides the conditions. See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
import ObjectCore

struct PutObject: S3Operation {
    static let name: StaticString = "PutObject"
    static let route = Route(.put, .object)
    static let permissions: [Action] = [
        "s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectAcl", "s3:PutObjectRetention", "s3:PutObjectLegalHold",
        "s3:ReplicateObject",
    ]
    static let logName: StaticString = "REST.PUT.OBJECT"

    /// The checksum of objects for which the client names none, as on AWS since 2024. It costs next to nothing beside
    /// the MD5 of the ETag.
    static let defaultChecksum = DigestAlgorithm.crc64nvme

    var attributes: ObjectAttributes
    let conditions: WriteConditions
    let algorithm: DigestAlgorithm?
    let encryption: EncryptionHeaders
    let accessControl: AccessControlHeaders

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        guard !request.hasQuery("partNumber") else {
            throw .invalidArgument(
                "This operation does not accept a part number without an upload id.", name: "partNumber",
                value: request.query("partNumber") ?? "")
        }
        attributes = try ObjectAttributes(writing: request)
        conditions = try WriteConditions(writing: request)
        algorithm = try ChecksumHeaders.requestedAlgorithm(request)
        encryption = try EncryptionHeaders(writing: request)
        accessControl = try AccessControlHeaders(request)
    }

    struct Output {
        var version: ObjectVersion
        /// The value of `x-amz-expiration`, where a lifecycle rule is about the object.
        var expiration: String?
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let key = try context.key()
        try context.checkTagging(attributes.tags, on: bucket)
        try context.checkLock(attributes, on: bucket)
        try context.checkReplica(attributes, on: bucket)
        let ownership = try context.ownership(of: accessControl, in: bucket)
        let body = try context.request.body(over: context.rawBody)
        try ContentIntake.check(body, requested: algorithm)
        let intake = try await ContentIntake.take(
            body, algorithm: algorithm ?? PutObject.defaultChecksum,
            key: try context.newDataKey(encryption, in: bucket), in: context)
        let version = try await store(intake, as: key, in: bucket, ownership, context: context)
        return Output(version: version, expiration: try context.expiration(of: version, in: bucket))
    }

    /// Makes content that has arrived the object.
    func store(
        _ intake: ContentIntake, as key: ObjectKey, in bucket: Bucket, _ ownership: NewObjectOwnership,
        context: OperationContext
    ) async throws(S3Error) -> ObjectVersion {
        var attributes = attributes
        attributes.own(ownership)
        if let checksum = intake.checksum { attributes.checksums = [checksum] }
        let origins = context.declaredOrigins(attributes)
        let version = try await context.stored { () async throws(StoreError) in
            try await context.store.put(
                intake.content, as: key, in: bucket, attributes: attributes, conditions: conditions,
                origin: context.origin)
        }
        context.note(version)
        try await context.declare(origins, of: version)
        return version
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.addWritten(output.version)
        response.addEncryption(output.version.encryption, encryption)
        if let expiration = output.expiration { response.add("x-amz-expiration", expiration) }
    }
}
