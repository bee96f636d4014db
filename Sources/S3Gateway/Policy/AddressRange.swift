// Why this file exists: conditions compare addresses with ranges of them, in both families. An IPv4 address that comes
// over an IPv6 socket is the IPv4 address.
private import Glibc

/// A range of addresses: `203.0.113.0/24`, `2001:DB8::/32`, or one address.
struct AddressRange: Sendable, Hashable {
    /// Four bytes or sixteen.
    let address: [UInt8]
    let prefixLength: Int

    /// - Parameter text: an address, with or without a prefix length.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = AddressRange.address(String(parts[0])) else { return nil }
        let bits = address.count * 8
        var length = bits
        if parts.count == 2 {
            guard let number = ASCII.decimal(parts[1].utf8), number <= bits else { return nil }
            length = Int(number)
        }
        prefixLength = length
        // Bits beyond the prefix mean nothing.
        self.address = address.enumerated().map { index, byte in
            let kept = min(max(length - index * 8, 0), 8)
            return kept == 8 ? byte : byte & ~(0xFF >> UInt8(kept))
        }
    }

    var isIPv4: Bool { address.count == 4 }

    func contains(_ address: [UInt8]) -> Bool {
        guard address.count == self.address.count else { return false }
        for index in address.indices {
            let kept = min(max(prefixLength - index * 8, 0), 8)
            if kept == 0 { return true }
            let mask: UInt8 = kept == 8 ? 0xFF : ~(0xFF >> UInt8(kept))
            if address[index] & mask != self.address[index] { return false }
        }
        return true
    }

    /// The bytes of an address; nil when the text is none.
    static func address(_ text: String) -> [UInt8]? {
        // A zone (`fe80::1%eth0`) says which link, not which address.
        let text =
            text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
        guard text.utf8.count < 64 else { return nil }
        var four = in_addr()
        // See: 'man 3 inet_pton': 1 means that the text was an address of that family.
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four.s_addr) { Array($0) } }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: six) { Array($0) }
        let isMapped = bytes[0..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes[12...]) : bytes
    }
}
