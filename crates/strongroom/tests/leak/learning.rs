//! What there was to be found, from what a process handed out: computed by other implementations, where anything
//! follows from a key.

use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;
use pkcs8::der::asn1::UintRef;
use sha2::Sha256;
use strongroom::{
    Asymmetric, Context, EncString, KeyStore, KeyUses, Symmetric,
    algorithms::SymmetricAlgorithm,
    envelopes::{Envelopes, OpenOrgInvite, SecretEnvelopeNamespace},
    hazmat,
    inspection::Inspect,
};
use strongroom_probe::{Needles, RsaNumbers};

use crate::attack::{add_aes, add_v1, secret_of};
use crate::password::{argon2id, pbkdf2, salt_of};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Own }
}

/// What the attacker knows, and a store to open by what it is handed.
pub(crate) struct Attacker {
    store: KeyStore<Keys>,
    cose: [u8; 32],
    password: Vec<u8>,
    /// Of the account, and of the device that it trusts.
    private: [RsaNumbers; 2],
}

impl Attacker {
    pub(crate) fn new(own: &[u8], cose: &[u8], password: &[u8], private: [&[u8]; 2]) -> Self {
        let store = KeyStore::open().unwrap();
        let named: Result<_, strongroom::Error> = store.transaction(|tx| {
            let key = hazmat::import_encoded::<_, Symmetric>(tx, &mut own.to_vec()[..], KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Own, key)
        });
        named.unwrap();
        Self { store, cose: secret_of(cose), password: password.to_vec(), private: private.map(numbers) }
    }

    /// What was in the process when it made these.
    pub(crate) fn learn(&self, operation: &str, texts: &[&str]) -> Needles {
        let mut needles = Needles::new();
        self.store.try_context(|ctx| self.learn_in(ctx, &mut needles, operation, texts));
        needles
    }

