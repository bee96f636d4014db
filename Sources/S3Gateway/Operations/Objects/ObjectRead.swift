// Why this file exists: GET and HEAD of an object differ only in the body, so what they ask and how it is decided
// stands here once: version, conditions, range or part, overrides.
import ObjectCore

/// What a GET or HEAD asks.
struct ObjectRead {
    /// What it comes to.
    struct Found {
        var version: ObjectVersion
        var bucket: Bucket
        /// The bytes to send: all of the object unless `isPartial`.
        var range: Range<Int64>
        var isPartial: Bool
        /// Set by `partNumber` on an object that was uploaded in parts.
        var part: ObjectPart?
        /// 304: nothing but the validators is sent.
        var isNotModified: Bool
        /// Which locks the reader may see.
        var locks: ShownLocks
        /// The key of an encrypted object.
        var key: DataKey?
        /// The value of `x-amz-expiration`, where a lifecycle rule is about the object.
        var expiration: String?
        /// Until when an archived object may be read; nil unless it may.
        var restoredUntil: Timestamp?
    }

    var version: VersionID?
    var range: ByteRange?
    var ifRange: String?
    var partNumber: Int?
    var conditions: ReadConditions
    var wantsChecksum: Bool
    var overrides: [(ObjectHeader, String)]
    var customerKey: CustomerKeyHeaders?

    private static let overrideNames: [(String, ObjectHeader)] = [
        ("response-content-type", .contentType), ("response-cache-control", .cacheControl),
        ("response-content-disposition", .contentDisposition), ("response-content-encoding", .contentEncoding),
        ("response-content-language", .contentLanguage), ("response-expires", .expires),
    ]

    init(_ authorized: AuthorizedRequest) throws(S3Error) {
        let request = authorized.request
        range = request.header("range").flatMap { ByteRange($0.utf8) }
        ifRange = range == nil ? nil : request.header("if-range")
        conditions = ReadConditions(request, now: request.signedAt ?? 0)
        wantsChecksum = request.header("x-amz-checksum-mode")?.uppercased() == "ENABLED"
        version = try request.versionID()
        customerKey = try EncryptionHeaders.reading(request)
        partNumber = try request.number(
            "partNumber", in: 1...10_000, message: "Part number must be an integer between 1 and 10000, inclusive")
        if partNumber != nil, request.hasHeader("range") {
            throw S3Error(.invalidRequest, "Cannot specify both Range header and partNumber query parameter")
        }
        overrides = []
        for (name, header) in ObjectRead.overrideNames {
            guard let value = request.query(name), !value.isEmpty else { continue }
            guard request.authenticationKind != .anonymous else {
                throw S3Error(
                    .invalidRequest, "Request specific response headers cannot be used for anonymous GET requests.")
            }
            overrides.append((header, value))
        }
    }

    /// Looks the object up and decides.
    /// - Throws: NoSuchKey and the like, PreconditionFailed, InvalidRange, InvalidPartNumber.
    func find(in context: OperationContext) throws(S3Error) -> Found {
        let bucket = try context.bucket()
        let version = try context.readableVersion(context.key(), version: version, in: bucket)
        context.note(version)
        // Before the conditions: who lacks the key learns nothing of a customer's object.
        let key = try context.dataKey(of: version, customerKey)
        var found = Found(
            version: version, bucket: bucket, range: 0..<version.size, isPartial: false, part: nil,
            isNotModified: false, locks: ShownLocks(version.attributes, in: context, bucket: bucket))
        found.key = key
        found.restoredUntil = version.restoredUntil.flatMap { $0 > context.now ? $0 : nil }
        // A noncurrent version has no expiration of that kind.
        if self.version == nil { found.expiration = try context.expiration(of: version, in: bucket) }
        context.hideTags(of: &found.version, named: self.version, in: bucket)
        switch conditions.evaluate(etag: version.etag, modified: version.modified) {
        case .proceed: break
        case .failed(let condition):
            throw S3Error(.preconditionFailed, fields: ["Condition": condition])
        case .notModified:
            found.isNotModified = true
            return found
        }
        if let partNumber {
            try choosePart(partNumber, of: &found)
        } else if let range, rangeApplies(to: version) {
            switch range.resolve(size: version.size) {
            case .bytes(let bytes):
                found.range = bytes
                found.isPartial = true
            case .unsatisfiable:
                throw S3Error(
                    .invalidRange, fields: ["ActualObjectSize": String(version.size)],
                    headers: ["content-range": "bytes */\(version.size)"])
            }
        }
        return found
    }

