// Why this file exists: a presigned URL is a credential, and logs are read by more people than may use it.
// Invariant: the value of a signature or session token never leaves this function, however its name is written
// (case and percent-encoding included). The credential scope stays: it says who signed and gives no power.

/// Takes secrets out of request targets before they are printed.
public enum RequestTargetRedaction {
    /// Query parameters whose value is a secret, in lower case. `signature` is SigV2's.
    static let secretParameters: Set<String> = [
        "x-amz-signature", "x-amz-security-token", "signature", "x-amz-server-side-encryption-customer-key",
        "x-amz-copy-source-server-side-encryption-customer-key", "webidentitytoken",
    ]
    /// What stands in the place of a secret.
    static let replacement = Array("REDACTED".utf8)

    /// The target with the values of secret parameters replaced; everything else byte for byte as it was.
    public static func redact(_ target: [UInt8]) -> [UInt8] {
        guard let mark = target.firstIndex(of: UInt8(ascii: "?")) else { return target }
        var result = Array(target[...mark])
        result.reserveCapacity(target.count)
        var isFirst = true
        for parameter in target[(mark + 1)...].split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            if !isFirst { result.append(UInt8(ascii: "&")) }
            isFirst = false
            guard let equals = parameter.firstIndex(of: UInt8(ascii: "=")), isSecret(parameter[..<equals]) else {
                result.append(contentsOf: parameter)
                continue
            }
            result.append(contentsOf: parameter[...equals])
            result.append(contentsOf: replacement)
        }
        return result
    }

    private static func isSecret(_ name: ArraySlice<UInt8>) -> Bool {
        // Percent-encoding cannot make a name shorter, so this bound skips most parameters without decoding.
        guard name.count >= 9 else { return false }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(name.count)
        var index = name.startIndex
        while index < name.endIndex {
            if name[index] == UInt8(ascii: "%"), index + 2 < name.endIndex,
                let high = hexadecimalValue(name[index + 1]), let low = hexadecimalValue(name[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(name[index])
                index += 1
            }
        }
        return secretParameters.contains(String(decoding: decoded, as: UTF8.self).lowercased())
    }

    private static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
