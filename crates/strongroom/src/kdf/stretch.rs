//! From 32 bytes to a 64-byte key.

use super::hkdf::expand;
use crate::key::aes_cbc_hmac::RawKey;
use crate::labels::{STRETCH_ENC, STRETCH_MAC};

/// HKDF-Expand (RFC 5869 section 2.3) without Extract, once for each half: `master` is the PRK.
pub(crate) fn stretch(master: &[u8; 32]) -> RawKey {
    [STRETCH_ENC, STRETCH_MAC].map(|info| expand(master, info))
}
