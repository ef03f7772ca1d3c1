//! What a victim is given, and what is agreed with it.

use serde::{Deserialize, Serialize};

/// What the victim encrypts, decrypts and signs.
pub(crate) const TEXT: &str = "the victim has the key, and the key has not the victim";

/// Rounds of PBKDF2: the fewest that a store accepts. The proof does not depend on the number.
pub(crate) const ROUNDS: u32 = 5_000;

/// What Argon2id is asked to cost, the least that a store accepts, in two lanes: passes, KiB, lanes.
pub(crate) const ARGON2ID: (u32, u32, u32) = (2, 16 * 1024, 2);

/// Keys that wait sealed for their use, where there are more than fit.
pub(crate) const SLEEPERS: usize = 24;

/// Texts of a list.
pub(crate) const ITEMS: usize = 2_000;

/// Files in the directory of the victim: a key of 64 bytes, raw and as text; an RSA key and an Ed25519 key in PEM; the
/// seed of an ML-DSA-44 key as COSE_Key.
pub(crate) const KEY_FILES: [&str; 4] = ["key", "key.hex", "KEY.HEX", "key.base64"];
pub(crate) const RSA_FILE: &str = "rsa.pem";
pub(crate) const ED25519_FILE: &str = "ed25519.pem";
pub(crate) const ML_DSA_FILE: &str = "ml-dsa.cose";

/// What a victim is given in the open: texts as the formats have them.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sealed {
    pub(crate) salt: String,
    /// The user key under the stretched master key.
    pub(crate) user: String,
    /// [`TEXT`] under the user key.
    pub(crate) text: String,
    /// Other keys under the user key.
    pub(crate) other: String,
    pub(crate) xchacha: String,
    pub(crate) xaes: String,
    pub(crate) gcm: String,
    pub(crate) rsa: String,
    pub(crate) ed25519: String,
    pub(crate) ml_dsa: String,
    pub(crate) sleepers: Vec<String>,
    /// [`TEXT`] under each of them that encrypts.
    pub(crate) xchacha_text: String,
    pub(crate) xaes_text: String,
    pub(crate) gcm_text: String,
    pub(crate) sleepers_texts: Vec<String>,
    /// The other key under the key of XChaCha20-Poly1305, and for the RSA key.
    pub(crate) cose_wrapped: String,
    pub(crate) encapsulated: String,
}
