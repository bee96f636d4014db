// Why this file exists: the server's certificate and the rules of its TLS, in the form that OpenSSL wants, made
// once and exchanged as a whole when the certificate is renewed. Connections hold the context they began with.
// Invariant: a context that could not be loaded completely is never used; after a failed reload the old one stays.
private import COpenSSL
private import Synchronization

/// Why a certificate or a key could not be used.
public enum TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The certificate chain could not be read; the texts are the path and OpenSSL's reason.
    case certificate(path: String, reason: String)
    /// The private key could not be read (a key under a passphrase included).
    case privateKey(path: String, reason: String)
    /// The key does not belong to the certificate.
    case keyMismatch(certificatePath: String, keyPath: String)
    /// OpenSSL itself refused; the text says what.
    case library(String)

    public var description: String {
        switch self {
        case .certificate(let path, let reason): "TLS certificate \(path): \(reason)"
        case .privateKey(let path, let reason): "TLS private key \(path): \(reason)"
        case .keyMismatch(let certificate, let key):
            "TLS private key \(key) does not belong to the certificate \(certificate)"
        case .library(let reason): "TLS: \(reason)"
        }
    }
}

/// A certificate chain and its key, for TLS 1.2 and 1.3 with ALPN `http/1.1`.
public final class TLSContext: Sendable {
    private let certificateChainPath: String
    private let privateKeyPath: String
    private let current: Mutex<ContextHandle>

    /// Reads both files.
    /// - Parameters:
    ///   - certificateChainPath: a PEM file, the server's certificate first, then the intermediate ones.
    ///   - privateKeyPath: a PEM file with the key, without a passphrase.
    public init(certificateChainPath: String, privateKeyPath: String) throws(TLSError) {
        self.certificateChainPath = certificateChainPath
        self.privateKeyPath = privateKeyPath
        current = Mutex(try ContextHandle(certificateChainPath: certificateChainPath, privateKeyPath: privateKeyPath))
    }

    /// Reads both files again. Connections made from now on use them; on an error everything stays as it was.
    public func reload() throws(TLSError) {
        let fresh = try ContextHandle(certificateChainPath: certificateChainPath, privateKeyPath: privateKeyPath)
        current.withLock { $0 = fresh }
    }

    /// A session for one accepted connection, or nil when OpenSSL has no memory for it.
    func makeSession(descriptor: Int32) -> TLSSession? {
        let handle = current.withLock { $0 }
        // SSL_new takes its own reference to the context.
        guard let session = SSL_new(handle.pointer) else { return nil }
        guard SSL_set_fd(session, descriptor) == 1 else {
            SSL_free(session)
            return nil
        }
        SSL_set_accept_state(session)
        return TLSSession(owning: session)
    }
}

/// Owns one SSL_CTX.
// @unchecked: an SSL_CTX is counted atomically by OpenSSL and not changed after it was made.
private final class ContextHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(certificateChainPath: String, privateKeyPath: String) throws(TLSError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw .library(Self.reason()) }
        do throws(TLSError) {
            try Self.prepare(context, certificateChainPath: certificateChainPath, privateKeyPath: privateKeyPath)
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        pointer = context
    }

    deinit { SSL_CTX_free(pointer) }

    private static func prepare(
        _ context: OpaquePointer, certificateChainPath: String, privateKeyPath: String
    ) throws(TLSError) {
        guard cairn_ssl_ctx_require_tls12(context) == 1 else { throw .library(reason()) }
        cairn_ssl_ctx_nonblocking_modes(context)
        // See: 'man 3 SSL_CTX_set_options'. No renegotiation: it is the client's lever for work on our side.
        SSL_CTX_set_options(
            context, SSLOption.noRenegotiation | SSLOption.noCompression | SSLOption.ignoreUnexpectedEnd)
        // Without this OpenSSL would ask for a passphrase on the terminal.
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }
        SSL_CTX_set_alpn_select_cb(context, selectHTTP11, nil)
        guard SSL_CTX_use_certificate_chain_file(context, certificateChainPath) == 1 else {
            throw .certificate(path: certificateChainPath, reason: reason())
        }
        guard SSL_CTX_use_PrivateKey_file(context, privateKeyPath, SSL_FILETYPE_PEM) == 1 else {
            let reason = reason()
            let isMismatch = reason.contains("mismatch")
            throw isMismatch
                ? .keyMismatch(certificatePath: certificateChainPath, keyPath: privateKeyPath)
                : .privateKey(path: privateKeyPath, reason: reason)
        }
        guard SSL_CTX_check_private_key(context) == 1 else {
            throw .keyMismatch(certificatePath: certificateChainPath, keyPath: privateKeyPath)
        }
    }

    /// OpenSSL's oldest error in words; its queue is emptied.
    private static func reason() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return "unknown error" }
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Options that are macros over a cast in <openssl/ssl.h> (SSL_OP_BIT).
private enum SSLOption {
    static let ignoreUnexpectedEnd: UInt64 = 1 << 7
    static let noCompression: UInt64 = 1 << 17
    static let noRenegotiation: UInt64 = 1 << 30
}

/// Picks `http/1.1` when the client offers it and ends the handshake otherwise. See: RFC 7301 section 3.2.
private func selectHTTP11(
    _ session: OpaquePointer?, _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ selectedLength: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ offeredLength: UInt32,
    _ argument: UnsafeMutableRawPointer?
) -> Int32 {
    guard let offered, let selected, let selectedLength else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let count = Int(offeredLength)
    var index = 0
    while index < count {
        let length = Int(offered[index])
        guard index + 1 + length <= count else { break }
        let name = UnsafeBufferPointer(start: offered + index + 1, count: length)
        if name.elementsEqual("http/1.1".utf8) {
            selected.pointee = offered + index + 1
            selectedLength.pointee = offered[index]
            return SSL_TLSEXT_ERR_OK
        }
        index += 1 + length
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