    fn learn_in<'c>(&self, ctx: &Context<'c, Keys>, needles: &mut Needles, operation: &str, texts: &[&str]) {
        let [account, device] = &self.private;
        let symmetric = |ctx: &Context<'c, Keys>, text: &str| {
            ctx.unwrap_key(ctx.key(Key::Own).unwrap(), &parsed(text), KeyUses::CONTENTS_AND_KEYS).unwrap()
        };
        match (operation, texts) {
            ("data", [key]) => {
                let key = symmetric(ctx, key);
                add_symmetric(ctx, needles, "content key", key);
            }
            ("XAES-256-GCM key" | "XChaCha20-Poly1305 key" | "AES-256-GCM key", [key, message]) => {
                let key = symmetric(ctx, key);
                add_symmetric(ctx, needles, "new key", key);
                add_message(ctx, needles, "new key", key, message);
            }
            ("invite", [invite, secret]) => self.invite(ctx, needles, invite, secret),
            ("PIN", [envelope]) => add_kek(needles, &pbkdf2(&self.password, &salt_of(envelope, 16))),
            ("password, Argon2id", [envelope]) => add_kek(needles, &argon2id(&self.password, &salt_of(envelope, 16))),
            ("key under type 7", [envelope]) => {
                let bytes = STANDARD.decode_to_vec(envelope).unwrap();
                let at = bytes.windows(4).position(|window| window == [0xa1, 5, 0x58, 24]).unwrap() + 4;
                let nonce = bytes[at..at + 24].try_into().unwrap();
                needles.xaes256_gcm_message("key under type 7", &self.cose, &nonce).unwrap();
            }
            ("send", [secret]) => {
                let secret = URL_SAFE_NO_PAD.decode_to_vec(secret).unwrap();
                add_shared(needles, &secret, b"bitwarden-send", b"send");
            }
            ("access token", [secret]) => {
                let secret = STANDARD.decode_to_vec(secret).unwrap();
                add_shared(needles, &secret, b"bitwarden-accesstoken", b"sm-access-token");
            }
            ("key connector", [key]) => {
                let key = STANDARD.decode_to_vec(key).unwrap();
                needles.bytes("connector", &key).unwrap();
                needles.hmac_sha256_key("connector", &key).unwrap();
                let stretched = [b"enc\x01", b"mac\x01"].map(|info| mac(&key, info)).concat();
                add_v1(needles, "stretched", &stretched);
            }
            ("trusted device", [private, encapsulated, key]) => {
                let mut key = STANDARD.decode_to_vec(key).unwrap();
                add_v1(needles, "device", &key);
                let by = hazmat::import_bytes(
                    ctx,
                    SymmetricAlgorithm::Aes256CbcHmacSha256,
                    &mut key[..],
                    KeyUses::CONTENTS_AND_KEYS,
                )
                .unwrap();
                let private = add_private(ctx, needles, by, private);
                add_encapsulated(needles, &private, encapsulated);
            }
            ("auth request, approved", [encapsulated]) => add_encapsulated(needles, account, encapsulated),
            ("auth request", [private]) => drop(add_private(ctx, needles, ctx.key(Key::Own).unwrap(), private)),
            ("signing key", [signing, signed @ ..]) => {
                add_signing(ctx, needles, ctx.key(Key::Own).unwrap(), signing, signed)
            }
            ("organisation", [key, private, encapsulated]) => {
                let key = symmetric(ctx, key);
                add_symmetric(ctx, needles, "new key", key);
                add_private(ctx, needles, key, private);
                add_encapsulated(needles, account, encapsulated);
            }
            ("rotation", [user, _, encapsulated]) => {
                let user = symmetric(ctx, user);
                add_symmetric(ctx, needles, "new key", user);
                add_encapsulated(needles, device, encapsulated);
            }
            ("account of version 1", [user, private]) => {
                let user = symmetric(ctx, user);
                add_symmetric(ctx, needles, "new key", user);
                add_private(ctx, needles, user, private);
            }
            ("account of version 2", [user, private, signing, signed @ ..]) => {
                let user = symmetric(ctx, user);
                add_symmetric(ctx, needles, "new key", user);
                add_private(ctx, needles, user, private);
                add_signing(ctx, needles, user, signing, signed);
            }
            ("upgrade", [user, _, signing, signed @ .., encapsulated]) => {
                let user = symmetric(ctx, user);
                add_symmetric(ctx, needles, "new key", user);
                add_signing(ctx, needles, user, signing, signed);
                add_encapsulated(needles, device, encapsulated);
            }
            other => unreachable!("{other:?}"),
        }
    }

    fn invite(&self, ctx: &Context<'_, Keys>, needles: &mut Needles, invite: &str, secret: &str) {
        let invite: OpenOrgInvite = invite.parse().unwrap();
        let entropy = STANDARD.decode_to_vec(secret).unwrap();
        needles.bytes("secret", &entropy).unwrap();
        let salt = salt_of(&invite.key.to_string(), 32);
        let prk = mac(&salt, &entropy);
        needles.bytes("PRK", &prk).unwrap();
        let mut kek = [0; 32];
        let info = b"\x84\x03\x83\xf6\xf6\xf6\x83\xf6\xf6\xf6\x82\x19\x01\x00\x40";
        Hkdf::<Sha256>::from_prk(&prk).unwrap().expand(info, &mut kek).unwrap();
        add_kek(needles, &kek);
        let secret = ctx.secret_of_base64(&self.store.secret_text(secret).unwrap()).unwrap();
        let key = ctx.unseal_with_secret(
            &invite.key,
            &secret,
            SecretEnvelopeNamespace::RegistrationOpenOrgInvite,
            KeyUses::CONTENTS_AND_KEYS,
        );
        add_symmetric(ctx, needles, "content key", key.unwrap());
    }
}

fn parsed(text: &str) -> EncString {
    text.parse().unwrap()
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().into()
}

fn add_kek(needles: &mut Needles, key: &[u8; 32]) {
    needles.bytes("key of an envelope", key).unwrap();
    needles.aes256_gcm_key("key of an envelope", key).unwrap();
}

/// A secret of which HKDF makes a key of 64 bytes.
fn add_shared(needles: &mut Needles, secret: &[u8], salt: &[u8], info: &[u8]) {
    needles.bytes("secret", secret).unwrap();
    let prk = mac(salt, secret);
    needles.bytes("PRK", &prk).unwrap();
    needles.hmac_sha256_key("PRK", &prk).unwrap();
    let mut key = [0; 64];
    Hkdf::<Sha256>::from_prk(&prk).unwrap().expand(info, &mut key).unwrap();
    add_v1(needles, "derived", &key);
}

fn add_symmetric<'c>(ctx: &Context<'c, Keys>, needles: &mut Needles, name: &str, key: strongroom::Key<'c>) {
    let bytes = hazmat::expose_encoded::<_, Symmetric>(ctx, key).unwrap();
    match ctx.key_info::<Symmetric>(key).unwrap().algorithm() {
        SymmetricAlgorithm::Aes256CbcHmacSha256 => add_v1(needles, name, &bytes),
        SymmetricAlgorithm::XChaCha20Poly1305 => needles.bytes(name, &secret_of(&bytes)).unwrap(),
        SymmetricAlgorithm::Xaes256Gcm => {
            add_aes(needles, name, &secret_of(&bytes));
            needles.xaes256_gcm_key(name, &secret_of(&bytes)).unwrap();
        }
        SymmetricAlgorithm::Aes256Gcm => {
            add_aes(needles, name, &secret_of(&bytes));
            needles.aes256_gcm_key(name, &secret_of(&bytes)).unwrap();
        }
        other => unreachable!("{other:?}"),
    }
}

