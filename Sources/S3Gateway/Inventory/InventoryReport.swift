// Why this file exists: one report: files with a line for each version, then a manifest that names them, then its checksum,
// whose appearance says that the report is whole. A bucket is listed as it was at one moment, in pages.
// Invariants: memory stays the same however large the bucket; a report that is made again, because it failed, has the same
// names, so that what was written before is replaced.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
import ObjectCore

/// Why a report was not made.
enum InventoryFailure: Error, CustomStringConvertible {
    case refused(String)
    case store(StoreError)
    /// The server ends.
    case cancelled

    var description: String {
        switch self {
        case .refused(let words): words
        case .store(let error): "\(error)"
        case .cancelled: "cancelled"
        }
    }
}

/// Makes one report.
struct InventoryReport: Sendable {
    /// Limits, which tests make small.
    struct Limits: Sendable {
        /// Lines of one file.
        var linesOfFile = 1_000_000
        /// Rows read in one snapshot of the database.
        var rowsOfPage = 1000
    }

    /// A file that was written.
    private struct File {
        var key: String
        var size: Int64
        var md5: String
    }

    let store: ObjectStore
    let keyring: Keyring
    let source: Bucket
    let configuration: InventoryConfiguration
    /// The number of the day or week that it is for.
    let period: Int64
    /// When it is made.
    let now: Timestamp
    var limits = Limits()
    /// Whether the server ends.
    var isCancelled: @Sendable () -> Bool = { false }

    private static let lineBytes = 256 << 10

    func deliver() async throws(InventoryFailure) {
        let target = try destination()
        let files = try await InventoryView.with(source, in: store) { view throws(InventoryFailure) in
            try await self.writeFiles(of: view, to: target)
        }
        let manifest = manifest(files)
        let folder = "\(base)/\(folderTime)"
        let symlinks = files.map { "s3://\(target.name)/\($0.key)" }.joined(separator: "\n")
        let hive = "\(base)/hive/dt=\(hiveTime)/symlink.txt"
        try await put(Array(symlinks.utf8), as: hive, type: "text/plain", in: target)
        try await put(manifest, as: "\(folder)/manifest.json", type: "application/json", in: target)
        let checksum = Hex.encode(Digest.md5(manifest))
        try await put(Array(checksum.utf8), as: "\(folder)/manifest.checksum", type: "text/plain", in: target)
    }

    private func destination() throws(InventoryFailure) -> Bucket {
        let target = try InventoryReport.stored { () throws(StoreError) in
            try store.bucket(configuration.destination.bucket)
        }
        guard target.snapshot == nil else { throw .refused("\(target.name) is a snapshot") }
        if let account = configuration.destination.account {
            guard account == target.owner || account == AccountsAlone(store).account(target.owner).number else {
                throw .refused("\(target.name) does not belong to the account \(account)")
            }
        }
        return target
    }

    // MARK: Files

    private func writeFiles(of view: Bucket, to target: Bucket) async throws(InventoryFailure) -> [File] {
        let access = try access()
        let source = InventorySource(bucket: source, access: access)
        var query = ListingQuery()
        query.prefix = Array((configuration.prefix ?? "").utf8)
        query.limit = limits.rowsOfPage
        var last: ObjectVersion?
        var files: [File] = []
        var file: OpenFile?
        var isAtEnd = false
        while !isAtEnd {
            guard !isCancelled() else { throw .cancelled }
            let (asked, before) = (query, last)
            let page = try await InventoryReport.stored { () async throws(StoreError) in
                try await store.inventory(asked, all: configuration.listsAllVersions, after: before, in: view)
            }
            isAtEnd = !page.isTruncated
            for row in page.items {
                var open: OpenFile
                if let file { open = file } else { open = try begin(files.count, in: target) }
                append(row, of: source, to: &open.pending)
                open.lines += 1
                if open.pending.count >= InventoryReport.lineBytes { try await open.flush() }
                if open.lines == limits.linesOfFile {
                    files.append(try await end(open, in: target))
                    file = nil
                } else {
                    file = open
                }
            }
            last = page.items.last?.version
            query.after = last?.key.bytes ?? query.after
        }
        // An empty bucket has a file too, so that there is something to read.
        if file == nil, files.isEmpty { file = try begin(0, in: target) }
        if let file { files.append(try await end(file, in: target)) }
        return files
    }

    /// A file that is being written.
    private struct OpenFile {
        var key: String
        var writer: ContentWriter
        let gzip = GzipStream()
        var pending: [UInt8] = []
        var lines = 0

        mutating func flush() async throws(InventoryFailure) {
            let bytes = gzip.write(pending)
            pending.removeAll(keepingCapacity: true)
            let writer = writer
            guard !bytes.isEmpty else { return }
            try await InventoryReport.stored { () async throws(StoreError) in try await writer.write(bytes) }
        }
    }

    private func begin(_ number: Int, in target: Bucket) throws(InventoryFailure) -> OpenFile {
        let key = "\(base)/data/\(fileName(number)).csv.gz"
        try check(key, in: target)
        let dataKey = try dataKey(for: target)
        return OpenFile(key: key, writer: store.stage(digests: [PutObject.defaultChecksum], key: dataKey))
    }

    private func end(_ file: OpenFile, in target: Bucket) async throws(InventoryFailure) -> File {
        var file = file
        try await file.flush()
        let rest = file.gzip.finish()
        let writer = file.writer
        let content = try await InventoryReport.stored { () async throws(StoreError) in
            try await writer.write(rest)
            return try await writer.finish()
        }
        try await put(content, as: file.key, type: "application/octet-stream", in: target)
        return File(key: file.key, size: content.length, md5: Hex.encode(content.digests[.md5] ?? []))
    }

