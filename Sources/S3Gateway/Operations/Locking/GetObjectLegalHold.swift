// Why this file exists: whether a version is on legal hold. A version of which nobody ever said has none to tell.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html
import ObjectCore

struct GetObjectLegalHold: S3Operation {
    static let name: StaticString = "GetObjectLegalHold"
    static let route = Route(.get, .object, .legalHold)
    static let permissions: [Action] = ["s3:GetObjectLegalHold"]
    static let logName: StaticString = "REST.GET.OBJECT_LOCK_LEGAL_HOLD"
    static let tellsThePast = true

    let version: VersionID?

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Bool {
        let bucket = try context.bucket()
        guard bucket.hasObjectLock else { throw S3Error.lacksObjectLock }
        let found = try context.readableVersion(context.key(), version: version, in: bucket)
        guard found.attributes.hasLegalHoldStatus else { throw S3Error(.noSuchObjectLockConfiguration) }
        return found.attributes.isOnLegalHold
    }

    func encode(_ output: Bool, into response: inout HTTPResponse) {
        LegalHoldDocument.write(isOn: output, into: &response)
    }
}
