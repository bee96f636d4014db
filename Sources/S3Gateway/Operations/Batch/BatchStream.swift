// Why this file exists: the answer to a batch read is made while it is sent: worker threads look up and read small items
// into one buffer at a time, and large ones go out as a GET's body does. So memory is bounded by two buffers, whatever is
// asked for, and a small object costs a look-up and a read, not a request.
// Invariant: an item that cannot be given is an entry that says why; the stream goes on.
import Lineage
import ObjectCore

/// Makes the archive.
struct BatchStream: Sendable {
    /// Items up to this many bytes are read into the buffer; larger ones are sent from where they lie.
    static let smallMaximum: Int64 = 256 << 10
    /// The buffer is sent when it has grown to this size.
    static let bufferLength = 512 << 10

    let store: ObjectStore
    let authorizer: Authorizer
    let request: VerifiedRequest
    let place: AccessPlace
    /// When the request was taken up.
    let now: Timestamp
    /// What the items are read in; nil when nobody keeps runs.
    let run: ActiveRun?
    let keyring: Keyring
    let items: [(keyText: String, item: Result<BatchItem, S3Error>)]

    private var bucket: Bucket { place.bucket }

    /// A large item whose headers stand at the end of the buffer.
    private enum Large: Sendable {
        case regions([FileRegion])
        case reader(ContentReader, first: [UInt8])
    }

    private struct Portion: Sendable {
        var buffer: [UInt8] = []
        /// The first item that was not taken.
        var next: Int
        var large: Large?
        var largeSize: Int64 = 0
    }

    func write(to writer: any ResponseBodyWriter) async throws {
        var next = 0
        var padding: [UInt8] = []
        while next < items.count {
            let start = next
            let begun = padding
            let portion = try await store.onWorker { () throws(StoreError) in self.gather(from: start, begun: begun) }
            next = portion.next
            padding = []
            try await writer.write(portion.buffer)
            guard let large = portion.large else { continue }
            switch large {
            case .regions(let regions):
                for region in regions { try await writer.write(region) }
            case .reader(var reader, let first):
                try await writer.write(first)
                while let bytes = try await reader.next() { try await writer.write(bytes) }
            }
            padding = TarEntry.padding(of: portion.largeSize)
        }
        try await writer.write(padding + TarEntry.end)
    }

    /// Takes items until the buffer is full or a large one came. Blocks.
    private func gather(from start: Int, begun: [UInt8]) -> Portion {
        var portion = Portion(buffer: begun, next: start)
        portion.buffer.reserveCapacity(BatchStream.bufferLength + Int(BatchStream.smallMaximum))
        while portion.next < items.count, portion.buffer.count < BatchStream.bufferLength, portion.large == nil {
            let index = portion.next
            portion.next += 1
            do throws(S3Error) {
                try take(try items[index].item.get(), index, &portion)
            } catch {
                fail(error, index, &portion)
            }
        }
        return portion
    }

    private func take(_ item: BatchItem, _ index: Int, _ portion: inout Portion) throws(S3Error) {
        let version = try find(item)
        try authorizer.check(question(action(for: item), item.key, target: .version(version.attributes)))
        let range = try range(of: item, in: version)
        let key = try looked(item) { () throws(StoreError) in
            try version.encryption.map { encryption throws(StoreError) in
                try keyring.dataKey(of: encryption, customerKey: nil)
            }
        }
        let length = range.upperBound - range.lowerBound
        let entry = TarEntry(
            name: item.key.bytes, size: length, modified: version.modified,
            records: records(of: version, range, isPartial: item.range != nil, index))
        // What can fail comes before the headers, so that a failure is an entry of its own.
        guard length <= BatchStream.smallMaximum else {
            portion.large = try looked(item) { () throws(StoreError) in try open(version, range, key) }
            portion.largeSize = length
            entry.append(to: &portion.buffer)
            note(version, range)
            return
        }
        let content = try looked(item) { () throws(StoreError) in
            length == 0 ? [] : try store.read(version, range: range, key: key)
        }
        entry.append(to: &portion.buffer)
        portion.buffer.append(contentsOf: content)
        if length > 0 { note(version, range) }
        portion.buffer.append(contentsOf: TarEntry.padding(of: length))
    }

