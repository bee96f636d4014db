// Why this file exists: `versionId` names a version in many operations, and what names none is refused in one way.
import ObjectCore

extension VerifiedRequest {
    /// The version that the query names; nil for the current one.
    func versionID() throws(S3Error) -> VersionID? {
        guard let text = query("versionId") else { return nil }
        guard !text.isEmpty else {
            throw .invalidArgument("Version id cannot be the empty string", name: "versionId", value: "")
        }
        guard let version = VersionID(text) else {
            throw .invalidArgument("Invalid version id specified", name: "versionId", value: text)
        }
        return version
    }

    /// A query parameter that is a number.
    /// - Returns: nil when it is absent.
    func number(_ name: String, in range: ClosedRange<Int>, message: String) throws(S3Error) -> Int? {
        guard let text = query(name) else { return nil }
        guard let value = ASCII.decimal(text.utf8), let number = Int(exactly: value), range.contains(number) else {
            throw .invalidArgument(message, name: name, value: text)
        }
        return number
    }
}

extension OperationContext {
    /// The version that a read is about.
    /// - Throws: NoSuchKey (with the marker's headers for a delete marker on top), NoSuchVersion, MethodNotAllowed
    /// for a
    ///   delete marker that is asked for by name.
    func readableVersion(_ key: ObjectKey, version: VersionID?, in bucket: Bucket) throws(S3Error) -> ObjectVersion {
        guard let version else {
            return try looked { () throws(StoreError) in try store.object(key, in: bucket) }
        }
        do {
            let found = try store.version(version, of: key, in: bucket)
            guard !found.isDeleteMarker else {
                throw S3Error(
                    .methodNotAllowed, fields: ["Method": request.method.rawValue, "ResourceType": "DeleteMarker"],
                    headers: [
                        "x-amz-delete-marker": "true", "x-amz-version-id": version.description, "allow": "DELETE",
                        "last-modified": HTTPDate.text(found.modified),
                    ])
            }
            return found
        } catch let error as StoreError {
            throw S3Error(error, bucket: bucket.name, key: key).adding("VersionId", version.description)
        } catch let error as S3Error {
            throw error
        } catch {
            throw S3Error(.internalError)
        }
    }
}
