// Why this file exists: websites are served on the same listeners as S3, so the Host header alone tells which of the two
// a request is for. Every request passes here, so nothing is allocated for one that is S3's.
// Invariant: what a website's domain claims is never looked at as S3, and the other way round: the longer of two
// names that both fit decides.

/// The names under which websites are served.
public struct WebsiteDomains: Sendable {
    /// In lower case, without port.
    public let names: [String]

    /// - Parameter names: `BUCKET.NAME` is the website of a bucket, and NAME itself that of the bucket of this name.
    public init(_ names: [String] = []) {
        // The longest first, so that a name under another of the list is not taken for a bucket.
        self.names = names.map { $0.lowercased() }.sorted { $0.utf8.count > $1.utf8.count }
    }

    /// The bucket whose website the Host header names; nil for what is S3's.
    func bucket(inHostOf head: RequestHead, addressing: S3Request.Configuration) -> String? {
        guard !names.isEmpty, let slice = head.first("host") else { return nil }
        var host = head.slice(slice)
        if let colon = host.lastIndex(of: UInt8(ascii: ":")) {
            guard host[(colon + 1)...].allSatisfy(ASCII.isDigit) else { return nil }
            host = host[..<colon]
        }
        guard let name = names.first(where: { WebsiteDomains.matches(host, $0) }) else { return nil }
        // `s3.example.org` under a website domain `example.org` is still S3's.
        let isOfS3 = addressing.virtualHostDomains.contains { domain in
            domain.utf8.count > name.utf8.count && WebsiteDomains.matches(host, domain)
        }
        if isOfS3 { return nil }
        let bucket = host.count == name.utf8.count ? host : host.dropLast(name.utf8.count + 1)
        return String(decoding: bucket.map(ASCII.lowercased), as: UTF8.self)
    }

    /// Whether `host` is `domain`, or a name under it.
    private static func matches(_ host: ArraySlice<UInt8>, _ domain: String) -> Bool {
        let length = domain.utf8.count
        guard host.count >= length, host.suffix(length).lazy.map(ASCII.lowercased).elementsEqual(domain.utf8) else {
            return false
        }
        return host.count == length
            || host.count > length + 1 && host[host.endIndex - length - 1] == UInt8(ascii: ".")
    }
}
