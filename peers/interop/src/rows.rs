//! The rows of the matrix, by what they are about.

mod accounts;
mod enc_strings;
mod envelopes;
mod exports;
pub(crate) mod generations;
mod items;
mod keys;
mod password;
mod rsa;
mod sends;
mod sharing;
mod signed;
mod ssh;
mod unlock;
mod vault;
mod wraps;

use strongroom::algorithms::SymmetricAlgorithm;

use crate::matrix::Row;

const V1: SymmetricAlgorithm = SymmetricAlgorithm::Aes256CbcHmacSha256;
const XCHACHA: SymmetricAlgorithm = SymmetricAlgorithm::XChaCha20Poly1305;
const XAES: SymmetricAlgorithm = SymmetricAlgorithm::Xaes256Gcm;
const ALL: [SymmetricAlgorithm; 3] = [V1, XCHACHA, XAES];

/// Every row.
pub(crate) fn all() -> Vec<Row> {
    [
        keys::rows(),
        enc_strings::rows(),
        password::rows(),
        wraps::rows(),
        rsa::rows(),
        unlock::rows(),
        accounts::rows(),
        sharing::rows(),
        signed::rows(),
        envelopes::rows(),
        vault::rows(),
        items::rows(),
        sends::rows(),
        ssh::rows(),
        exports::rows(),
        generations::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
