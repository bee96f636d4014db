// Why this file exists: up to a thousand deletions in one request and one commit; each succeeds or fails alone, and
// one that was refused says so beside the others.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
import ObjectCore

struct DeleteObjects: S3Operation {
    static let name: StaticString = "DeleteObjects"
    static let route = Route(.post, .bucket, .delete)
    static let permissions: [Action] = [
        "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention",
    ]
    static let logName: StaticString = "REST.POST.MULTI_OBJECT_DELETE"
    /// AWS takes 2 MiB for 1,000 keys.
    static let documentMaximum: Int? = 2 << 20
    static let documentNeedsDigest = true

    static let countMaximum = 1000
    /// Entries that are asked about before others have their turn.
    private static let questionsPerTurn = 32

    /// One entry of the request.
    struct Entry {
        var keyText: String
        var versionText: String?
        /// What is to be deleted, or why that cannot even be tried.
        var request: Result<DeleteRequest, S3Error>
    }

    struct Output {
        var outcomes: [(entry: Entry, result: Result<DeleteOutcome, S3Error>)]
    }

    let entries: [Entry]
    let isQuiet: Bool

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "Delete")
        isQuiet = root.child("Quiet")?.trimmedText.lowercased() == "true"
        let objects = root.children("Object")
        guard !objects.isEmpty, objects.count <= DeleteObjects.countMaximum else { throw S3Error(.malformedXML) }
        var entries: [Entry] = []
        entries.reserveCapacity(objects.count)
        let now = authorized.request.signedAt ?? 0
        for object in objects {
            guard let keyText = object.text("Key") else { throw S3Error(.malformedXML) }
            let versionText = object.child("VersionId")?.trimmedText
            entries.append(
                Entry(
                    keyText: keyText, versionText: versionText?.isEmpty == true ? nil : versionText,
                    request: DeleteObjects.request(object, key: keyText, version: versionText, now: now)))
        }
        self.entries = entries
    }

    private static func request(
        _ object: XMLElement, key: String, version: String?, now: Int64
    ) -> Result<DeleteRequest, S3Error> {
        do throws(S3Error) {
            var request: DeleteRequest
            do {
                request = DeleteRequest(key: try ObjectKey(key))
            } catch {
                throw S3Error(error)
            }
            if let version, !version.isEmpty {
                guard let id = VersionID(version) else {
                    throw S3Error(.noSuchVersion)
                }
                request.version = id
            }
            if let etag = object.child("ETag")?.trimmedText { request.conditions.etag = EntityTags.unquoted(etag) }
            if let time = object.child("LastModifiedTime")?.trimmedText {
                request.conditions.modified = try WriteConditions.time(time, name: "LastModifiedTime", now: now)
            }
            if let size = object.child("Size")?.trimmedText {
                guard let number = ASCII.decimal(size.utf8) else {
                    throw .invalidArgument("The size is not a number.", name: "Size", value: size)
                }
                request.conditions.size = number
            }
            return .success(request)
        } catch {
            return .failure(error)
        }
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        var results: [Result<DeleteOutcome, S3Error>?] = Array(repeating: nil, count: entries.count)
        var requests: [DeleteRequest] = []
        var positions: [Int] = []
        for (position, entry) in entries.enumerated() {
            // A thousand questions to long policies take a while; the way over another thread lets others on this event
            // loop go in between, which a yield within the same turn of it would not.
            if position % DeleteObjects.questionsPerTurn == DeleteObjects.questionsPerTurn - 1 {
                try await context.stored { () async throws(StoreError) in try await context.store.onWorker {} }
            }
            do throws(S3Error) {
                var request = try entry.request.get()
                try context.checkDeletion(of: request.key, version: request.version, in: bucket)
                if request.version != nil {
                    request.bypassesGovernance = context.bypassesGovernance(on: bucket, key: request.key)
                }
                requests.append(request)
                positions.append(position)
            } catch {
                results[position] = .failure(error)
            }
        }
        context.authorized?.settleEach()
        let outcomes = await context.store.delete(requests, in: bucket, origin: context.origin)
        for (position, outcome) in zip(positions, outcomes) {
            results[position] = outcome.mapError { S3Error($0, bucket: bucket.name) }
        }
        return Output(
            outcomes: zip(entries, results).map { entry, result in
                (entry, result ?? .failure(S3Error(.internalError)))
            })
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("DeleteResult", namespace: XMLWriter.s3Namespace) { writer in
            for (entry, result) in output.outcomes {
                switch result {
                case .success(let outcome):
                    if !isQuiet { DeleteObjects.encode(outcome, of: entry, into: &writer) }
                case .failure(let error):
                    writer.element("Error") { writer in
                        writer.leaf("Key", entry.keyText)
                        if let version = entry.versionText { writer.leaf("VersionId", version) }
                        writer.leaf("Code", error.code.wireName)
                        writer.leaf("Message", error.message ?? error.code.defaultMessage)
                    }
                }
            }
        }
        response.setXML(writer)
    }

    private static func encode(_ outcome: DeleteOutcome, of entry: Entry, into writer: inout XMLWriter) {
        writer.element("Deleted") { writer in
            writer.leaf("Key", entry.keyText)
            if let version = entry.versionText { writer.leaf("VersionId", version) }
            if let marker = outcome.createdMarker {
                writer.leaf("DeleteMarker", true)
                writer.leaf("DeleteMarkerVersionId", marker.description)
            } else if outcome.deletedMarker, let version = entry.versionText {
                writer.leaf("DeleteMarker", true)
                writer.leaf("DeleteMarkerVersionId", version)
            }
        }
    }
}
