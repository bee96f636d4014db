// Why this file exists: clients of OpenLineage know one kind of credential, a bearer token. A secret key must not be
// sent about as one, so the token is derived from it: it sends events for its key and can do nothing else, needs no
// table, and ends with the key.
import ObjectCore

/// `ACCESSKEY.BASE64URL(HMAC-SHA256(secret, "cairn-openlineage-v1"))`
public struct BearerTokens: Sendable {
    private static let context = Array("cairn-openlineage-v1".utf8)
    private static let lengthMaximum = 512

    let credentials: any CredentialSource

    init(credentials: any CredentialSource) { self.credentials = credentials }

    /// The token of a key.
    public static func token(accessKey: String, secret: Secret) -> String {
        "\(accessKey).\(text(secret))"
    }

    private static func text(_ secret: Secret) -> String {
        Base64.encode(Digest.hmacSHA256(key: secret.bytes, message: context))
            .map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }.filter { $0 != "=" }
            .reduce(into: "") { $0.append($1) }
    }

    /// What stands behind `Bearer` in the Authorization header; nil when that is of another kind.
    static func token(of head: RequestHead) -> String? {
        guard let slice = head.first("authorization") else { return nil }
        let value = head.slice(slice)
        guard value.count <= lengthMaximum, ASCII.hasPrefix(value.prefix(7).map(ASCII.lowercased)[...], "bearer ")
        else { return nil }
        return String(decoding: ASCII.trimmed(value.dropFirst(7)), as: UTF8.self)
    }

    /// Whose token it is.
    /// - Throws: AccessDenied, ExpiredToken.
    func verify(_ token: String, now: Int64) throws(S3Error) -> Identity {
        let refused = S3Error(.accessDenied, "The bearer token is not one of this server's: see `cairn lineage token`.")
        guard let dot = token.lastIndex(of: "."),
            let record = credentials.credential(for: String(token[..<dot]))
        else { throw refused }
        guard Secret(String(token[token.index(after: dot)...])) == Secret(BearerTokens.text(record.secret)) else {
            throw refused
        }
        if let end = record.expiresAt, now >= end { throw S3Error(.expiredToken) }
        return Identity(record)
    }
}
