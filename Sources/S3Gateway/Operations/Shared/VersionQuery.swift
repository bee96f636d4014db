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
    /// The version that the operation is about, when the principal may do to it what the operation does. Whatever is
    /// answered must come from the version that is returned: another one may have other rules.
    /// - Parameter facts: what conditions may ask beyond the head of the request.
    /// - Throws: AccessDenied; NoSuchKey (with the marker's headers for a delete marker on top), NoSuchVersion,
    ///   MethodNotAllowed for a delete marker that is asked for by name.
    func readableVersion(
        _ key: ObjectKey, version: VersionID?, in bucket: Bucket,
        facts: RequestConditions.Facts = RequestConditions.Facts()
    ) throws(S3Error) -> ObjectVersion {
        guard let authorized else { throw S3Error(.accessDenied) }
        let found: ObjectVersion
        do {
            found = try stored(key, version: version, in: bucket)
        } catch {
            throw authorized.isSettled ? error : missing(error, key: key, in: bucket, for: authorized.action)
        }
        try settle(.version(found.attributes), in: bucket, key: key, facts: facts)
        guard let version, found.isDeleteMarker else { return found }
        throw S3Error(
            .methodNotAllowed, fields: ["Method": request.method.rawValue, "ResourceType": "DeleteMarker"],
            headers: [
                "x-amz-delete-marker": "true", "x-amz-version-id": version.description, "allow": "DELETE",
                "last-modified": HTTPDate.text(found.modified),
            ])
    }

    /// A version beside the one that the operation is about, when the principal may do `action` to it: the source of a
    /// copy. A delete marker that was named is returned.
    /// - Throws: AccessDenied, NoSuchKey, NoSuchVersion.
    func judgedVersion(
        _ key: ObjectKey, version: VersionID?, in bucket: Bucket, for action: Action
    ) throws(S3Error) -> ObjectVersion {
        let found: ObjectVersion
        do {
            found = try stored(key, version: version, in: bucket)
        } catch {
            throw missing(error, key: key, in: bucket, for: action)
        }
        try check(action, on: bucket, key: key, target: .version(found.attributes))
        return found
    }

    private func stored(
        _ key: ObjectKey, version: VersionID?, in bucket: Bucket
    ) throws(S3Error) -> ObjectVersion {
        do throws(StoreError) {
            guard let version else { return try store.object(key, in: bucket) }
            return try store.version(version, of: key, in: bucket)
        } catch {
            let refusal = S3Error(error, bucket: bucket.name, key: key)
            if let version { throw refusal.adding("VersionId", version.description) }
            throw refusal
        }
    }
}
