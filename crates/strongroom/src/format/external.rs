//! Data of a program's own that is authenticated beside contents: the `external_aad` of COSE (RFC 9052 section 4.3).

use sha2::{Digest, Sha256};

use crate::labels::ASSOCIATED_DATA;

/// Bytes that the external data of a message take at most.
pub(crate) const EXTERNAL: usize = 32;

/// What stands in a message's `external_aad`: nothing, or the SHA-256 hash of a label, a zero byte and the associated
/// data.
///
/// Bitwarden's formats leave it empty, so a message of theirs is never taken for one with associated data, nor the
/// other way round. A hash has one length, so that no data can be moved from one field to the next.
#[derive(Clone, Copy)]
pub(crate) struct External(Option<[u8; EXTERNAL]>);

impl External {
    /// None: all messages of Bitwarden's formats.
    pub(crate) const NONE: Self = Self(None);

    /// Returns what binds a message to `associated`; empty data bind it to nothing.
    pub(crate) fn of(associated: &[u8]) -> Self {
        if associated.is_empty() {
            return Self::NONE;
        }
        Self(Some(
            Sha256::new().chain_update(ASSOCIATED_DATA).chain_update([0]).chain_update(associated).finalize().into(),
        ))
    }

    /// Returns the bytes that stand in the message.
    pub(crate) fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Some(hash) => hash,
            None => &[],
        }
    }

    /// Returns whether there is none.
    pub(crate) fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::External;

    /// By `printf 'strongroom associated data\0record 7' | sha256sum`.
    #[test]
    fn the_hash_is_of_the_label_a_zero_byte_and_the_data() {
        assert_eq!(
            External::of(b"record 7").as_slice(),
            hex!("72b38474f8091f20e9f04297493a557a0cea30cfb519105a590bfaec2bce907a")
        );
        assert!(External::of(b"").is_none());
        assert_eq!(External::NONE.as_slice(), b"");
    }
}
