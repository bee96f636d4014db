// Why this file exists: secrets are compared and forgotten here, in ways that a compiler may not make clever.
private import COpenSSL

/// Operations on secrets whose time does not depend on the secrets.
public enum ConstantTime {
    /// Whether both are equal. Only the lengths, never the contents, show in the time it takes.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0 }
        }
    }

    /// Overwrites `bytes` with zeros, even when nobody reads them afterwards.
    public static func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
    }
}
