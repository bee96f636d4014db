// Why this file exists: from an address in words to a listening socket and from a peer's socket address to text.
// Invariant: a socket that could not be made ready in every step is closed again; a Unix socket is mode 0600 before
// anybody can connect to it.
import CSystem
import Glibc
import ObjectCore

/// Where a server listens.
public enum ListenAddress: Sendable, Equatable {
    /// A host (a name, an IPv4 or an IPv6 address, `0.0.0.0` and `::` for all) and a port; port 0 takes a free one.
    case tcp(host: String, port: Int)
    /// A Unix socket that only the owner may connect to.
    case unix(path: String)
}

/// Where a server really listens.
public enum BoundAddress: Sendable, Equatable {
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// The port, or nil for a Unix socket.
    public var port: Int? {
        if case .tcp(_, let port) = self { port } else { nil }
    }
}

enum ListeningSocket {
    /// Takes the address. Connections are refused until ``listen(on:backlog:)``.
    static func open(
        _ address: ListenAddress
    ) throws(SystemCallError) -> (descriptor: Int32, bound: BoundAddress) {
        switch address {
        case .tcp(let host, let port): try openTCP(host: host, port: port)
        case .unix(let path): try openUnix(path: path)
        }
    }

    /// Lets connections come. See: 'man 2 listen'.
    static func listen(on descriptor: Int32, backlog: Int, object: String) throws(SystemCallError) {
        guard Glibc.listen(descriptor, Int32(clamping: backlog)) == 0 else {
            throw SystemCallError("listen", code: errno, object: object)
        }
    }

    private static func openTCP(
        host: String, port: Int
    ) throws(SystemCallError) -> (descriptor: Int32, bound: BoundAddress) {
        let name = "\(host):\(port)"
        guard (0...65_535).contains(port) else { throw SystemCallError("bind", code: EINVAL, object: name) }
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &found)
        guard status == 0, let found else {
            throw SystemCallError("getaddrinfo", code: status == EAI_SYSTEM ? errno : EADDRNOTAVAIL, object: name)
        }
        defer { freeaddrinfo(found) }
        let info = found.pointee
        let descriptor = try makeSocket(family: info.ai_family, object: name)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, info.ai_addr, info.ai_addrlen) == 0 else {
            throw failure("bind", closing: descriptor, object: name)
        }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let answered = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard answered == 0 else { throw failure("getsockname", closing: descriptor, object: name) }
        let (text, boundPort) = SocketAddressText.text(of: &storage)
        return (descriptor, .tcp(host: text, port: boundPort))
    }

    private static func openUnix(
        path: String
    ) throws(SystemCallError) -> (descriptor: Int32, bound: BoundAddress) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count > 0, path.utf8.count < capacity, !path.utf8.contains(0) else {
            throw SystemCallError("bind", code: ENAMETOOLONG, object: path)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        func call(_ body: (UnsafePointer<sockaddr>) -> Int32) -> Int32 {
            withUnsafePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
        }

        // A socket that nobody answers is what a killed server left behind.
        let probe = try makeSocket(family: AF_UNIX, object: path)
        if call({ connect(probe, $0, length) }) != 0 && errno == ECONNREFUSED { unlink(path) }
        close(probe)

        let descriptor = try makeSocket(family: AF_UNIX, object: path)
        guard call({ bind(descriptor, $0, length) }) == 0 else {
            throw failure("bind", closing: descriptor, object: path)
        }
        // Until listen(2) every connect(2) is refused, so there is no moment with wider permissions.
        guard chmod(path, 0o600) == 0 else { throw failure("chmod", closing: descriptor, object: path) }
        return (descriptor, .unix(path: path))
    }

    private static func makeSocket(family: Int32, object: String) throws(SystemCallError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw SystemCallError("socket", code: errno, object: object) }
        return descriptor
    }

    private static func failure(_ call: String, closing descriptor: Int32, object: String) -> SystemCallError {
        let error = SystemCallError(call, code: errno, object: object)
        close(descriptor)
        return error
    }
}

enum SocketAddressText {
    /// The host as text and the port; an IPv4 address in IPv6 form (`::ffff:a.b.c.d`) is given as IPv4.
    static func text(of storage: inout sockaddr_storage) -> (host: String, port: Int) {
        let family = Int32(storage.ss_family)
        return withUnsafeBytes(of: &storage) { raw in
            switch family {
            case AF_INET:
                let address = raw.loadUnaligned(as: sockaddr_in.self)
                return (withUnsafeBytes(of: address.sin_addr) { numeric(family, $0) }, port(address.sin_port))
            case AF_INET6:
                let address = raw.loadUnaligned(as: sockaddr_in6.self)
                let text = withUnsafeBytes(of: address.sin6_addr) { numeric(family, $0) }
                let isMapped = text.hasPrefix("::ffff:") && text.utf8.contains(UInt8(ascii: "."))
                return (isMapped ? String(text.dropFirst(7)) : text, port(address.sin6_port))
            default:
                return ("unix", 0)
            }
        }
    }

    private static func port(_ networkOrder: UInt16) -> Int { Int(UInt16(bigEndian: networkOrder)) }

    private static func numeric(_ family: Int32, _ address: UnsafeRawBufferPointer) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(family, address.baseAddress, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
