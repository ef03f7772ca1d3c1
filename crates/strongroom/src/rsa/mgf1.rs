//! MGF1 (RFC 8017 appendix B.2.1), the mask generation function of OAEP and PSS.

use sha2::Digest;

/// Adds the mask that `seed` gives to `data`.
pub(super) fn mask<D: Digest>(seed: &[u8], data: &mut [u8]) {
    for (counter, chunk) in (0u32..).zip(data.chunks_mut(<D as Digest>::output_size())) {
        let mask = D::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize();
        chunk.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
}
