// Why this file exists: where the endpoint is and who asks, as every AWS client takes it from the environment. Files are
// not needed and not read: what a command talks to is seen in one place.

/// The address of a server.
struct EndpointAddress: Sendable, Equatable {
    static let byDefault = "http://127.0.0.1:9000"

    var isSecure: Bool
    /// Without brackets.
    var host: String
    var port: UInt16

    /// `host`, or `host:port` where the port is not the scheme's own, as it stands in the Host header.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    var text: String { "\(isSecure ? "https" : "http")://\(authority)" }

    /// Reads `http://HOST[:PORT]` or `https://…`; nil for anything else.
    init?(_ text: String) {
        let rest: Substring
        if text.lowercased().hasPrefix("https://") {
            isSecure = true
            rest = text.dropFirst(8)
        } else if text.lowercased().hasPrefix("http://") {
            isSecure = false
            rest = text.dropFirst(7)
        } else {
            return nil
        }
        var authority = rest
        while authority.hasSuffix("/") { authority = authority.dropLast() }
        guard !authority.isEmpty, !authority.contains(where: { "/?#@ ".contains($0) }) else { return nil }
        var portText: Substring?
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            if !after.isEmpty { portText = after.dropFirst() }
        } else if let colon = authority.lastIndex(of: ":") {
            host = String(authority[..<colon])
            portText = authority[authority.index(after: colon)...]
        } else {
            host = String(authority)
        }
        if let portText {
            guard let number = UInt16(portText), number > 0 else { return nil }
            port = number
        } else {
            port = isSecure ? 443 : 80
        }
        guard !host.isEmpty else { return nil }
    }

    /// What `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` name, else the default.
    static func of(_ environment: [String: String]) throws(CommandFailure) -> EndpointAddress {
        for name in ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] {
            guard let text = environment[name], !text.isEmpty else { continue }
            guard let address = EndpointAddress(text) else {
                throw CommandFailure(
                    .configuration, "\(name) is no address: \(text)", advice: "write http://HOST:PORT or https://HOST")
            }
            return address
        }
        guard let address = EndpointAddress(byDefault) else {
            throw CommandFailure(.internalError, "the default address is none")
        }
        return address
    }
}

/// Who asks.
struct EndpointCredentials: Sendable, Equatable {
    var accessKey: String
    var secret: String
    var sessionToken: String?

    static func of(_ environment: [String: String]) throws(CommandFailure) -> EndpointCredentials {
        guard let key = environment["AWS_ACCESS_KEY_ID"], !key.isEmpty,
            let secret = environment["AWS_SECRET_ACCESS_KEY"], !secret.isEmpty
        else {
            throw CommandFailure(
                .configuration, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set",
                advice: "export the lines that `cairn serve` or `cairn key create` printed")
        }
        let token = environment["AWS_SESSION_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        return EndpointCredentials(accessKey: key, secret: secret, sessionToken: token)
    }
}
