// Why this file exists: a listing goes on behind the last entry of a page. Clients must not take the token for a key,
// so it is not readable as one, and a token that this service did not make is refused.
import ObjectCore

/// The token by which the next page of a listing is asked for.
enum ContinuationToken {
    /// The first byte; a later form of token gets another.
    private static let form: UInt8 = 1
    /// A token holds a key or a common prefix.
    private static let lengthMaximum = ObjectKey.maximumLength

    static func encode(_ last: [UInt8]) -> String { Base64.encode([form] + last) }

    static func decode(_ text: String) throws(S3Error) -> [UInt8] {
        guard let bytes = Base64.decode(text), bytes.first == form, bytes.count > 1,
            bytes.count <= lengthMaximum + 1
        else {
            throw .invalidArgument(
                "The continuation token provided is incorrect", name: "continuation-token", value: text)
        }
        return Array(bytes.dropFirst())
    }
}