/// What a COSE key makes for a message of type 7.
fn add_message<'c>(ctx: &Context<'c, Keys>, needles: &mut Needles, name: &str, key: strongroom::Key<'c>, text: &str) {
    let secret = secret_of(&hazmat::expose_encoded::<_, Symmetric>(ctx, key).unwrap());
    let message = STANDARD.decode_to_vec(text.strip_prefix("7.").unwrap()).unwrap();
    let nonce = || {
        let at = message.windows(4).position(|window| window == [0xa1, 5, 0x58, 24]).unwrap() + 4;
        message[at..at + 24].try_into().unwrap()
    };
    match ctx.key_info::<Symmetric>(key).unwrap().algorithm() {
        SymmetricAlgorithm::XChaCha20Poly1305 => needles.xchacha20_poly1305_message(name, &secret, &nonce()).unwrap(),
        SymmetricAlgorithm::Xaes256Gcm => needles.xaes256_gcm_message(name, &secret, &nonce()).unwrap(),
        // What AES-256-GCM makes of its key is the same for all messages.
        _ => {}
    }
}

fn add_private<'c>(ctx: &Context<'c, Keys>, needles: &mut Needles, by: strongroom::Key<'c>, text: &str) -> RsaNumbers {
    let key = ctx.unwrap_key::<Asymmetric>(by, &parsed(text), KeyUses::CONTENTS_AND_KEYS).unwrap();
    let numbers = numbers(&hazmat::expose_encoded::<_, Asymmetric>(ctx, key).unwrap());
    needles.rsa_key("private key", &numbers).unwrap();
    numbers
}

fn numbers(pkcs8: &[u8]) -> RsaNumbers {
    let info = PrivateKeyInfoRef::from_der(pkcs8).unwrap();
    let key = pkcs1::RsaPrivateKey::<UintRef<'_>>::from_der(info.private_key.as_bytes()).unwrap();
    let [prime1, prime2, exponent] =
        [key.prime1, key.prime2, key.private_exponent].map(|number| number.as_bytes().to_vec());
    RsaNumbers { prime1, prime2, exponent }
}

fn add_encapsulated(needles: &mut Needles, by: &RsaNumbers, text: &str) {
    let sealed = STANDARD.decode_to_vec(text.strip_prefix("4.").unwrap()).unwrap();
    needles.oaep_message("encapsulated", &by.open(&sealed)).unwrap();
}

fn add_signing<'c>(
    ctx: &Context<'c, Keys>,
    needles: &mut Needles,
    by: strongroom::Key<'c>,
    text: &str,
    signed: &[&str],
) {
    let key = ctx.unwrap_key::<Asymmetric>(by, &parsed(text), KeyUses::CONTENTS_AND_KEYS).unwrap();
    let bytes = hazmat::expose_encoded::<_, Asymmetric>(ctx, key).unwrap();
    let at = bytes.windows(3).position(|window| window == [0x23, 0x58, 0x20]).unwrap() + 3;
    let seed: [u8; 32] = bytes[at..at + 32].try_into().unwrap();
    needles.bytes("seed", &seed).unwrap();
    for text in signed {
        let (message, signature) = to_be_signed(&STANDARD.decode_to_vec(text).unwrap());
        SigningKey::from_bytes(&seed).verifying_key().verify_strict(&message, &signature.into()).unwrap();
        needles.ed25519_seed("seed", &seed, &message).unwrap();
    }
}

/// The Sig_structure of a COSE_Sign1 (RFC 9052 section 4.4), and the signature.
fn to_be_signed(message: &[u8]) -> (Vec<u8>, [u8; 64]) {
    let (protected, rest) = string(&message[1..]);
    let (payload, rest) = string(rest.strip_prefix(&[0xa0]).unwrap());
    let signature = rest.strip_prefix(&[0x58, 64]).unwrap().try_into().unwrap();
    ([b"\x84\x6aSignature1", protected, &[0x40], payload].concat(), signature)
}

/// A byte string of CBOR with its head, and what follows.
fn string(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = match *bytes {
        [head @ 0x40..0x58, ..] => 1 + usize::from(head - 0x40),
        [0x58, length, ..] => 2 + usize::from(length),
        [0x59, high, low, ..] => 3 + usize::from(u16::from_be_bytes([high, low])),
        _ => unreachable!("no string"),
    };
    bytes.split_at(length)
}