    private func append(_ row: InventoriedVersion, of source: InventorySource, to line: inout [UInt8]) {
        let version = row.version
        var values = [source.bucket.name, PercentCoding.encoded(version.key.bytes, keepingSlash: true)]
        if configuration.listsAllVersions {
            values.append(version.isNull ? "" : version.versionID.description)
            values.append(row.isLatest ? "true" : "false")
            values.append(version.isDeleteMarker ? "true" : "false")
        }
        values += configuration.fields.map { $0.value(of: version, in: source) }
        for (index, value) in values.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            line.append(UInt8(ascii: "\""))
            // See: RFC 4180 section 2.
            for byte in value.utf8 {
                if byte == UInt8(ascii: "\"") { line.append(byte) }
                line.append(byte)
            }
            line.append(UInt8(ascii: "\""))
        }
        line.append(UInt8(ascii: "\n"))
    }

    private func access() throws(InventoryFailure) -> BucketAccess {
        do throws(S3Error) {
            return try BucketAccess.read(of: source, in: store)
        } catch {
            throw .refused("the access settings of \(source.name) cannot be read")
        }
    }

    // MARK: The manifest

    private func manifest(_ files: [File]) -> [UInt8] {
        var columns = ["Bucket", "Key"]
        if configuration.listsAllVersions { columns += ["VersionId", "IsLatest", "IsDeleteMarker"] }
        columns += configuration.fields.map(\.rawValue)
        let listed = files.map { file in
            CanonicalJSON.object([
                ("key", .text(file.key)), ("size", .integer(file.size)), ("MD5checksum", .text(file.md5)),
            ])
        }
        return CanonicalJSON.object([
            ("sourceBucket", .text(source.name)),
            ("destinationBucket", .text("arn:aws:s3:::\(configuration.destination.bucket)")),
            ("version", .text("2016-11-30")), ("creationTimestamp", .text(String(now.milliseconds))),
            ("fileFormat", .text("CSV")), ("fileSchema", .text(columns.joined(separator: ", "))),
            ("files", .array(listed)),
        ]).encoded()
    }

    // MARK: Names

    /// `PREFIX/SOURCE/ID`
    private var base: String {
        let start = configuration.destination.prefix.map { $0.isEmpty ? "" : "\($0)/" } ?? ""
        return "\(start)\(source.name)/\(configuration.id)"
    }

    /// `2016-11-06T21-32Z`
    private var folderTime: String { time(dateSeparator: "T") + "Z" }

    /// `2016-11-06-21-32`
    private var hiveTime: String { time(dateSeparator: "-") }

    private func time(dateSeparator: Character) -> String {
        let time = CalendarTime(secondsSince1970: now.seconds)
        var bytes: [UInt8] = []
        time.appendDate(separator: UInt8(ascii: "-"), to: &bytes)
        bytes += Array(String(dateSeparator).utf8)
        bytes.appendDigits(time.hour, count: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDigits(time.minute, count: 2)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A name in the form of a UUID, which is the same when the report is made again.
    private func fileName(_ number: Int) -> String {
        let seed = "\(Hex.encode(source.uuid)) \(configuration.id) \(period) \(number)"
        let digits = Hex.encode(Digest.sha256(Array(seed.utf8)).prefix(16))
        var groups: [Substring] = []
        var rest = digits[...]
        for length in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return groups.joined(separator: "-")
    }

    // MARK: Putting

    private var encryption: EncryptionRequest? {
        switch configuration.destination.encryption {
        case nil: nil
        case .s3: .master
        case .kms(let key): (try? EncryptionHeaders.keyName(key)).map { .named($0) }
        }
    }

    private func check(_ key: String, in target: Bucket) throws(InventoryFailure) {
        guard
            InventoryPermission.isGiven(
                key, in: target, from: source, encryption: encryption, store: store, now: now)
        else {
            throw .refused(
                "the policy of \(target.name) does not let \(InventoryPermission.service) put objects there")
        }
    }

    private func dataKey(for target: Bucket) throws(InventoryFailure) -> DataKey? {
        try InventoryReport.stored { () throws(StoreError) in
            if let encryption { return try keyring.newDataKey(encryption) }
            return try keyring.dataKey(forWritesOfItsOwn: target, in: store)
        }
    }

    private func put(
        _ bytes: [UInt8], as key: String, type: String, in target: Bucket
    ) async throws(InventoryFailure) {
        try check(key, in: target)
        let writer = store.stage(
            digests: [PutObject.defaultChecksum], expectedLength: Int64(bytes.count), key: try dataKey(for: target))
        let content = try await InventoryReport.stored { () async throws(StoreError) in
            try await writer.write(bytes)
            return try await writer.finish()
        }
        try await put(content, as: key, type: type, in: target)
    }

    private func put(
        _ content: StagedContent, as key: String, type: String, in target: Bucket
    ) async throws(InventoryFailure) {
        var attributes = ObjectAttributes()
        attributes.owner = target.owner
        attributes.headers[.contentType] = type
        if let checksum = ContentIntake.checksum(PutObject.defaultChecksum, of: content) {
            attributes.checksums = [checksum]
        }
        let written = attributes
        try await InventoryReport.stored { () async throws(StoreError) in
            _ = try await store.put(content, as: try ObjectKey(key), in: target, attributes: written)
        }
    }

    static func stored<Value>(_ work: () throws(StoreError) -> Value) throws(InventoryFailure) -> Value {
        do throws(StoreError) {
            return try work()
        } catch {
            throw .store(error)
        }
    }

    static func stored<Value>(
        _ work: () async throws(StoreError) -> Value
    ) async throws(InventoryFailure) -> Value {
        do throws(StoreError) {
            return try await work()
        } catch {
            throw .store(error)
        }
    }
}
