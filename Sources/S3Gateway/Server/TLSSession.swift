// Why this file exists: one TLS connection over a non-blocking socket. OpenSSL's five ways of saying "not now" or
// "never again" become the server's three.
private import COpenSSL

/// What one attempt to move bytes came to.
enum TransferStep: Equatable {
    /// So many bytes were moved, at least one.
    case moved(Int)
    /// Nothing can be moved before the socket is readable or writable.
    case blocked(SocketChannel.Direction)
    /// The peer has closed its side in order.
    case ended
    /// The connection is broken.
    case failed
}

/// The server's side of a TLS connection. Not Sendable: it belongs to one connection.
final class TLSSession {
    private let session: OpaquePointer
    /// After a fatal error nothing more may be sent, not even the closing alert. See: 'man 3 SSL_shutdown'.
    private var isBroken = false
    /// Whether the handshake failed because the peer sent a request in plain HTTP.
    private(set) var metPlainHTTP = false

    /// Takes over `session`.
    init(owning session: OpaquePointer) { self.session = session }

    deinit { SSL_free(session) }

    /// One step of the handshake; `.moved(0)` when it is complete.
    func handshake() -> TransferStep {
        ERR_clear_error()
        let result = SSL_do_handshake(session)
        if result == 1 { return .moved(0) }
        let reached = step(result)
        if reached == .failed { metPlainHTTP = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST }
        return reached
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> TransferStep {
        ERR_clear_error()
        let result = SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
        return result > 0 ? .moved(Int(result)) : step(result)
    }

    /// Sends some of the bytes, one record at a time. After `.blocked` the next call must begin with the same bytes.
    func write(_ bytes: UnsafeRawBufferPointer) -> TransferStep {
        ERR_clear_error()
        let result = SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count))
        return result > 0 ? .moved(Int(result)) : step(result)
    }

    /// Tells the peer that nothing follows, if the socket takes it at once.
    func sayGoodbye() {
        guard !isBroken, SSL_is_init_finished(session) == 1 else { return }
        ERR_clear_error()
        SSL_shutdown(session)
    }

    private func step(_ result: Int32) -> TransferStep {
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .blocked(.read)
        case SSL_ERROR_WANT_WRITE: return .blocked(.write)
        case SSL_ERROR_ZERO_RETURN: return .ended
        default:
            isBroken = true
            return .failed
        }
    }
}
