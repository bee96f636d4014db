// Why this file exists: how a request names an upload and a part of it, and what is answered when it names none.
import ObjectCore

extension VerifiedRequest {
    /// The upload that the query names.
    /// - Throws: NoSuchUpload for what cannot be an upload id.
    func uploadID() throws(S3Error) -> UploadID {
        let text = query("uploadId") ?? ""
        guard let id = UploadID(text: text) else { throw S3Error(.noSuchUpload, fields: ["UploadId": text]) }
        return id
    }

    /// The part that the query names.
    func partNumber() throws(S3Error) -> Int {
        let message = "Part number must be an integer between 1 and 10000, inclusive"
        guard let number = try number("partNumber", in: 1...UploadLimits.partsMaximum, message: message) else {
            throw .invalidArgument(message, name: "partNumber", value: "")
        }
        return number
    }
}

/// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
enum UploadLimits {
    static let partsMaximum = 10_000
}

extension OperationContext {
    /// The open upload of this name. Where it is the upload that decides whether the operation is allowed (its initiator
    /// may end it), that is asked here.
    func upload(_ id: UploadID, in bucket: Bucket) throws(S3Error) -> MultipartUpload {
        let key = try key()
        let upload: MultipartUpload
        do {
            upload = try store.upload(id, of: key, in: bucket)
        } catch {
            let refusal = S3Error(error, bucket: bucket.name, key: key).adding("UploadId", id.description)
            // Who may do it to any upload learns that this one is not there.
            try settle(.any, in: bucket)
            throw refusal
        }
        try settle(.upload(initiator: upload.initiator ?? upload.attributes.owner), in: bucket)
        return upload
    }
}
