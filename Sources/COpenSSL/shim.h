#pragma once
// OpenSSL would rather be asked for digests by name (EVP), which allocates, reads the machine's configuration and can fail. These
// functions do none of it, and their state is a plain value.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
