// Why this file exists: where requests for pages are sent instead of being answered, as values: one place for all, or
// rules about prefixes of keys and refusals. Making the address that a browser is told is here, once.
// Invariant: what a browser is told is a header line of visible ASCII, whatever key was asked for and whatever
// text a rule has.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html

/// Where to, as far as it is said; the rest stays as it was asked for.
struct WebsiteTarget: Sendable, Equatable {
    enum Scheme: String, Sendable {
        case http, https
    }

    var host: String?
    var scheme: Scheme?

    /// An absolute address.
    /// - Parameters:
    ///   - path: encoded, behind the first slash.
    ///   - head: the request that is sent on.
    func address(path: [UInt8], of head: RequestHead) -> String {
        var address = Array("\((scheme ?? (head.isSecure ? .https : .http)).rawValue)://".utf8)
        if let host {
            WebsiteTarget.append(host, to: &address)
        } else if let asked = head.first("host") {
            address.append(contentsOf: head.slice(asked))
        }
        address.append(UInt8(ascii: "/"))
        address.append(contentsOf: path)
        // Unless the rule wrote a query of its own.
        if head.rawQuery.count > 0, !path.contains(UInt8(ascii: "?")), !path.contains(UInt8(ascii: "#")) {
            address.append(UInt8(ascii: "?"))
            WebsiteTarget.append(head.slice(head.rawQuery), to: &address)
        }
        return String(decoding: address, as: UTF8.self)
    }

    /// Appends text that an owner wrote, in which `?`, `#` and `%` may mean something: only what cannot stand in an
    /// address at all is encoded.
    static func append(_ text: String, to address: inout [UInt8]) { append(text.utf8, to: &address) }

    private static func append(_ text: some Sequence<UInt8>, to address: inout [UInt8]) {
        for byte in text {
            if byte > 0x20, byte < 0x7F, ![UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">")].contains(byte) {
                address.append(byte)
            } else {
                PercentCoding.encode(CollectionOfOne(byte), keepingSlash: true, into: &address)
            }
        }
    }
}

/// A rule: a condition, and where requests go that meet it.
struct WebsiteRule: Sendable, Equatable {
    /// What the key that was asked for begins with; nil for every key.
    var prefix: String?
    /// The status of the refusal; nil for a rule that applies before anything is looked up.
    var errorStatus: Int?
    var target = WebsiteTarget()
    var replacement = Replacement.none
    var status = WebsiteRule.defaultStatus

    enum Replacement: Sendable, Equatable {
        case none
        case key(String)
        /// Takes the place of the condition's prefix.
        case prefix(String)
    }

    static let defaultStatus = 301

    /// - Parameter error: the status of a refusal; nil before anything was looked up.
    func applies(to key: [UInt8], error: Int?) -> Bool {
        errorStatus == error && (prefix.map { key.starts(with: $0.utf8) } ?? true)
    }

    /// The address to which a request for `key` is sent.
    func address(for key: [UInt8], of head: RequestHead) -> String {
        var path: [UInt8] = []
        switch replacement {
        case .none: PercentCoding.encode(key, keepingSlash: true, into: &path)
        case .key(let text): WebsiteTarget.append(text, to: &path)
        case .prefix(let text):
            WebsiteTarget.append(text, to: &path)
            PercentCoding.encode(key.dropFirst(prefix?.utf8.count ?? 0), keepingSlash: true, into: &path)
        }
        return target.address(path: path, of: head)
    }
}
