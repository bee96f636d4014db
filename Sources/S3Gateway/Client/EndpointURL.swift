// Why this file exists: addresses that the gateway sends requests to. They come from the operator; those of identity
// providers may come from any account, and are asked only where everybody could (``ClientReach``).
private import Glibc

/// An `http` or `https` address.
public struct EndpointURL: Sendable, Hashable {
    public let isSecure: Bool
    /// Without brackets.
    public let host: String
    public let port: Int
    /// Path and query, at least `/`.
    public let target: String

    /// Reads an address. User names and fragments are refused: a password does not belong into an address that shows in
    /// lists of processes.
    public init?(_ text: String) {
        let rest: Substring
        if text.hasPrefix("https://") {
            isSecure = true
            rest = text.dropFirst(8)
        } else if text.hasPrefix("http://") {
            isSecure = false
            rest = text.dropFirst(7)
        } else {
            return nil
        }
        guard rest.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "#") }) else { return nil }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { return nil }
        let path = rest[authority.endIndex...]
        target = path.hasPrefix("/") ? String(path) : "/" + path
        var name = authority
        var number: Int? = isSecure ? 443 : 80
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            name = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            if !after.isEmpty { number = EndpointURL.port(after.dropFirst()) }
        } else if let colon = authority.firstIndex(of: ":") {
            name = authority[..<colon]
            number = EndpointURL.port(authority[authority.index(after: colon)...])
        }
        guard !name.isEmpty, let number else { return nil }
        host = String(name)
        port = number
    }

    private static func port(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(text),
            (1...65_535).contains(number)
        else { return nil }
        return number
    }

    /// Whether the host is an address and no name.
    var isAddress: Bool {
        var space = [UInt8](repeating: 0, count: 16)
        return inet_pton(AF_INET, host, &space) == 1 || inet_pton(AF_INET6, host, &space) == 1
    }

    /// The value of the `Host` header.
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}
