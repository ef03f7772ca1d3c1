//! What the attacker knows: secrets that it chose itself, and what follows from them, computed without the code under attack.

use aes::Aes256;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use strongroom_probe::{Form, Needles, TooPlain};

/// Rounds of PBKDF2: the fewest that a store accepts. The proof does not depend on the number.
pub(crate) const ROUNDS: u32 = 5_000;

/// A key of 32 bytes for AES-256-CBC and 32 for HMAC-SHA256.
type Pair = [[u8; 32]; 2];

/// What a store holds of a secret at rest: one of these forms at least.
pub(crate) struct Held {
    pub(crate) secret: &'static str,
    pub(crate) forms: &'static [Form],
}

const RAW: &[Form] = &[Form::Raw];
const SCHEDULES: &[Form] =
    &[Form::AesEncryption, Form::AesEncryptionWords, Form::AesDecryption, Form::AesDecryptionWords];
const MIDSTATES: &[Form] = &[Form::HmacMidstates, Form::HmacMidstatesWords];

/// What the victim's store holds at rest, protected or not.
pub(crate) const HELD: &[Held] = &[
    Held { secret: "password", forms: RAW },
    Held { secret: "stretched key, AES half", forms: RAW },
    Held { secret: "stretched key, AES half", forms: SCHEDULES },
    Held { secret: "stretched key, HMAC half", forms: RAW },
    Held { secret: "stretched key, HMAC half", forms: MIDSTATES },
    Held { secret: "user key, AES half", forms: RAW },
    Held { secret: "user key, AES half", forms: SCHEDULES },
    Held { secret: "user key, HMAC half", forms: RAW },
    Held { secret: "user key, HMAC half", forms: MIDSTATES },
];

/// The password, the salt and the key that the victim is to hold.
pub(crate) struct Known {
    pub(crate) password: String,
    pub(crate) salt: String,
    pub(crate) user: Pair,
}

impl Known {
    /// New ones.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let (mut password, mut salt, mut user) = ([0; 24], [0; 12], Pair::default());
        getrandom::fill(&mut password)?;
        getrandom::fill(&mut salt)?;
        getrandom::fill(user.as_flattened_mut())?;
        Ok(Self { password: BASE64_STANDARD.encode(password), salt: BASE64_STANDARD.encode(salt), user })
    }

    fn master(&self) -> [u8; 32] {
        pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(self.password.as_bytes(), self.salt.as_bytes(), ROUNDS)
    }

    /// The stretched master key: HKDF-Expand (RFC 5869 section 2.3) of one block each, with the infos `enc` and `mac`.
    fn stretched(&self) -> Pair {
        let master = self.master();
        [b"enc\x01", b"mac\x01"].map(|info| hmac(&master, &[info]))
    }

    /// The user key, wrapped by the stretched master key.
    pub(crate) fn wrapped_user_key(&self) -> Result<String, getrandom::Error> {
        let mut iv = [0; 16];
        getrandom::fill(&mut iv)?;
        let [enc, mac] = self.stretched();
        let data = cbc::Encryptor::<Aes256>::new(&enc.into(), &iv.into())
            .encrypt_padded_vec::<Pkcs7>(self.user.as_flattened());
        let mac = hmac(&mac, &[&iv, &data]);
        let [iv, data, mac] = [&iv[..], &data, &mac].map(|part| BASE64_STANDARD.encode(part));
        Ok(format!("2.{iv}|{data}|{mac}"))
    }

    /// What a text of type 2 under the user key says, if it is one.
    pub(crate) fn open(&self, text: &str) -> Option<String> {
        let parts: Vec<Vec<u8>> =
            text.strip_prefix("2.")?.split('|').map(|part| BASE64_STANDARD.decode(part).ok()).collect::<Option<_>>()?;
        let [iv, data, mac] = parts.as_slice() else { return None };
        let [enc_key, mac_key] = &self.user;
        if hmac(mac_key, &[iv, data]) != mac.as_slice() {
            return None;
        }
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(enc_key, iv).ok()?;
        String::from_utf8(cipher.decrypt_padded_vec::<Pkcs7>(data).ok()?).ok()
    }

    /// Everything that must not be found.
    pub(crate) fn needles(&self) -> Result<Needles, TooPlain> {
        let mut needles = Needles::new();
        needles.bytes("password", self.password.as_bytes())?;
        needles.hmac_sha256_key("password", self.password.as_bytes())?;
        let master = self.master();
        needles.bytes("master key", &master)?;
        needles.hmac_sha256_key("master key", &master)?;
        for (name, [enc, mac]) in [("stretched key", &self.stretched()), ("user key", &self.user)] {
            needles.bytes(&format!("{name}, AES half"), enc)?;
            needles.aes256_key(&format!("{name}, AES half"), enc)?;
            needles.bytes(&format!("{name}, HMAC half"), mac)?;
            needles.hmac_sha256_key(&format!("{name}, HMAC half"), mac)?;
        }
        Ok(needles)
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of every length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
