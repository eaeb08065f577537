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
#include <openssl/x509.h>

enum {
    shim_EVP_PKEY_KEY_PARAMETERS = EVP_PKEY_KEY_PARAMETERS,
    shim_EVP_PKEY_PUBLIC_KEY = EVP_PKEY_PUBLIC_KEY,
    shim_EVP_PKEY_KEYPAIR = EVP_PKEY_KEYPAIR,
};

static inline void shim_OPENSSL_free(void *memory) { OPENSSL_free(memory); }

static inline void shim_OPENSSL_clear_free(void *memory, size_t count) { OPENSSL_clear_free(memory, count); }

static inline long shim_BIO_get_mem_data(BIO *memory, char **base) { return BIO_get_mem_data(memory, base); }
