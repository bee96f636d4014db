// Why this file exists: the encryption context of SSE-KMS is JSON in Base64. It is bound to the object's key byte for
// byte, so what is no context must be refused before.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html, "Encryption context".
private import FoundationEssentials
import ObjectCore

/// The header `x-amz-server-side-encryption-context`.
enum EncryptionContext {
    static let lengthMaximum = 8192

    static func decode(_ text: String) throws(S3Error) -> [UInt8] {
        guard let bytes = Base64.decode(text), bytes.count <= lengthMaximum,
            (try? JSONDecoder().decode([String: String].self, from: Data(bytes))) != nil
        else {
            throw .invalidArgument(
                "The header must be the Base64 of a JSON object whose values are strings.",
                name: "x-amz-server-side-encryption-context", value: text)
        }
        return bytes
    }
}
