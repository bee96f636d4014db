// Why this file exists: the other end of TLS, for the command line, which talks to endpoints as any client does. It
// blocks. Invariant: no byte is sent to a server whose certificate was not verified for the host's name.
private import COpenSSL

/// A TLS session over a connected, blocking socket. Belongs to one thread.
public final class TLSClient {
    private let context: OpaquePointer
    private let session: OpaquePointer

    /// Does the handshake.
    /// - Parameters:
    ///   - descriptor: a connected socket; stays the caller's.
    ///   - host: a name or an address that the certificate must be for.
    ///   - authorities: a PEM file of certificates to believe; nil for the system's.
    public init(descriptor: Int32, host: String, authorities: String?) throws(TLSError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw .library("no memory for a session") }
        guard let session = TLSClient.prepare(context, descriptor, host, authorities) else {
            SSL_CTX_free(context)
            throw .library("the certificates to believe cannot be loaded: \(authorities ?? "the system's")")
        }
        self.context = context
        self.session = session
        guard SSL_connect(session) == 1 else {
            let result = SSL_get_verify_result(session)
            if result != X509_V_OK {
                throw .library(
                    "the certificate of \(host) is not believed: "
                        + String(cString: X509_verify_cert_error_string(result)))
            }
            throw .library("the handshake with \(host) failed")
        }
    }

    private static func prepare(
        _ context: OpaquePointer, _ descriptor: Int32, _ host: String, _ authorities: String?
    ) -> OpaquePointer? {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        let isLoaded =
            authorities.map { SSL_CTX_load_verify_locations(context, $0, nil) }
            ?? SSL_CTX_set_default_verify_paths(context)
        guard isLoaded == 1, let session = SSL_new(context) else { return nil }
        let parameters = SSL_get0_param(session)
        // An address is matched with addresses of the certificate, anything else with its names.
        let isAddress = X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1
        guard isAddress || SSL_set1_host(session, host) == 1, SSL_set_fd(session, descriptor) == 1 else {
            SSL_free(session)
            return nil
        }
        if !isAddress {
            // SSL_set_tlsext_host_name is a macro over this. See: tls1.h, TLSEXT_NAMETYPE_host_name.
            _ = host.withCString { name in
                SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, 0, UnsafeMutableRawPointer(mutating: name))
            }
        }
        return session
    }

    /// - Returns: how many bytes were taken; -1 for a failure.
    public func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count))
        return count > 0 ? Int(count) : -1
    }

    /// - Returns: how many bytes came; 0 at the end; -1 for a failure.
    public func read(_ room: UnsafeMutableRawBufferPointer) -> Int {
        let count = SSL_read(session, room.baseAddress, Int32(clamping: room.count))
        if count > 0 { return Int(count) }
        return SSL_get_error(session, count) == SSL_ERROR_ZERO_RETURN ? 0 : -1
    }

    deinit {
        SSL_free(session)
        SSL_CTX_free(context)
    }
}
