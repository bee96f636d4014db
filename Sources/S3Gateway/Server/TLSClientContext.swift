// Why this file exists: the other side of TLS, for the requests that the gateway itself makes. A peer is believed when
// its certificate leads to an authority that the system or the operator trusts and names the host that was asked for;
// there is no setting that turns this off. OpenSSL reads SSL_CERT_FILE and SSL_CERT_DIR instead of the system's.
private import COpenSSL

/// Makes sessions towards servers.
// @unchecked: an SSL_CTX is counted atomically by OpenSSL and not changed after it was made.
final class TLSClientContext: @unchecked Sendable {
    private let pointer: OpaquePointer

    /// - Parameter authorities: a PEM file of certificates to believe beside the system's; nil for none.
    /// - Throws: ``TLSError/library(_:)`` when OpenSSL finds no memory or cannot read the trusted authorities.
    init(authorities: String? = nil) throws(TLSError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw .library("no context") }
        guard cairn_ssl_ctx_require_tls12(context) == 1, SSL_CTX_set_default_verify_paths(context) == 1 else {
            SSL_CTX_free(context)
            throw .library("the trusted authorities cannot be read")
        }
        if let authorities, SSL_CTX_load_verify_locations(context, authorities, nil) != 1 {
            SSL_CTX_free(context)
            throw .library("there are no certificates to believe in \(authorities)")
        }
        cairn_ssl_ctx_nonblocking_modes(context)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        pointer = context
    }

    deinit { SSL_CTX_free(pointer) }

    /// A session over a connected socket, which will take nothing but a certificate for `host`.
    func makeSession(descriptor: Int32, host: String, isAddress: Bool) -> TLSSession? {
        guard let session = SSL_new(pointer) else { return nil }
        let isReady =
            isAddress
            // See: 'man 3 X509_VERIFY_PARAM_set1_ip_asc'. Names only are sent in the handshake: RFC 6066 section 3.
            ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host) == 1
            : SSL_set1_host(session, host) == 1 && cairn_ssl_set_host_name(session, host) == 1
        guard isReady, SSL_set_fd(session, descriptor) == 1 else {
            SSL_free(session)
            return nil
        }
        SSL_set_connect_state(session)
        return TLSSession(owning: session)
    }
}
