//! The forms in which software holds a secret.

use std::fmt;

/// A form in which software holds a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Form {
    /// The bytes themselves.
    Raw,
    /// The bytes as 32-bit or 64-bit words of a little-endian machine, as SHA-2 takes them in.
    RawWords,
    /// Hexadecimal text, lower case.
    HexLower,
    /// Hexadecimal text, upper case.
    HexUpper,
    /// Base64 text, standard alphabet.
    Base64,
    /// The AES-256 round keys of encryption, less the first two, which are the key; bytes in the order of FIPS 197, as
    /// hardware instructions take them.
    AesEncryption,
    /// The same as 32-bit words of a little-endian machine, the key included.
    AesEncryptionWords,
    /// The inner AES-256 round keys of decryption (equivalent inverse cipher); bytes in the order of FIPS 197.
    AesDecryption,
    /// The same as 32-bit words of a little-endian machine.
    AesDecryptionWords,
    /// The two states of HMAC-SHA256 after the padded key, big-endian as hashes are written.
    HmacMidstates,
    /// The same as 32-bit words of a little-endian machine.
    HmacMidstatesWords,
    /// The same in the order of the SHA instructions of x86: words F E B A and H G D C, each little-endian.
    HmacMidstatesRegisters,
    /// The key as HMAC feeds it to the hash: exclusive or with 0x36 and with 0x5c, RFC 2104.
    HmacPadded,
    /// The same as 32-bit words of a little-endian machine.
    HmacPaddedWords,
    /// The key that XChaCha20 makes for one message, draft-irtf-cfrg-xchacha-03 section 2.2.
    ChaChaSubkey,
    /// r and s of Poly1305, RFC 8439 section 2.6: the key of one message.
    Poly1305Key,
    /// r, clamped, in five 32-bit words of 26 bits.
    Poly1305Limbs,
    /// H of GHASH, NIST SP 800-38D section 7.1, in either order of its bytes.
    GhashKey,
    /// The same made ready for POLYVAL, RFC 8452 appendix A.
    PolyvalKey,
    /// K1 of XAES-256-GCM (C2SP).
    XaesMask,
    /// A number of RSA, little-endian, as limbs of every size lie in memory.
    Limbs,
    /// A prime of RSA in the constants of Montgomery's multiplication, and the coefficient in its form; little-endian.
    Montgomery,
    /// A message padded by OAEP, big-endian or little-endian.
    OaepMessage,
    /// SHA-512 of a seed of Ed25519 (scalar and prefix) or of prefix and message (r), as bytes or as 64-bit words of a
    /// little-endian machine.
    Ed25519Expanded,
    /// The scalar of Ed25519 or r of a message, reduced by the order of the base point.
    Scalar,
    /// The same in five 64-bit words of 52 bits.
    ScalarLimbs,
    /// rho' and K of ML-DSA (FIPS 204 algorithm 6), of which all else of a private key follows.
    MlDsaExpanded,
    /// A secret vector of ML-DSA as it is multiplied with: transformed, in 32-bit words. s1 and s2 of the key, and the
    /// mask y of a signature.
    MlDsaTransformed,
    /// Coefficients below zero of the mask y of a signature of ML-DSA, in 32-bit words.
    MlDsaMask,
    /// s1 and s2 of ML-DSA as an expanded private key is written, three bits a coefficient.
    MlDsaEncoded,
    /// H0 of Argon2, RFC 9106 section 3.2: with it everything can be computed without the password.
    Argon2Initial,
    /// The first two blocks of each lane of Argon2's matrix before the second pass: the same can be computed from them.
    Argon2First,
    /// The last block of each lane of Argon2's matrix and their sum (exclusive or), whose hash is the result.
    Argon2Final,
}

impl Form {
    /// Every form, in the order of tables.
    pub const ALL: &[Self] = &[
        Self::Raw,
        Self::RawWords,
        Self::HexLower,
        Self::HexUpper,
        Self::Base64,
        Self::AesEncryption,
        Self::AesEncryptionWords,
        Self::AesDecryption,
        Self::AesDecryptionWords,
        Self::HmacMidstates,
        Self::HmacMidstatesWords,
        Self::HmacMidstatesRegisters,
        Self::HmacPadded,
        Self::HmacPaddedWords,
        Self::ChaChaSubkey,
        Self::Poly1305Key,
        Self::Poly1305Limbs,
        Self::GhashKey,
        Self::PolyvalKey,
        Self::XaesMask,
        Self::Limbs,
        Self::Montgomery,
        Self::OaepMessage,
        Self::Ed25519Expanded,
        Self::Scalar,
        Self::ScalarLimbs,
        Self::MlDsaExpanded,
        Self::MlDsaTransformed,
        Self::MlDsaMask,
        Self::MlDsaEncoded,
        Self::Argon2Initial,
        Self::Argon2First,
        Self::Argon2Final,
    ];
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Form::Raw => "raw",
            Form::RawWords => "raw, words",
            Form::HexLower => "hex",
            Form::HexUpper => "HEX",
            Form::Base64 => "base64",
            Form::AesEncryption => "AES encryption schedule",
            Form::AesEncryptionWords => "AES encryption schedule, words",
            Form::AesDecryption => "AES decryption schedule",
            Form::AesDecryptionWords => "AES decryption schedule, words",
            Form::HmacMidstates => "HMAC midstates",
            Form::HmacMidstatesWords => "HMAC midstates, words",
            Form::HmacMidstatesRegisters => "HMAC midstates, SHA registers",
            Form::HmacPadded => "HMAC padded key",
            Form::HmacPaddedWords => "HMAC padded key, words",
            Form::ChaChaSubkey => "ChaCha20 subkey",
            Form::Poly1305Key => "Poly1305 r and s",
            Form::Poly1305Limbs => "Poly1305 r, limbs",
            Form::GhashKey => "GHASH key",
            Form::PolyvalKey => "POLYVAL key",
            Form::XaesMask => "XAES K1",
            Form::Limbs => "RSA limbs",
            Form::Montgomery => "RSA Montgomery form",
            Form::OaepMessage => "OAEP message",
            Form::Ed25519Expanded => "Ed25519 SHA-512",
            Form::Scalar => "Ed25519 scalar",
            Form::ScalarLimbs => "Ed25519 scalar, limbs",
            Form::MlDsaExpanded => "ML-DSA rho' and K",
            Form::MlDsaTransformed => "ML-DSA transformed",
            Form::MlDsaMask => "ML-DSA y",
            Form::MlDsaEncoded => "ML-DSA encoded",
            Form::Argon2Initial => "Argon2 H0",
            Form::Argon2First => "Argon2 first blocks",
            Form::Argon2Final => "Argon2 last blocks",
        })
    }
}
