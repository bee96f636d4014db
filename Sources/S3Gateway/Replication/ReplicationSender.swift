// Why this file exists: one row of the outbox becomes an object, a marker, tags or a list at another endpoint. Bytes are read as
// they are sent, so an object of any size takes the same memory; each request is signed over the SHA-256 of its body, so
// the other side takes nothing that was changed on the way.
// Invariant: parts are cut where the source's were cut, so that the copy has the same ETag.
import ObjectCore

/// Copies to one endpoint. Belongs to one thread.
final class ReplicationSender: OutboxSender {
    /// Objects up to this size that were put in one piece are sent in one piece, in bytes.
    static let singleMaximum: Int64 = 64 << 20
    /// The size of the parts of larger ones, unless 10,000 of them are too few.
    static let partLength: Int64 = 64 << 20

    private let store: ObjectStore
    private let keyring: Keyring
    private let client: S3Client
    /// Buckets in which lists were found to be off, and until when that is believed, in seconds since 1970.
    private var withoutLists: [String: Int64] = [:]
    /// How long that is believed.
    private static let withoutListsSeconds: Int64 = 60

    init(
        _ target: ReplicationTarget, store: ObjectStore, keyring: Keyring, tls: TLSClientContext?,
        isCancelled: @escaping () -> Bool
    ) {
        self.store = store
        self.keyring = keyring
        client = S3Client(
            target, tls: tls, now: { store.clockReading.now.seconds }, isCancelled: isCancelled)
    }

    func send(_ event: ObjectEvent, _ item: OutboxItem, now: Timestamp) -> DeliveryResult {
        do throws(S3ClientFailure) {
            for rule in try rules(of: event) { try send(event, by: rule) }
            return .delivered
        } catch {
            switch error {
            case .refused(let reason): return .refused(reason)
            case .listsAreOff: return .refused("it keeps no access control lists")
            case .unavailable(let reason): return .unavailable(reason)
            case .pointless(let reason): return .pointless(reason)
            }
        }
    }

    /// The rules by which it was to be copied, as far as they still are.
    private func rules(of event: ObjectEvent) throws(S3ClientFailure) -> [ReplicationRule] {
        let ids = event.rule.split(separator: "\n").map(String.init)
        guard let bucket = try? store.bucket(event.bucketName),
            let bytes = store.bucketSetting(ReplicationConfiguration.settingName, of: bucket),
            let configuration = try? ReplicationConfiguration(encoded: bytes)
        else { throw .pointless("the replication was removed") }
        let rules = configuration.rules.filter { $0.isEnabled && ids.contains($0.id) }
        guard !rules.isEmpty else { throw .pointless("the rule was removed") }
        return rules
    }

    private func send(_ event: ObjectEvent, by rule: ReplicationRule) throws(S3ClientFailure) {
        switch event.kind {
        case .removedMarker:
            _ = try client.send(
                .delete, bucket: rule.destination.bucket, key: event.key, headers: [ReplicaHeaders.mark])
        case .taggingPut, .taggingDelete:
            guard let version = try copied(event) else { return }
            try sendTags(of: version, by: rule)
        case .aclPut:
            guard let version = try copied(event), let list = try list(of: version, event, by: rule) else { return }
            do throws(S3ClientFailure) {
                try send(list, of: version, to: rule.destination.bucket)
            } catch .listsAreOff {
                // The bucket's owner has everything there, and nobody else anything: there is no list to be like ours.
                return
            }
        default:
            // A version that is gone again needs no copy.
            guard let version = try version(of: event) else { return }
            try copy(version, list: try list(of: version, event, by: rule), by: rule)
        }
    }

    // MARK: Lists

    private func list(
        of version: ObjectVersion, _ event: ObjectEvent, by rule: ReplicationRule
    ) throws(S3ClientFailure) -> ReplicaList? {
        do {
            let bucket = try store.bucket(event.bucketName)
            return ReplicaList(of: version, in: bucket, access: try BucketAccess.read(of: bucket, in: store), by: rule)
        } catch {
            throw .refused("its access control list cannot be read: \(error)")
        }
    }

    private func send(_ list: ReplicaList, of version: ObjectVersion, to bucket: String) throws(S3ClientFailure) {
        let query: [(name: String, value: String?)] = [("acl", nil)]
        let key = version.key.bytes
        switch list {
        case .canned(let canned):
            _ = try client.send(
                .put, bucket: bucket, key: key, query: query, headers: [("x-amz-acl", canned.rawValue)])
        case .listed(let source, let grants):
            let told = try client.send(.get, bucket: bucket, key: key, query: query)
            guard let owner = (try? XMLReader.read(told.body))?.child("Owner")?.child("ID")?.trimmedText else {
                throw .refused("it does not tell whose a copy is")
            }
            let document = ReplicaList.document(grants, of: source, for: owner)
            _ = try client.send(
                .put, bucket: bucket, key: key, query: query,
                headers: [("content-md5", Base64.encode(Digest.md5(document)))], body: .bytes(document))
        }
    }

