// Why this file exists: some addresses that the server asks come from people who may not see the network it stands in: an
// identity provider that any account registers. What they name is asked only where everybody could ask it.
// Invariant: it is the address itself that is judged, after its name was resolved and right before the connection.
import Glibc

/// Which peers a client may talk to.
enum ClientReach: Sendable, Hashable {
    /// All: the operator named them.
    case anywhere
    /// Addresses of the public internet.
    case publicOnly

    func permits(_ info: addrinfo) -> Bool {
        guard self == .publicOnly else { return true }
        guard let address = info.ai_addr else { return false }
        switch info.ai_family {
        case AF_INET:
            return UnsafeRawPointer(address).withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin_addr) { ClientReach.isPublic(four: Array($0)) }
            }
        case AF_INET6:
            return UnsafeRawPointer(address).withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin6_addr) { ClientReach.isPublic(sixteen: Array($0)) }
            }
        default: return false
        }
    }

    /// See: RFC 6890, the special-purpose IPv4 addresses.
    static func isPublic(four address: [UInt8]) -> Bool {
        guard address.count == 4 else { return false }
        switch (address[0], address[1]) {
        case (0, _), (10, _), (127, _), (100, 64...127), (169, 254), (172, 16...31), (192, 168), (198, 18...19):
            return false
        case (192, 0): return address[2] != 0 && address[2] != 2
        case (198, 51): return address[2] != 100
        case (203, 0): return address[2] != 113
        case (224..., _): return false
        default: return true
        }
    }

    /// Global unicast only (RFC 4291 section 2.4), without ranges that carry an IPv4 address (6to4, Teredo).
    static func isPublic(sixteen address: [UInt8]) -> Bool {
        guard address.count == 16, address[0] & 0xE0 == 0x20 else { return false }
        if address[0] == 0x20, address[1] == 0x02 { return false }
        return !(address[0] == 0x20 && address[1] == 0x01 && address[2] < 2)
    }
}
