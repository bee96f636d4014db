// Why this file exists: what an operation may use besides its own decoded request, handed to it instead of being
// reached for.
import Lineage
import ObjectCore

/// The surroundings of one request.
struct OperationContext {
    let service: S3Service
    let request: VerifiedRequest
    /// The body as HTTP gives it; ``VerifiedRequest/body(over:checksumHeaders:)`` reads through it.
    let rawBody: any RequestBody
    /// The bucket of the request; nil for the service itself and for a bucket that does not exist.
    let bucketOrNil: Bucket?
    let ids: RequestIDs
    /// When the request was taken up.
    let now: Timestamp
    /// Where the access log's facts are noted; nil when nobody listens.
    let notes: ExchangeNotes?
    /// The proof that the operation may be carried out; nil before it was asked for.
    var authorized: AuthorizedRequest?
    /// The point of the bucket's past that the request is about; nil for the present.
    var past: PastPoint?

    var store: ObjectStore { service.store }
    var authorizer: Authorizer { service.authorizer }

    /// The bucket of the request.
    /// - Throws: NoSuchBucket; InvalidArgument when the state that the request is about is not known.
    func bucket() throws(S3Error) -> Bucket {
        guard let bucketOrNil else {
            throw S3Error(.noSuchBucket, fields: ["BucketName": request.resource.bucket ?? ""])
        }
        guard let past else { return bucketOrNil }
        return try looked { () throws(StoreError) in try store.bucket(bucketOrNil, asOf: past) }
    }

    /// The key of the request, for operations on objects, whose route guarantees one.
    func key() throws(S3Error) -> ObjectKey {
        guard let key = request.resource.key else { throw S3Error(.invalidURI) }
        return key
    }

    /// Who asks, as the journal records it.
    var origin: ChangeOrigin {
        let identity = request.principal.identity
        return ChangeOrigin(
            account: identity?.accountID ?? "", accessKey: identity?.accessKey ?? "",
            remoteAddress: request.remoteAddress, requestID: ids.request, run: run?.id,
            isPost: request.method == .post)
    }

    /// Canonical id of the account that asks; empty for nobody.
    var account: String { request.principal.accountID ?? "" }

    /// The same surroundings for the request that a form stands for.
    func replacing(request: VerifiedRequest) -> OperationContext {
        notes?.request = request
        return OperationContext(
            service: service, request: request, rawBody: rawBody, bucketOrNil: bucketOrNil, ids: ids, now: now,
            notes: notes)
    }

    /// Notes what the access log tells of an object.
    func note(_ version: ObjectVersion) {
        guard let notes else { return }
        notes.objectSize = version.size
        if !version.isNull { notes.versionID = version.versionID.description }
    }

    func addRequestIDs(to response: inout HTTPResponse) {
        response.add("x-amz-request-id", ids.request)
        response.add("x-amz-id-2", ids.host)
    }

    /// Holds the request to `x-amz-expected-bucket-owner`.
    func checkExpectedOwner() throws(S3Error) {
        guard let bucketOrNil, let expected = request.header("x-amz-expected-bucket-owner") else { return }
        guard isOwner(expected, of: bucketOrNil) else { throw S3Error(.accessDenied) }
    }

    /// Whether an account, by its 12 digits as STS tells them or by its canonical id, owns a bucket.
    private func isOwner(_ account: String, of bucket: Bucket) -> Bool {
        account == bucket.owner || account == store.accountNumber(bucket.owner).map(AccountNumber.text)
    }

    /// The whole body, for operations that read a document.
    /// - Parameter needsDigest: refuse a document that comes with neither Content-MD5 nor a checksum.
    func document(
        maximum: Int, checksumHeaders: S3Body.ChecksumHeaders, needsDigest: Bool
    ) async throws(S3Error) -> [UInt8] {
        let body = try request.body(over: rawBody, checksumHeaders: checksumHeaders)
        return try await body.collect(limit: maximum, requiresIntegrity: needsDigest)
    }

    /// The bucket called `name`, for sources of copies; whether what lies in it may be read is asked of each version.
    func otherBucket(_ name: String) throws(S3Error) -> Bucket {
        let bucket: Bucket
        do {
            bucket = try store.bucket(name)
        } catch {
            throw S3Error(error, bucket: name)
        }
        if let expected = request.header("x-amz-source-expected-bucket-owner"), !isOwner(expected, of: bucket) {
            throw S3Error(.accessDenied)
        }
        return bucket
    }

    /// The name under which an account is shown.
    func displayName(of account: String) -> String {
        if let identity = request.principal.identity, identity.accountID == account { return identity.displayName }
        return store.accountName(account) ?? ""
    }

    /// Calls the store; what it refuses with names this request's bucket and key.
    func stored<Value>(
        _ work: () async throws(StoreError) -> Value
    ) async throws(S3Error) -> Value {
        do {
            return try await work()
        } catch {
            throw S3Error(error, bucket: request.resource.bucket, key: request.resource.key)
        }
    }

    /// Calls the store for something that it answers at once.
    func looked<Value>(_ work: () throws(StoreError) -> Value) throws(S3Error) -> Value {
        do {
            return try work()
        } catch {
            throw S3Error(error, bucket: request.resource.bucket, key: request.resource.key)
        }
    }
}
