//! ChaCha20 and HChaCha20 by their formulas (RFC 8439, draft-irtf-cfrg-xchacha-03), so that the attacker does not rely
//! on the code it attacks.

type State = [u32; 16];

/// "expand 32-byte k", RFC 8439 section 2.3.
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// The subkey that XChaCha20 makes for each message, draft section 2.2.
pub(crate) fn subkey(key: &[u8; 32], nonce: &[u8; 16]) -> [u8; 32] {
    let [a, b, c, d, .., m, n, o, p] = rounds(state(key, nonce));
    bytes(&[a, b, c, d, m, n, o, p])
}

/// The first 32 bytes of block 0 of XChaCha20: the key of Poly1305, RFC 8439 section 2.6.
pub(crate) fn poly1305_key(key: &[u8; 32], nonce: &[u8; 24]) -> [u8; 32] {
    let (first, rest) = nonce.split_at(16);
    let mut outer = [0; 16];
    outer.iter_mut().zip(first).for_each(|(to, from)| *to = *from);
    let key = subkey(key, &outer);
    let mut inner = [0; 16];
    inner.iter_mut().skip(8).zip(rest).for_each(|(to, from)| *to = *from);
    let before = state(&key, &inner);
    let mut after = rounds(before);
    after.iter_mut().zip(before).for_each(|(word, before)| *word = word.wrapping_add(before));
    let [a, b, c, d, e, f, g, h, ..] = after;
    bytes(&[a, b, c, d, e, f, g, h])
}

fn state(key: &[u8; 32], rest: &[u8; 16]) -> State {
    let words = key.as_chunks().0.iter().chain(rest.as_chunks().0).map(|word| u32::from_le_bytes(*word));
    let mut state = [0; 16];
    state.iter_mut().zip(CONSTANTS.into_iter().chain(words)).for_each(|(to, from)| *to = from);
    state
}

/// Twenty rounds, RFC 8439 section 2.3.
fn rounds(mut state: State) -> State {
    for _ in 0..10 {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = state;
        let [a, e, i, m] = quarter([a, e, i, m]);
        let [b, f, j, n] = quarter([b, f, j, n]);
        let [c, g, k, o] = quarter([c, g, k, o]);
        let [d, h, l, p] = quarter([d, h, l, p]);
        let [a, f, k, p] = quarter([a, f, k, p]);
        let [b, g, l, m] = quarter([b, g, l, m]);
        let [c, h, i, n] = quarter([c, h, i, n]);
        let [d, e, j, o] = quarter([d, e, j, o]);
        state = [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p];
    }
    state
}

/// RFC 8439 section 2.1.
fn quarter([mut a, mut b, mut c, mut d]: [u32; 4]) -> [u32; 4] {
    for (left, right) in [(16, 12), (8, 7)] {
        a = a.wrapping_add(b);
        d = (d ^ a).rotate_left(left);
        c = c.wrapping_add(d);
        b = (b ^ c).rotate_left(right);
    }
    [a, b, c, d]
}

fn bytes(words: &[u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.as_chunks_mut().0.iter_mut().zip(words).for_each(|(to, word)| *to = word.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use chacha20poly1305::XChaCha20Poly1305;
    use chacha20poly1305::aead::{AeadInOut, KeyInit};
    use hex_literal::hex;
    use poly1305::Poly1305;
    use poly1305::universal_hash::UniversalHash;

    use super::*;

    #[test]
    fn the_subkey_is_that_of_the_draft() {
        // Section 2.2.1.
        let key = std::array::from_fn(|i| u8::try_from(i).unwrap());
        let subkey = subkey(&key, &hex!("000000090000004a0000000031415927"));
        assert_eq!(subkey, hex!("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"));
    }

    #[test]
    fn the_one_time_key_makes_the_library_s_tag() {
        let (key, nonce) = ([7; 32], [9; 24]);
        let mut text = *b"a message of two and a half blocks, so to say";
        let cipher = XChaCha20Poly1305::new(&key.into());
        let tag = cipher.encrypt_inout_detached(&nonce.into(), b"", text.as_mut_slice().into()).unwrap();
        let mut mac = Poly1305::new(&poly1305_key(&key, &nonce).into());
        mac.update_padded(&text);
        let mut lengths = [0; 16];
        lengths[8] = u8::try_from(text.len()).unwrap();
        mac.update_padded(&lengths);
        assert_eq!(mac.finalize(), tag);
    }
}