    /// Nil when it is gone. What cannot be read is not gone, and not delivered.
    private func version(of event: ObjectEvent) throws(S3ClientFailure) -> ObjectVersion? {
        do throws(StoreError) {
            guard let id = VersionID(event.version) else { return nil }
            return try store.version(id, of: try ObjectKey(event.key), in: try store.bucket(event.bucketName))
        } catch .noSuchBucket, .noSuchVersion {
            return nil
        } catch {
            throw .refused("it cannot be read: \(error)")
        }
    }

    /// The version that a change is about, when the newest object at the other side is its copy; nil when it is another's.
    private func copied(_ event: ObjectEvent) throws(S3ClientFailure) -> ObjectVersion? {
        // Only the newest version is known by name there.
        guard let version = try version(of: event), try isNewest(version, of: event) else { return nil }
        // Without a copy, an older one is the newest there, and what was said of this one was not said of that one.
        guard version.attributes.replication?.hasFailed != true else { throw .pointless("its copy failed") }
        return version
    }

    private func isNewest(_ version: ObjectVersion, of event: ObjectEvent) throws(S3ClientFailure) -> Bool {
        do throws(StoreError) {
            return try store.object(version.key, in: try store.bucket(event.bucketName)).index == version.index
        } catch .noSuchBucket, .noSuchKey, .isDeleteMarker {
            return false
        } catch {
            throw .refused("it cannot be read: \(error)")
        }
    }

    private func sendTags(of version: ObjectVersion, by rule: ReplicationRule) throws(S3ClientFailure) {
        guard !version.attributes.tags.isEmpty else {
            _ = try client.send(
                .delete, bucket: rule.destination.bucket, key: version.key.bytes, query: [("tagging", nil)])
            return
        }
        var writer = XMLWriter()
        writer.element("Tagging", namespace: XMLWriter.s3Namespace) { writer in
            writer.element("TagSet") { writer in
                for tag in version.attributes.tags {
                    writer.element("Tag") { writer in
                        writer.leaf("Key", tag.name)
                        writer.leaf("Value", tag.value)
                    }
                }
            }
        }
        _ = try client.send(
            .put, bucket: rule.destination.bucket, key: version.key.bytes, query: [("tagging", nil)],
            headers: [("content-md5", Base64.encode(Digest.md5(writer.bytes)))], body: .bytes(writer.bytes))
    }

    // MARK: Content

    private func copy(
        _ version: ObjectVersion, list: ReplicaList?, by rule: ReplicationRule
    ) throws(S3ClientFailure) {
        let key = try dataKey(of: version)
        // What is closed, or cannot be opened, is found before anybody is asked to take it.
        _ = try reader(of: version, 0..<0, key: key)
        let bucket = rule.destination.bucket
        let headers = ReplicaHeaders.headers(of: version, by: rule)
        guard let list, !isWithoutLists(bucket) else { return try copy(version, by: rule, key: key, headers: headers) }
        do throws(S3ClientFailure) {
            try copy(version, by: rule, key: key, headers: headers + list.headers)
        } catch .listsAreOff {
            withoutLists[bucket] = store.clockReading.now.seconds + ReplicationSender.withoutListsSeconds
            return try copy(version, by: rule, key: key, headers: headers)
        }
        guard case .listed = list else { return }
        do throws(S3ClientFailure) {
            try send(list, of: version, to: bucket)
        } catch .listsAreOff {
            return
        } catch .refused(let reason) {
            // The copy is there; another attempt would make one more, and come to the same.
            throw .pointless("its access control list: \(reason)")
        }
    }

    private func isWithoutLists(_ bucket: String) -> Bool {
        withoutLists[bucket].map { $0 > store.clockReading.now.seconds } ?? false
    }

    private func copy(
        _ version: ObjectVersion, by rule: ReplicationRule, key: DataKey?, headers: [(name: String, value: String)]
    ) throws(S3ClientFailure) {
        guard version.parts.isEmpty, version.size <= ReplicationSender.singleMaximum else {
            try copyInParts(version, by: rule, key: key, headers: headers)
            return
        }
        let range = 0..<version.size
        let sha256: [UInt8]
        if let known = version.sha256 { sha256 = known } else { sha256 = try digest(of: version, range, key: key) }
        _ = try client.send(
            .put, bucket: rule.destination.bucket, key: version.key.bytes,
            headers: headers + (ReplicaHeaders.checksum(of: version, sha256: sha256).map { [$0] } ?? []),
            body: body(of: version, range, key: key), sha256: sha256)
    }

