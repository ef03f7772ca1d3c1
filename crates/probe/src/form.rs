//! The forms in which software holds a secret.

use std::fmt;

/// A form in which software holds a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Form {
    /// The bytes themselves.
    Raw,
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
        Self::Argon2Initial,
        Self::Argon2First,
        Self::Argon2Final,
    ];
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Form::Raw => "raw",
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
            Form::Argon2Initial => "Argon2 H0",
            Form::Argon2First => "Argon2 first blocks",
            Form::Argon2Final => "Argon2 last blocks",
        })
    }
}
