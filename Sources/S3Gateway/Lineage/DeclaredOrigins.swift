// Why this file exists: the simplest way to declare lineage: a writer names the sources in a header of the object itself,
// `x-amz-meta-lineage-derived-from`, and needs no other client than that of S3.
import Lineage
import ObjectCore

/// What the header of an object named.
struct DeclaredOrigins: Sendable {
    /// The user metadata of that name, without the prefix.
    static let header = "lineage-derived-from"
    /// Sources of one object; more are not taken up.
    static let sourcesMaximum = 256

    /// Journal positions of versions.
    var sources: [Int64] = []
    /// Names that are no object that the writer could know.
    var unresolved = 0
}

extension OperationContext {
    /// Reads the header: `s3://BUCKET/KEY[?versionId=ID]`, several with commas between. Without a version the one that is
    /// current now is meant. Nil when there is no such header, or no lineage.
    func declaredOrigins(_ attributes: ObjectAttributes) -> DeclaredOrigins? {
        guard service.lineage != nil,
            let value = attributes.userMetadata.first(where: { $0.name == DeclaredOrigins.header })?.value
        else { return nil }
        var origins = DeclaredOrigins()
        for text in value.split(separator: ",").prefix(DeclaredOrigins.sourcesMaximum) {
            let name = String(decoding: ASCII.trimmed(Array(text.utf8)[...]), as: UTF8.self)
            if let position = position(of: name) {
                if !origins.sources.contains(position) { origins.sources.append(position) }
            } else {
                origins.unresolved += 1
            }
        }
        return origins
    }

    private func position(of text: String) -> Int64? {
        guard let name = ObjectName(text), let bucket = try? store.bucket(name.bucket),
            let identity = request.principal.identity,
            // An account learns nothing of another's objects by naming them.
            identity.isServerOwner || bucket.owner == identity.accountID
        else { return nil }
        guard let version = name.version else { return try? store.object(name.key, in: bucket).index }
        return try? store.version(version, of: name.key, in: bucket).index
    }

    /// Journals what the header declared about a version that was just made.
    func declare(_ origins: DeclaredOrigins?, of version: ObjectVersion) async throws(S3Error) {
        guard let origins else { return }
        var members: [(String, CanonicalJSON)] = [
            ("form", .text("header")), ("version", .integer(version.index)),
            (
                "derived",
                .array(origins.sources.map { .array([.integer(version.index), .integer($0)]) })
            ),
        ]
        if origins.unresolved > 0 { members.append(("unresolved", .integer(Int64(origins.unresolved)))) }
        let record = RunRecord(.lineageDeclared, origin, members)
        _ = try await stored { () async throws(StoreError) in try await store.journal(record) }
    }
}