    /// As for a GET of the item: a state of the past may show a version that is not the current one.
    private func action(for item: BatchItem) -> Action {
        let isPast = bucket.asOf != nil && bucket.snapshot == nil
        return item.version != nil || isPast ? "s3:GetObjectVersion" : "s3:GetObject"
    }

    private func find(_ item: BatchItem) throws(S3Error) -> ObjectVersion {
        let found: ObjectVersion
        do throws(S3Error) {
            found = try looked(item) { () throws(StoreError) in
                if let version = item.version { return try store.version(version, of: item.key, in: bucket) }
                return try store.object(item.key, in: bucket)
            }
        } catch {
            throw missing(error, item)
        }
        guard !found.isDeleteMarker else { throw S3Error(.methodNotAllowed) }
        return found
    }

    /// Only who may list the bucket learns that something is not there.
    private func missing(_ refusal: S3Error, _ item: BatchItem) -> S3Error {
        var listing = question(.listBucket, nil, target: .any)
        listing.facts.prefix = item.key.description
        guard authorizer.verdict(on: listing) == .allow,
            authorizer.verdict(on: question(action(for: item), item.key, target: .any)) != .explicitDeny
        else { return S3Error(.accessDenied) }
        return refusal
    }

    private func question(_ action: Action, _ key: ObjectKey?, target: AccessTarget) -> AccessQuestion {
        var question = AccessQuestion(request: request, action: action, place: place, now: now.seconds)
        question.key = key
        question.target = target
        return question
    }

    /// Each item is a read of its version.
    private func note(_ version: ObjectVersion, _ range: Range<Int64>) {
        run?.beginRead(of: version.index, from: range.lowerBound, at: now)
            .end(bytes: range.upperBound - range.lowerBound, at: now)
    }

    private func range(of item: BatchItem, in version: ObjectVersion) throws(S3Error) -> Range<Int64> {
        guard let range = item.range else { return 0..<version.size }
        guard case .bytes(let bytes) = range.resolve(size: version.size) else { throw S3Error(.invalidRange) }
        return bytes
    }

    private func open(
        _ version: ObjectVersion, _ range: Range<Int64>, _ key: DataKey?
    ) throws(StoreError) -> Large {
        guard version.encryption != nil || version.packed != nil else {
            return .regions(try store.regions(of: version, range: range))
        }
        var reader = try store.reader(of: version, range: range, key: key)
        let first = try reader.nextBlocking(maximum: ContentReader.bufferLength) ?? []
        return .reader(reader, first: first)
    }

    private func looked<Value>(
        _ item: BatchItem, _ work: () throws(StoreError) -> Value
    ) throws(S3Error) -> Value {
        do {
            return try work()
        } catch {
            throw S3Error(error, bucket: bucket.name, key: item.key)
        }
    }

    // MARK: Records

    private func records(
        of version: ObjectVersion, _ range: Range<Int64>, isPartial: Bool, _ index: Int
    ) -> [(keyword: String, value: String)] {
        var records = [
            (keyword: "CAIRN.index", value: String(index)), (keyword: "CAIRN.status", value: isPartial ? "206" : "200"),
            (keyword: "CAIRN.etag", value: version.etag),
        ]
        if bucket.versioning != .never {
            records.append((keyword: "CAIRN.version-id", value: version.versionID.description))
        }
        if isPartial, !range.isEmpty {
            let text = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(version.size)"
            records.append((keyword: "CAIRN.content-range", value: text))
        }
        return records
    }

    /// An entry without content that says why there is none.
    private func fail(_ error: S3Error, _ index: Int, _ portion: inout Portion) {
        let text = items[index].keyText
        let entry = TarEntry(
            name: text.isEmpty ? Array("item-\(index)".utf8) : Array(text.utf8), size: 0,
            modified: Timestamp(milliseconds: 0),
            records: [
                (keyword: "CAIRN.index", value: String(index)),
                (keyword: "CAIRN.status", value: String(error.code.status)),
                (keyword: "CAIRN.code", value: error.code.wireName),
                (keyword: "CAIRN.message", value: error.message ?? error.code.defaultMessage),
            ])
        entry.append(to: &portion.buffer)
    }
}