    // A range is only good for the object that the client knows. See: RFC 9110 section 13.1.5.
    private func rangeApplies(to version: ObjectVersion) -> Bool {
        guard let ifRange else { return true }
        if let date = HTTPDate.parse(ifRange) { return date.seconds == version.modified.seconds }
        return EntityTags.matches(Array(ifRange.utf8)[...], etag: version.etag, comparison: .strong)
    }

    private func choosePart(_ number: Int, of found: inout Found) throws(S3Error) {
        let version = found.version
        guard !version.parts.isEmpty else {
            // An object that was put in one piece is its own first part.
            guard number == 1 else { throw ObjectRead.noSuchPart(number, count: 1) }
            return
        }
        var start: Int64 = 0
        for part in version.parts {
            if part.number == number {
                found.part = part
                found.range = start..<(start + part.size)
                found.isPartial = true
                return
            }
            start += part.size
        }
        throw ObjectRead.noSuchPart(number, count: version.parts.count)
    }

    private static func noSuchPart(_ number: Int, count: Int) -> S3Error {
        S3Error(
            .invalidPartNumber,
            fields: ["ActualPartCount": String(count), "PartNumberRequested": String(number)])
    }

    /// Status and headers; the caller adds the body.
    func encode(_ found: Found, into response: inout HTTPResponse) {
        response.addObjectHeaders(found.version, bucket: found.bucket)
        response.addLock(found.version.attributes, found.locks)
        response.addEncryption(found.version.encryption, customerKey: customerKey)
        if let until = found.restoredUntil {
            response.add("x-amz-restore", "ongoing-request=\"false\", expiry-date=\"\(HTTPDate.text(until))\"")
        }
        if let expiration = found.expiration { response.add("x-amz-expiration", expiration) }
        if found.isNotModified {
            response.status = 304
            if let value = found.version.attributes.headers[.cacheControl] { response.add("cache-control", value) }
            if let value = found.version.attributes.headers[.expires] { response.add("expires", value) }
            return
        }
        response.add("accept-ranges", "bytes")
        response.addContentHeaders(found.version.attributes, overrides: overrides)
        if found.isPartial {
            response.status = 206
            // An empty part has no range that could be named.
            if !found.range.isEmpty {
                response.add(
                    "content-range",
                    "bytes \(found.range.lowerBound)-\(found.range.upperBound - 1)/\(found.version.size)")
            }
        }
        if partNumber != nil, !found.version.parts.isEmpty {
            response.add("x-amz-mp-parts-count", String(found.version.parts.count))
        }
        guard wantsChecksum else { return }
        if let part = found.part {
            response.addChecksums(part.checksums, partCount: 1, withKind: false)
            if let kind = found.version.attributes.checksums.first?.kind {
                response.add("x-amz-checksum-type", ChecksumHeaders.name(of: kind))
            }
        } else if !found.isPartial {
            // Never on a range: clients check whatever they get against the bytes that they get.
            response.addChecksums(found.version.attributes.checksums, partCount: found.version.parts.count)
        }
    }

    /// `s3:GetObjectVersion` where a version or a state of the past is named.
    static func action(for request: VerifiedRequest) -> Action {
        request.namesVersion ? "s3:GetObjectVersion" : "s3:GetObject"
    }
}
