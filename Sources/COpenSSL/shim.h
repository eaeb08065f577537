// What Swift sees of OpenSSL: its headers, and a function for each macro that Swift cannot import.
#pragma once
// MD5, SHA-1 and SHA-256 are called below EVP as well: EVP of 3.0 allocates for each digest, which the resolver must
// not.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/md5.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

enum {
    shim_EVP_PKEY_KEY_PARAMETERS = EVP_PKEY_KEY_PARAMETERS,
    shim_EVP_PKEY_PUBLIC_KEY = EVP_PKEY_PUBLIC_KEY,
    shim_EVP_PKEY_KEYPAIR = EVP_PKEY_KEYPAIR,
};

static inline void shim_OPENSSL_free(void *memory) { OPENSSL_free(memory); }

static inline void shim_OPENSSL_clear_free(void *memory, size_t count) { OPENSSL_clear_free(memory, count); }

static inline long shim_BIO_get_mem_data(BIO *memory, char **base) { return BIO_get_mem_data(memory, base); }

static inline size_t shim_BIO_pending(BIO *memory) { return BIO_ctrl_pending(memory); }

static inline int shim_SSL_CTX_set_versions(SSL_CTX *context, int lowest, int highest) {
    return SSL_CTX_set_min_proto_version(context, lowest) == 1 && SSL_CTX_set_max_proto_version(context, highest) == 1;
}

static inline int shim_SSL_CTX_set_groups(SSL_CTX *context, const char *list) {
    return SSL_CTX_set1_groups_list(context, list) == 1;
}

static inline void shim_SSL_CTX_set_frugality(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline int shim_SSL_CTX_add_to_chain(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

static inline int shim_SSL_set_server_name(SSL *connection, const char *name) {
    return SSL_set_tlsext_host_name(connection, name) == 1;
}

// Options of 64 bits are macros over a cast.
static const uint64_t shim_SSL_OPTIONS = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET
    | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_CLEANSE_PLAINTEXT;

// Whether reading PEM text ended because nothing more begins in it.
static inline int shim_is_end_of_PEM(unsigned long code) {
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

static const unsigned long shim_XN_FLAG_RFC2253 = XN_FLAG_RFC2253;
