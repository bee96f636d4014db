// Why this file exists: bucket names have two rules. New ones follow S3's, so that each can be a DNS label;
// in a request anything is let through that can be a name at all, so that the answer is "no such bucket".

/// The rules for names of buckets.
public enum BucketName {
    private static let reservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"]
    private static let reservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
    /// Length of a new name, in bytes.
    private static let length = 3...63
    /// The longest name that a request may give; names of the first years of S3 were this long.
    private static let lengthInRequestMax = 255

    /// Whether a bucket may be created under this name.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    public static func isValid(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard length.contains(bytes.count), let first = bytes.first, let last = bytes.last,
            isLowerOrDigit(first), isLowerOrDigit(last)
        else { return false }
        var previous: UInt8 = 0
        for byte in bytes {
            guard isLowerOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") else { return false }
            // Each part between dots must be a DNS label, which neither begins nor ends with a dash.
            if previous == UInt8(ascii: "."), !isLowerOrDigit(byte) { return false }
            if previous == UInt8(ascii: "-"), byte == UInt8(ascii: ".") { return false }
            previous = byte
        }
        return !isAddress(bytes) && !reservedPrefixes.contains(where: name.hasPrefix)
            && !reservedSuffixes.contains(where: name.hasSuffix)
    }

    /// Whether `bytes` can be the name of a bucket in a request at all.
    public static func isPlausible(_ bytes: some Collection<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= lengthInRequestMax else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (byte >= 0x61 && byte <= 0x7A) || ASCII.isDigit(byte)
    }

    // Four groups of digits, as in 192.168.5.4.
    private static func isAddress(_ bytes: [UInt8]) -> Bool {
        let groups = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return groups.count == 4 && groups.allSatisfy { (1...3).contains($0.count) && $0.allSatisfy(ASCII.isDigit) }
    }
}
