/* A security key made of software, for OpenSSH's SSH_SK_PROVIDER: what tests touch in the place of a real one.
 * Its handle is its secret: nothing here is safe, and no real books know such a key. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

struct sk_enroll_response {
	uint8_t flags;
	uint8_t *public_key; size_t public_key_len;
	uint8_t *key_handle; size_t key_handle_len;
	uint8_t *signature; size_t signature_len;
	uint8_t *attestation_cert; size_t attestation_cert_len;
	uint8_t *authdata; size_t authdata_len;
};
struct sk_sign_response {
	uint8_t flags;
	uint32_t counter;
	uint8_t *sig_r; size_t sig_r_len;
	uint8_t *sig_s; size_t sig_s_len;
};
struct sk_option;
struct sk_resident_key;

uint32_t sk_api_version(void) { return 0x000a0000; }

int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application, uint8_t flags,
    const char *pin, struct sk_option **options, struct sk_enroll_response **made)
{
	struct sk_enroll_response *r = calloc(1, sizeof *r);
	EVP_PKEY *key = alg == 1 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : NULL;

	if (r == NULL || key == NULL)
		return -2; /* SSH_SK_ERR_UNSUPPORTED */
	r->flags = flags;
	r->public_key_len = r->key_handle_len = 32;
	r->public_key = malloc(32);
	r->key_handle = malloc(32);
	EVP_PKEY_get_raw_public_key(key, r->public_key, &r->public_key_len);
	EVP_PKEY_get_raw_private_key(key, r->key_handle, &r->key_handle_len);
	EVP_PKEY_free(key);
	*made = r;
	return 0;
}

int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application, const uint8_t *handle,
    size_t handle_len, uint8_t flags, const char *pin, struct sk_option **options, struct sk_sign_response **made)
{
	struct sk_sign_response *r = calloc(1, sizeof *r);
	EVP_PKEY *key = alg == 1 ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, handle, handle_len) : NULL;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t said[32 + 1 + 4 + 32];

	if (r == NULL || key == NULL || context == NULL)
		return -2;
	/* SK_FLAGS: what the key says of whoever was there; unset, it was touched */
	r->flags = getenv("SK_FLAGS") ? (uint8_t)atoi(getenv("SK_FLAGS")) : flags;
	r->counter = 7;
	SHA256((const uint8_t *)application, strlen(application), said);
	said[32] = r->flags;
	memcpy(said + 33, "\0\0\0\7", 4);
	SHA256(data, data_len, said + 37);
	r->sig_r_len = 64;
	r->sig_r = malloc(64);
	if (EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
	    EVP_DigestSign(context, r->sig_r, &r->sig_r_len, said, sizeof said) != 1)
		return -1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	*made = r;
	return 0;
}

int sk_load_resident_keys(const char *pin, struct sk_option **options, struct sk_resident_key ***keys, size_t *count)
{
	return -2;
}
