// Why this file exists: what a request is about, told from its path, its Host and its query, before anybody asks
// who sent it.
// Invariants: the path is decoded once and never normalised (`//`, `.`, `..`, `%2F` and a trailing slash are part
// of the key); nothing here makes a path of a file system from it.
public import ObjectCore

/// What a request is about.
public enum Resource: Sendable, Hashable {
    /// The service itself: ListBuckets.
    case service
    case bucket(String)
    case object(bucket: String, key: ObjectKey)

    /// The name of the bucket, if there is one.
    public var bucket: String? {
        switch self {
        case .service: nil
        case .bucket(let name), .object(let name, _): name
        }
    }

    /// The key, if there is one.
    public var key: ObjectKey? {
        switch self {
        case .service, .bucket: nil
        case .object(_, let key): key
        }
    }
}

/// A request whose address has been understood and whose sender has not been asked for yet.
public struct S3Request: Sendable {
    /// How addresses are understood.
    public struct Configuration: Sendable {
        /// Names under which `bucket.name` addresses a bucket; lower case, without port.
        public var virtualHostDomains: [String]

        public init(virtualHostDomains: [String] = []) {
            // The longest first, so that a name under another of the list is not taken for a bucket.
            self.virtualHostDomains = virtualHostDomains.map { $0.lowercased() }.sorted {
                $0.utf8.count > $1.utf8.count
            }
        }
    }

    public let head: RequestHead
    public let resource: Resource
    /// Whether the bucket came from the Host header rather than from the path.
    public let isVirtualHost: Bool
    public let query: QueryItems

    /// - Throws: InvalidURI for percent-encoding or UTF-8 that is not well-formed, InvalidBucketName, KeyTooLongError,
    ///   InvalidRequest for too many parameters.
    public init(_ head: RequestHead, configuration: Configuration = Configuration()) throws(S3Error) {
        self.head = head
        query = try QueryItems(head.bytes, in: head.rawQuery.range)
        let path = head.slice(head.rawPath)
        guard path.first == UInt8(ascii: "/") else { throw S3Error(.invalidURI) }
        let afterSlash = path.dropFirst()
        if let bucket = S3Request.bucket(inHostOf: head, configuration: configuration) {
            isVirtualHost = true
            guard BucketName.isPlausible(bucket.utf8) else {
                throw S3Error(.invalidBucketName, fields: ["BucketName": bucket])
            }
            resource = try S3Request.resource(bucket: bucket, rawKey: afterSlash)
            return
        }
        isVirtualHost = false
        guard !afterSlash.isEmpty else {
            resource = .service
            return
        }
        // The border between bucket and key is looked for before decoding: an encoded slash never moves it.
        let border = afterSlash.firstIndex(of: UInt8(ascii: "/")) ?? afterSlash.endIndex
        let bucket = try S3Request.decode(afterSlash[..<border])
        guard BucketName.isPlausible(bucket) else {
            throw S3Error(.invalidBucketName, fields: ["BucketName": String(decoding: bucket, as: UTF8.self)])
        }
        resource = try S3Request.resource(
            bucket: String(decoding: bucket, as: UTF8.self), rawKey: afterSlash[border...].dropFirst())
    }

    /// A request for a page of a website, whose address was understood by other rules. Its query says nothing.
    init(page head: RequestHead, resource: Resource) throws(S3Error) {
        self.head = head
        self.resource = resource
        isVirtualHost = true
        query = try QueryItems(head.bytes, in: 0..<0)
    }

    private static func resource(bucket: String, rawKey: ArraySlice<UInt8>) throws(S3Error) -> Resource {
        guard !rawKey.isEmpty else { return .bucket(bucket) }
        let key = try decode(rawKey)
        guard key.count <= ObjectKey.maximumLength else { throw S3Error.keyTooLong(length: key.count) }
        do {
            return .object(bucket: bucket, key: try ObjectKey(key))
        } catch {
            throw S3Error(error)
        }
    }

    private static func decode(_ piece: ArraySlice<UInt8>) throws(S3Error) -> [UInt8] {
        guard let decoded = PercentCoding.decode(piece) else { throw S3Error(.invalidURI) }
        guard decoded.allSatisfy({ $0 < 0x80 }) || String(validating: decoded, as: UTF8.self) != nil else {
            throw S3Error(.invalidURI)
        }
        return decoded
    }

    /// The bucket that the Host header names, or nil.
    static func bucket(inHostOf head: RequestHead, configuration: Configuration) -> String? {
        guard !configuration.virtualHostDomains.isEmpty, let slice = head.first("host") else { return nil }
        var host = head.slice(slice)[...]
        // An address in brackets has colons of its own, but is no name under any domain.
        if let colon = host.lastIndex(of: UInt8(ascii: ":")) { host = host[..<colon] }
        let name = host.map(ASCII.lowercased)
        for domain in configuration.virtualHostDomains {
            if name.elementsEqual(domain.utf8) { return nil }
            let suffix = Array(".\(domain)".utf8)
            if name.count > suffix.count, name.suffix(suffix.count).elementsEqual(suffix) {
                return String(decoding: name.dropLast(suffix.count), as: UTF8.self)
            }
        }
        return nil
    }
}
