// Why this file exists: a legal hold keeps a version until somebody takes it off, whatever its retention says.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html
import ObjectCore

struct PutObjectLegalHold: S3Operation {
    static let name: StaticString = "PutObjectLegalHold"
    static let route = Route(.put, .object, .legalHold)
    static let permissions: [Action] = ["s3:PutObjectLegalHold"]
    static let logName: StaticString = "REST.PUT.OBJECT_LOCK_LEGAL_HOLD"
    static let documentMaximum: Int? = ObjectLockDocument.lengthMaximum

    let version: VersionID?
    let isOn: Bool

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
        isOn = try LegalHoldDocument.isOn(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> TaggedVersion {
        let bucket = try context.bucket()
        guard bucket.hasObjectLock else { throw S3Error.lacksObjectLock }
        let key = try context.key()
        var facts = RequestConditions.Facts()
        facts.legalHold = (isOn ? LegalHoldState.on : .off).rawValue
        let judged = try context.judged(version, in: bucket, facts: facts)
        let changed = try await context.changed(version) { () async throws(StoreError) in
            try await context.store.setLegalHold(
                isOn, of: key, version: version, expecting: judged, in: bucket, origin: context.origin)
        }
        return TaggedVersion(version: changed, bucket: bucket)
    }

    func encode(_ output: TaggedVersion, into response: inout HTTPResponse) {
        response.addVersion(output.version, bucket: output.bucket)
    }
}
