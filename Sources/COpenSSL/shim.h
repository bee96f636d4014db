// Why this file exists: OpenSSL's public headers in one module (TLS, digests, HMAC, AES-GCM, Ed25519), plus the
// function-like macros that Swift cannot call.
#ifndef CAIRN_COPENSSL_H
#define CAIRN_COPENSSL_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

// SSL_CTX_set_min_proto_version and SSL_set_mode are macros over *_ctrl.
static inline int cairn_ssl_ctx_require_tls12(SSL_CTX *context) {
    return (int)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
static inline void cairn_ssl_ctx_nonblocking_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
}
// The client's side: SSL_set_tlsext_host_name is a macro over SSL_ctrl.
static inline int cairn_ssl_set_host_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

#endif
