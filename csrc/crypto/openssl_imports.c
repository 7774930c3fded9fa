/* A host that exports some of its own OpenSSL catches only what it exports: a sample of functions cannot see the rest.
 */
#include "crypto/openssl_imports.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

const char *wws_openssl_file(const void *address)
{
    Dl_info info;
    return dladdr(address, &info) != 0 && info.dli_fname != NULL ? info.dli_fname : "an unknown file";
}

#if defined(__ELF__) && __SIZEOF_POINTER__ == 8

/* What the dynamic section says of relocations and names. */
typedef struct imports {
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * relocations[2];
    size_t bytes[2];
} imports;

/* Some systems leave addresses in there as they are in the file. */
static const void *address_of(uintptr_t value)
{
    Dl_info info;
    uintptr_t base = 0;
    if (dladdr(_DYNAMIC, &info) != 0) {
        base = (uintptr_t)info.dli_fbase;
    }
    return (const void *)(value < base ? base + value : value); /* NOLINT(performance-no-int-to-ptr) */
}

static imports read_imports(void)
{
    imports found = {.symbols = NULL};
    for (const ElfW(Dyn) *entry = _DYNAMIC; entry->d_tag != DT_NULL; entry++) {
        const void *address = address_of(entry->d_un.d_ptr);
        switch (entry->d_tag) {
        case DT_SYMTAB:
            found.symbols = address;
            break;
        case DT_STRTAB:
            found.names = address;
            break;
        case DT_JMPREL:
            found.relocations[0] = address;
            break;
        case DT_PLTRELSZ:
            found.bytes[0] = entry->d_un.d_val;
            break;
        case DT_RELA:
            found.relocations[1] = address;
            break;
        case DT_RELASZ:
            found.bytes[1] = entry->d_un.d_val;
            break;
        default:
            break;
        }
    }
    return found;
}

static bool is_openssl(const char *name)
{
    static const char *const families[] = {"SSL_",    "TLS_",         "EVP_", "BIO_", "X509_", "ASN1_", "OCSP_",
                                           "PEM_",    "PKCS1",        "RSA_", "BN_",  "ERR_",  "OSSL_", "OPENSSL_",
                                           "CRYPTO_", "GENERAL_NAME", "d2i_", "i2d_", "RAND_", "HMAC",  "UI_"};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (strncmp(name, families[i], strlen(families[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_stranger(const char *name, const char *ssl, const char *crypto, wws_openssl_stranger *out)
{
    const void *address = is_openssl(name) ? dlsym(RTLD_DEFAULT, name) : NULL;
    if (address == NULL) {
        return false;
    }
    *out = (wws_openssl_stranger){name, wws_openssl_file(address)};
    return strcmp(out->file, ssl) != 0 && strcmp(out->file, crypto) != 0;
}

_Bool wws_openssl_find_stranger(const char *ssl, const char *crypto, wws_openssl_stranger *out)
{
    const imports all = read_imports();
    if (all.symbols == NULL || all.names == NULL) {
        return false;
    }
    for (size_t table = 0; table < 2; table++) {
        const ElfW(Rela) *relocations = all.relocations[table];
        for (size_t i = 0; relocations != NULL && i < all.bytes[table] / sizeof *relocations; i++) {
            const ElfW(Sym) *symbol = &all.symbols[ELF64_R_SYM(relocations[i].r_info)];
            if (symbol->st_shndx == SHN_UNDEF && is_stranger(all.names + symbol->st_name, ssl, crypto, out)) {
                return true;
            }
        }
    }
    return false;
}

#else

_Bool wws_openssl_find_stranger(const char *ssl, const char *crypto, wws_openssl_stranger *out)
{
    (void)ssl;
    (void)crypto;
    (void)out;
    return false;
}

#endif
