//! For tests by hand (`.ci/timing`, on a quiet machine): whether time tells where a MAC or a padding is wrong.
//!
//! Each comparison stands beside a control that leaks as careless code would and must be found out on the same inputs:
//! a comparison that finds nothing may be one that looks nowhere.

use std::hint::black_box;

use strongroom_memory::{ScopeToken, random};
use strongroom_testkit::timing::{Difference, Effort, compare, compare_pairs};

use crate::key::aes_cbc::padding;
use crate::key::hmac::HmacSha256Key;
use crate::key::private::{PublicHalf, RSA, seal};
use crate::key::symmetric::SymmetricKey;
use crate::kind::Asymmetric;
use crate::operation::{self, Boxed, UnwrapFailure};
use crate::rsa::{OaepHash, unpad_sha1};
use crate::vectors::{bytes, key, key_of, memory, of_format};

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    random::public(&mut bytes).unwrap();
    bytes
}

/// For what takes nanoseconds.
fn often(measurements: usize, repeat: u32) -> Effort {
    Effort { measurements, repeat, least_of: 1 }
}

/// For what takes so long that it is interrupted, and that the machine is another at its end.
const PAIRS: Effort = Effort { measurements: 5_000, repeat: 1, least_of: 8 };

/// Ours is to show nothing, the control to be beyond doubt.
fn judge(what: &str, ours: Difference, control: Difference) {
    eprintln!("{what}\n  ours:    {ours}\n  control: {control}");
    assert!(control.is_certain(), "{what}: the control was not found out");
    assert!(!ours.is_suspicious(), "{what}: the time differs");
}

/// A comparison that stops where the first difference is.
fn careless_equal(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.iter().zip(other).all(|(one, other)| black_box(one) == other)
}

/// A MAC that is wrong in its first byte, or in its last.
fn wrong(mac: &[u8; 32], last: bool) -> [u8; 32] {
    let mut mac = *mac;
    mac[if last { 31 } else { 0 }] ^= random::<1>()[0] | 1;
    mac
}

#[test]
#[ignore = "takes minutes of a quiet machine: .ci/timing"]
fn where_a_mac_is_wrong() {
    let (hmac, message) = (HmacSha256Key::new(&random::<32>()), random::<16>());
    let mac = hmac.mac(&[&message]);
    let input = |last| wrong(&mac, last);
    let ours = compare(often(2_000_000, 8), input, |wrong| hmac.verify(&[&message], wrong));
    let control = compare(often(2_000_000, 8), input, |wrong| careless_equal(&hmac.mac(&[&message]), wrong));
    judge("verify: wrong in the first byte, or in the last", ours, control);
}

#[test]
#[ignore = "takes minutes of a quiet machine: .ci/timing"]
fn where_the_mac_of_a_field_is_wrong() {
    let (memory, raw) = (memory(), random::<64>());
    let (key, hmac) = (key(&memory, &raw), HmacSha256Key::new(&raw[32..]));
    let (iv, mut data) = (random::<16>(), random::<48>());
    let mac = hmac.mac(&[&iv, &data]);
    let input = |last| wrong(&mac, last);
    let ours = compare(often(1_000_000, 4), input, |wrong| {
        assert_eq!(operation::decrypt(&memory, &key, &iv, wrong, &mut data), Ok(Some(None)));
    });
    let control = compare(often(1_000_000, 4), input, |wrong| {
        assert_eq!(operation::decrypt(&memory, &key, &iv, wrong, &mut data), Ok(Some(None)));
        careless_equal(&mac, wrong)
    });
    judge("decrypt a field: MAC wrong in the first byte, or in the last", ours, control);
}

/// The padding of a block by a branch for each byte.
fn careless_padding(block: &[u8; 16]) -> Option<usize> {
    let count = block[15];
    let tail = block.len().checked_sub(count.into()).filter(|_| count > 0)?;
    block[tail..].iter().rev().all(|byte| *black_box(byte) == count).then_some(count.into())
}