    private func copyInParts(
        _ version: ObjectVersion, by rule: ReplicationRule, key: DataKey?,
        headers: [(name: String, value: String)]
    ) throws(S3ClientFailure) {
        let bucket = rule.destination.bucket
        let begun = try client.send(
            .post, bucket: bucket, key: version.key.bytes, query: [("uploads", nil)], headers: headers)
        guard let upload = (try? XMLReader.read(begun.body))?.child("UploadId")?.trimmedText, !upload.isEmpty else {
            throw .refused("it began no upload")
        }
        do throws(S3ClientFailure) {
            let parts = try sendParts(of: version, to: bucket, upload: upload, key: key)
            _ = try client.send(
                .post, bucket: bucket, key: version.key.bytes, query: [("uploadId", upload)],
                body: .bytes(ReplicationSender.completion(of: parts)))
        } catch {
            // Whether that works or not, the next attempt begins anew.
            _ = try? client.send(.delete, bucket: bucket, key: version.key.bytes, query: [("uploadId", upload)])
            throw error
        }
    }

    private static func completion(of parts: [(number: Int, etag: String)]) -> [UInt8] {
        var writer = XMLWriter()
        writer.element("CompleteMultipartUpload", namespace: XMLWriter.s3Namespace) { writer in
            for part in parts {
                writer.element("Part") { writer in
                    writer.leaf("PartNumber", part.number)
                    writer.leaf("ETag", part.etag)
                }
            }
        }
        return writer.bytes
    }

    private func sendParts(
        of version: ObjectVersion, to bucket: String, upload: String, key: DataKey?
    ) throws(S3ClientFailure) -> [(number: Int, etag: String)] {
        var sent: [(number: Int, etag: String)] = []
        var start: Int64 = 0
        for (number, length) in ReplicationSender.parts(of: version) {
            let range = start..<start + length
            let answer = try client.send(
                .put, bucket: bucket, key: version.key.bytes,
                query: [("partNumber", String(number)), ("uploadId", upload)],
                body: body(of: version, range, key: key), sha256: try digest(of: version, range, key: key))
            guard let etag = answer["etag"] else { throw .refused("a part has no ETag") }
            sent.append((number, etag))
            start += length
        }
        return sent
    }

    /// Numbers and lengths of the parts that a version is sent in.
    static func parts(of version: ObjectVersion) -> [(number: Int, length: Int64)] {
        guard version.parts.isEmpty else { return version.parts.map { ($0.number, $0.size) } }
        let least = (version.size + Int64(ObjectStore.partNumberMaximum) - 1) / Int64(ObjectStore.partNumberMaximum)
        let length = max(partLength, least)
        var parts: [(number: Int, length: Int64)] = []
        var start: Int64 = 0
        while start < version.size {
            parts.append((parts.count + 1, min(length, version.size - start)))
            start += length
        }
        return parts
    }

    private func dataKey(of version: ObjectVersion) throws(S3ClientFailure) -> DataKey? {
        guard let encryption = version.encryption else { return nil }
        do throws(StoreError) {
            return try keyring.dataKey(of: encryption)
        } catch .encryption(.customerKeyMissing) {
            throw .pointless("it is sealed with a customer's key")
        } catch {
            throw .refused("it cannot be opened: \(error)")
        }
    }

    private func digest(
        of version: ObjectVersion, _ range: Range<Int64>, key: DataKey?
    ) throws(S3ClientFailure) -> [UInt8] {
        var reader = try reader(of: version, range, key: key)
        do throws(StoreError) {
            let hasher = DigestHasher(.sha256)
            while let bytes = try reader.nextBlocking(maximum: ContentReader.bufferLength) { hasher.update(bytes) }
            return hasher.finalize()
        } catch {
            throw .refused("it cannot be read: \(error)")
        }
    }

    private func reader(
        of version: ObjectVersion, _ range: Range<Int64>, key: DataKey?
    ) throws(S3ClientFailure) -> ContentReader {
        do throws(StoreError) {
            return try store.reader(of: version, range: range, key: key)
        } catch .archived {
            throw .pointless("it is archived")
        } catch {
            throw .refused("it cannot be read: \(error)")
        }
    }

    private func body(of version: ObjectVersion, _ range: Range<Int64>, key: DataKey?) -> ClientBody {
        let store = store
        return .stream(length: range.upperBound - range.lowerBound) { () throws(ClientError) in
            do throws(StoreError) {
                return ContentStream(try store.reader(of: version, range: range, key: key))
            } catch {
                throw .unreadable("\(error)")
            }
        }
    }
}

/// Content as the body of a request.
private final class ContentStream: ClientBodyStream {
    private var reader: ContentReader

    init(_ reader: ContentReader) { self.reader = reader }

    func next() throws(ClientError) -> [UInt8]? {
        do throws(StoreError) {
            return try reader.nextBlocking(maximum: ContentReader.bufferLength)
        } catch {
            throw .unreadable("\(error)")
        }
    }
}
