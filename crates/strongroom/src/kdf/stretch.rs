//! From 32 bytes to a 64-byte key.

use crate::key::aes_cbc_hmac::RawKey;
use crate::key::hmac::HmacSha256Key;
use crate::labels::{STRETCH_ENC, STRETCH_MAC};

/// HKDF-Expand (RFC 5869 section 2.3) without Extract, once for each half: `master` is the PRK.
pub(crate) fn stretch(master: &[u8; 32]) -> RawKey {
    let prk = HmacSha256Key::new(master);
    // One block of output is asked for, so T(1) = HMAC(PRK, info || 0x01) is all of it.
    [STRETCH_ENC, STRETCH_MAC].map(|info| prk.mac(&[info, &[1]]))
}