/// A block whose padding is of 16 bytes and wrong in the last but one, or in the first.
fn wrong_padding(first: bool) -> [u8; 16] {
    let mut block = [16; 16];
    block[if first { 0 } else { 14 }] ^= random::<1>()[0] | 1;
    block
}

/// A block that ends with one byte of padding, or is nothing but padding.
fn good_padding(all: bool) -> [u8; 16] {
    let mut block = random::<16>().map(|byte| byte | 32);
    if all {
        block = [16; 16];
    } else {
        block[15] = 1;
    }
    block
}

#[test]
#[ignore = "takes minutes of a quiet machine: .ci/timing"]
fn where_a_padding_is_wrong_and_how_long_it_is() {
    for (what, input) in [
        ("padding: wrong at its end, or at its beginning", wrong_padding as fn(bool) -> [u8; 16]),
        ("padding: of one byte, or of sixteen", good_padding),
    ] {
        let ours = compare(often(2_000_000, 32), input, padding);
        let control = compare(often(2_000_000, 32), input, careless_padding);
        judge(what, ours, control);
    }
}

/// Manger's oracle (CRYPTO 2001): whether the first byte after decryption is zero, the rest being wrong in either case.
///
/// The control does what software does that looks at that byte first: without it it computes no mask (RFC 8017 section
/// 7.1.2, step 3). That is a microsecond or less, of the milliseconds that an operation takes: what comes after the
/// exponentiation is asked alone.
#[test]
#[ignore = "takes minutes of a quiet machine: .ci/timing"]
fn why_a_padding_of_oaep_is_wrong() {
    let input = |zero: bool| {
        let mut padded = [0; 256];
        padded[..128].copy_from_slice(&random::<128>());
        padded[128..].copy_from_slice(&random::<128>());
        padded[0] = if zero { 0 } else { padded[0] | 1 };
        padded
    };
    let open = |padded: &[u8; 256]| {
        let mut padded = *padded;
        assert_eq!(black_box(unpad_sha1(black_box(&mut padded))), None);
    };
    let ours = compare(often(200_000, 4), input, open);
    let control = compare(often(200_000, 4), input, |padded| {
        // The masks are what takes time.
        if padded[0] == 0 { open(padded) } else { assert_ne!(black_box(padded)[0], 0) }
    });
    judge("OAEP: the first byte of what is wrong is not zero, or zero", ours, control);
}

/// The same of the operation as a whole, where the difference is a thousandth. What would have shown is said; a control
/// as above does not show here.
#[test]
#[ignore = "takes minutes of a quiet machine: .ci/timing"]
fn why_an_encapsulated_key_does_not_open() {
    let memory = memory();
    let private: Boxed<Asymmetric> =
        key_of(&memory, &bytes(&of_format("wrapped-private-key")[0]["inputs"]["private_pkcs8_b64"]));
    let private = operation::rsa(&memory, &private).unwrap();
    let public = operation::rsa_public_half(&memory, private).unwrap();
    let input = |zero: bool| {
        let mut made = [0; 256];
        if zero {
            let seal = |inside: &ScopeToken<'_>, (public, message, out): (&PublicHalf, &[u8; 64], &mut [u8])| {
                seal(inside, public, OaepHash::Sha256, message, out)
            };
            memory.reserving(RSA).scope(seal, (&public, &random(), &mut made[..])).unwrap().unwrap();
        } else {
            made[..128].copy_from_slice(&random::<128>());
            made[128..].copy_from_slice(&random::<128>());
            made[0] %= public.modulus()[0];
        }
        made
    };
    let ours = compare_pairs(Effort { measurements: 2_000, ..PAIRS }, input, |ciphertext| {
        let opened = operation::decapsulate::<SymmetricKey>(&memory, private, false, ciphertext);
        assert!(matches!(opened, Err(UnwrapFailure::NotAuthentic)));
    });
    eprintln!("decapsulate: the first byte of what is wrong is not zero, or zero\n  ours:    {ours}");
    assert!(!ours.is_suspicious(), "the time differs");
}
