//! An attacker who makes one envelope for many PINs (Len, Grubbs, Ristenpart, "Partitioning Oracle Attacks", 2021): a
//! tag is a sum of blocks times powers of a value that the key gives, so that each PIN is one linear equation over the
//! blocks that may be chosen.

use aes::cipher::{BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
use aes_gcm::aead::AeadInOut;
use ghash::universal_hash::UniversalHash;
use hex_literal::hex;
use strongroom_memory::SecretMemory;

use super::super::password::{self, PasswordProtectedKeyEnvelope};
use super::passwords::{PIN, SALT, pbkdf2_recipient, unseal};
use super::{AES_GCM, LEGACY, aad, map, message, text, v1};
use crate::error::{ErrorKind, MessageError, WrongKey};
use crate::kdf::KdfLimits;
use crate::key::facts::{CoseKeyId, KeyThumbprint};
use crate::operation::{self, SymmetricBox};
use crate::vectors::memory;

const ROUNDS: u32 = 5_000;
const OBJECT: &[u8] = &hex!("3a0001388101");
const PURPOSE: &[u8] = &hex!("3a0001388001");

/// Blocks of a sealed key of 64 bytes.
const KEY_BLOCKS: usize = 4;

const NONCE: [u8; 12] = *b"nonce of 12.";

fn pin(number: usize) -> String {
    format!("{number:04}")
}

/// What a PIN gives: the key of the AEAD.
fn kek(number: usize) -> [u8; 32] {
    let mut kek = [0; 32];
    ::pbkdf2::pbkdf2_hmac::<sha2::Sha256>(pin(number).as_bytes(), &SALT, ROUNDS, &mut kek);
    kek
}

/// What linear algebra asks of a field.
trait Field: Copy + PartialEq {
    const ZERO: Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn inverse(self) -> Self;

    fn plus(self, other: Self) -> Self {
        self.minus(Self::ZERO.minus(other))
    }
}

/// Solves linear equations, whose right sides stand behind the coefficients. Unknowns that may be anything are zero.
/// `None`: there is no solution.
fn solve<F: Field>(mut rows: Vec<Vec<F>>) -> Option<Vec<F>> {
    let unknowns = rows[0].len() - 1;
    let mut pivots = Vec::new();
    for column in 0..unknowns {
        let done = pivots.len();
        let Some(found) = (done..rows.len()).find(|row| rows[*row][column] != F::ZERO) else { continue };
        rows.swap(done, found);
        let (above, below) = rows.split_at_mut(done + 1);
        let pivot = &mut above[done];
        let inverse = pivot[column].inverse();
        pivot[column..].iter_mut().for_each(|value| *value = value.times(inverse));
        for row in below {
            let factor = row[column];
            row[column..].iter_mut().zip(&pivot[column..]).for_each(|(to, by)| *to = to.minus(factor.times(*by)));
        }
        pivots.push(column);
    }
    if rows[pivots.len()..].iter().any(|row| row[unknowns] != F::ZERO) {
        return None;
    }
    let mut solution = vec![F::ZERO; unknowns];
    for (row, column) in rows.iter().zip(&pivots).rev() {
        let known = row[column + 1..unknowns].iter().zip(&solution[column + 1..]);
        solution[*column] = known.fold(row[unknowns], |left, (by, value)| left.minus(by.times(*value)));
    }
    Some(solution)
}

/// GF(2^128) as GHASH has it (NIST SP 800-38D section 6.3).
#[derive(Clone, Copy, PartialEq)]
struct Block([u8; 16]);

impl Block {
    const ONE: Self = Self(hex!("80000000000000000000000000000000"));
}

impl Field for Block {
    const ZERO: Self = Self([0; 16]);

    fn minus(self, other: Self) -> Self {
        Self((u128::from_ne_bytes(self.0) ^ u128::from_ne_bytes(other.0)).to_ne_bytes())
    }

    fn times(self, other: Self) -> Self {
        let mut hash = ghash::GHash::new(&other.0.into());
        hash.update(&[self.0.into()]);
        Self(hash.finalize().into())
    }

    /// The power of 2^128 - 2.
    fn inverse(self) -> Self {
        let mut square = self;
        (1..128).fold(Self::ONE, |product, _| {
            square = square.times(square);
            product.times(square)
        })
    }
}

/// An envelope of AES-256-GCM that is authentic under each of the PINs. The ciphertext and tag are free, and so are the
/// whole blocks in `free`, of the protected header. `None`: there is none.
fn gcm(pins: &[usize], mut protected: Vec<u8>, free: std::ops::Range<usize>) -> Option<(Vec<u8>, Vec<u8>)> {
    let authenticated = aad("Encrypt", &protected);
    let at = authenticated.len() - 1 - protected.len();
    let first = (at + free.start).div_ceil(16);
    let last = first.max((at + free.end) / 16);
    let header = authenticated.len().div_ceil(16);
    // The blocks that GHASH sees: what is authenticated, the ciphertext, the lengths in bits.
    let lengths = [authenticated.len() as u64 * 8, KEY_BLOCKS as u64 * 128].map(u64::to_be_bytes).concat();
    let seen = [&authenticated[..], &vec![0; header * 16 - authenticated.len()], &[0; KEY_BLOCKS * 16], &lengths];
    let mut seen: Vec<Block> = seen.concat().chunks(16).map(|block| Block(block.try_into().unwrap())).collect();
    let unknown: Vec<usize> = (first..last).chain(header..header + KEY_BLOCKS).collect();
    unknown.iter().for_each(|at| seen[*at] = Block::ZERO);
    let rows = pins.iter().map(|number| {
        let cipher = aes::Aes256::new(&kek(*number).into());
        let encrypted = |block: [u8; 16]| {
            let mut block = block.into();
            cipher.encrypt_block(&mut block);
            Block(block.into())
        };
        let (power, mask) = (encrypted([0; 16]), encrypted([&NONCE[..], &[0, 0, 0, 1]].concat().try_into().unwrap()));
        let known = seen.iter().fold(Block::ZERO, |sum, block| sum.plus(*block).times(power));
        // Of each block the power that stands before it: of the last one the first.
        let mut powers = vec![power; seen.len()];
        (0..seen.len() - 1).rev().for_each(|at| powers[at] = powers[at + 1].times(power));
        unknown.iter().map(|at| powers[*at]).chain([Block::ONE, mask.minus(known)]).collect()
    });
    let solution: Vec<u8> = solve(rows.collect())?.iter().flat_map(|block| block.0).collect();
    let (chosen, sealed) = solution.split_at((last - first) * 16);
    protected[first * 16 - at..][..chosen.len()].copy_from_slice(chosen);
    Some((protected, sealed.to_vec()))
}

/// Whether the tag is right for this PIN, by another implementation.
fn is_authentic(number: usize, protected: &[u8], sealed: &[u8]) -> bool {
    let (data, tag) = sealed.split_last_chunk::<16>().unwrap();
    let mut data = data.to_vec();
    aes_gcm::Aes256Gcm::new(&kek(number).into())
        .decrypt_inout_detached(&NONCE.into(), &aad("Encrypt", protected), (&mut data[..]).into(), tag.into())
        .is_ok()
}

fn read(protected: &[u8], nonce: &[u8], sealed: &[u8]) -> Result<PasswordProtectedKeyEnvelope, MessageError> {
    let unprotected = [&[0xa1, 5, 0x58, u8::try_from(nonce.len()).unwrap()], nonce].concat();
    let recipients = pbkdf2_recipient(ROUNDS, &SALT);
    PasswordProtectedKeyEnvelope::from_bytes(&message(protected, &unprotected, sealed, Some(&recipients)))
}

fn unseal_of(
    memory: &SecretMemory,
    envelope: &PasswordProtectedKeyEnvelope,
    number: usize,
    thumbprint: &KeyThumbprint,
) -> Result<SymmetricBox, ErrorKind> {
    let limits = KdfLimits::default();
    password::unseal(memory, envelope, &text(memory, &pin(number)), &limits, PIN, Some(thumbprint))
}

const WRONG: ErrorKind = ErrorKind::WrongKey(WrongKey::OrChanged);

/// It opens under each PIN below the count, to a key of its own each time, and under no other that is tried. A program
/// that demands one of these keys has one PIN that opens; a program that demands another has none.
fn opens_for(memory: &SecretMemory, envelope: &PasswordProtectedKeyEnvelope, count: usize) {
    let print = |key: &SymmetricBox| KeyThumbprint::new(operation::thumbprint(memory, key).unwrap());
    let prints: Vec<KeyThumbprint> =
        (0..count).map(|number| print(&unseal(memory, envelope, &pin(number)).unwrap())).collect();
    for number in count..count + 4 {
        assert_eq!(unseal(memory, envelope, &pin(number)).unwrap_err(), WRONG, "PIN {number}");
    }
    let true_one = print(&v1(memory));
    for number in 0..count {
        for (at, print) in prints.iter().enumerate() {
            let opened = unseal_of(memory, envelope, number, print).map(drop);
            assert_eq!(opened, if at == number { Ok(()) } else { Err(WRONG) }, "PIN {number}, key {at}");
        }
        assert_eq!(unseal_of(memory, envelope, number, &true_one).unwrap_err(), WRONG, "PIN {number}");
    }
}

/// What a reviewer made: refused for its header, before any PIN is tried.
#[test]
fn the_envelopes_of_a_reviewer_are_refused() {
    for (text, found) in [
        (include_str!("../../../../tests/data/pin-envelope-of-8-pins.b64"), 197),
        (include_str!("../../../../tests/data/pin-envelope-of-16-pins.b64"), 324),
    ] {
        let error = text.trim().parse::<PasswordProtectedKeyEnvelope>().unwrap_err();
        let of = "password-protected key envelope";
        assert_eq!(error, MessageError::Surplus { of, part: "protected header", found, max: 52 });
        assert_eq!(
            error.to_string(),
            format!(
                "the protected header of the password-protected key envelope is {found} bytes long; what is known of it \
                 takes 52"
            )
        );
    }
}

/// The control: with a parameter of any length one envelope is authentic for as many PINs as it has blocks. Such a one
/// is refused when it is read.
#[test]
fn an_unknown_parameter_fits_any_number_of_pins() {
    for count in [8, 16, 200] {
        // Five fit without it. One block is lost, as it does not begin where a block does.
        let length = (count - 5 + 1) * 16;
        let head = [&hex!("19270f59")[..], &u16::try_from(length).unwrap().to_be_bytes(), &vec![0; length]].concat();
        let protected = map(&[AES_GCM, LEGACY, OBJECT, PURPOSE, &head]);
        let (total, pins) = (protected.len(), Vec::from_iter(0..count));
        let (protected, sealed) = gcm(&pins, protected, total - length..total).unwrap();
        for number in 0..count {
            assert!(is_authentic(number, &protected, &sealed), "PIN {number} of {count}");
        }
        assert!(!is_authentic(count, &protected, &sealed));
        let error = read(&protected, &NONCE, &sealed).unwrap_err();
        assert!(matches!(error, MessageError::Surplus { found, max: 52, .. } if found == total), "{error}");
        // As text, too, and where the label is a text.
        let named = [&hex!("6059")[..], &head[4..]].concat();
        let error = read(&map(&[AES_GCM, LEGACY, &named]), &NONCE, &sealed).unwrap_err();
        assert!(matches!(error, MessageError::Surplus { max: 40, .. }), "{error}");
    }
}

/// AES-256-GCM without a named key: five, by four blocks of ciphertext and the tag, and not six.
#[test]
fn an_envelope_of_64_bytes_fits_five_pins() {
    let memory = memory();
    for protected in [map(&[AES_GCM, LEGACY]), map(&[AES_GCM, LEGACY, OBJECT, PURPOSE])] {
        let (protected, sealed) = gcm(&[0, 1, 2, 3, 4], protected, 0..0).unwrap();
        opens_for(&memory, &read(&protected, &NONCE, &sealed).unwrap(), 5);
        assert!(gcm(&[0, 1, 2, 3, 4, 5], protected, 0..0).is_none());
    }
}

/// The id of the key is a block more, and then no PIN opens: the key would have to be one whose hash the id is. Nobody
/// can tell such a PIN from any other.
#[test]
fn an_envelope_that_names_its_key_fits_none_of_six_pins() {
    let memory = memory();
    let id = [&hex!("3a0001155c50")[..], &[0; 16]].concat();
    // In this order the id is a whole block.
    let protected = map(&[AES_GCM, OBJECT, PURPOSE, &id, LEGACY]);
    let (protected, sealed) = gcm(&[0, 1, 2, 3, 4, 5], protected, 21..37).unwrap();
    let envelope = read(&protected, &NONCE, &sealed).unwrap();
    let named = envelope.contained_key_id().unwrap();
    assert_ne!(named, CoseKeyId::new([0; 16]));
    for number in 0..7 {
        assert_eq!(is_authentic(number, &protected, &sealed), number < 6, "PIN {number}");
        assert_eq!(unseal(&memory, &envelope, &pin(number)).unwrap_err(), WRONG, "PIN {number}");
    }
}

/// The integers modulo 2^130 - 5 as Poly1305 has them (RFC 8439 section 2.5), in limbs of 26 bits.
#[derive(Clone, Copy, PartialEq)]
struct Residue([u128; 5]);

const LIMB: u128 = (1 << 26) - 1;

impl Residue {
    const ONE: Self = Self([1, 0, 0, 0, 0]);
    /// 2^128, which is added to each block.
    const TOP: Self = Self([0, 0, 0, 0, 1 << 24]);

    fn reduced(mut limbs: [u128; 5]) -> Self {
        for _ in 0..3 {
            let mut carry = 0;
            for limb in &mut limbs {
                (*limb, carry) = ((*limb + carry) & LIMB, (*limb + carry) >> 26);
            }
            limbs[0] += carry * 5;
        }
        let [low, rest @ ..] = limbs;
        if low >= LIMB - 4 && rest == [LIMB; 4] { Self([low - (LIMB - 4), 0, 0, 0, 0]) } else { Self(limbs) }
    }

    fn of(number: u128) -> Self {
        Self([0, 26, 52, 78, 104].map(|shift| number >> shift & LIMB))
    }

    /// As 16 bytes, if it has not more.
    fn number(self) -> Option<u128> {
        let Self([a, b, c, d, e]) = self;
        (e < 1 << 24).then_some(a | b << 26 | c << 52 | d << 78 | e << 104)
    }
}

impl Field for Residue {
    const ZERO: Self = Self([0; 5]);

    fn minus(self, other: Self) -> Self {
        let twice = [2 * (LIMB - 4), 2 * LIMB, 2 * LIMB, 2 * LIMB, 2 * LIMB];
        Self::reduced(std::array::from_fn(|at| self.0[at] + twice[at] - other.0[at]))
    }

    fn times(self, other: Self) -> Self {
        let mut limbs = [0; 5];
        for (i, one) in self.0.iter().enumerate() {
            for (j, two) in other.0.iter().enumerate() {
                limbs[(i + j) % 5] += one * two * if i + j < 5 { 1 } else { 5 };
            }
        }
        Self::reduced(limbs)
    }

    /// The power of 2^130 - 7.
    fn inverse(self) -> Self {
        (0..130).rev().fold(Self::ONE, |power, bit| {
            let square = power.times(power);
            if bit == 1 || bit == 2 { square } else { square.times(self) }
        })
    }
}

/// What XChaCha20-Poly1305 makes of a key and a nonce for Poly1305: its two halves.
fn one_time(number: usize, nonce: &[u8; 24]) -> (Residue, u128) {
    let mut key = [0; 32];
    chacha20::XChaCha20::new(&kek(number).into(), nonce.into()).apply_keystream(&mut key);
    let (power, added) = key.split_at(16);
    let [power, added] = [power, added].map(|half| u128::from_le_bytes(half.try_into().unwrap()));
    (Residue::of(power & 0x0fff_fffc_0fff_fffc_0fff_fffc_0fff_ffff), added)
}

/// XChaCha20-Poly1305, which names no key: five as well. A tag is a sum modulo 2^130 - 5, and then one modulo 2^128, so
/// that each PIN has up to five equations of which one has to hold: how often 2^128 is taken away is tried. A sixth has
/// none that holds.
#[test]
fn an_envelope_of_the_old_generation_fits_five_pins() {
    let memory = memory();
    let protected = map(&[LEGACY]);
    let authenticated = aad("Encrypt", &protected);
    let header = authenticated.len().div_ceil(16);
    let lengths = [authenticated.len() as u64, KEY_BLOCKS as u64 * 16].map(u64::to_le_bytes).concat();
    let seen = [&authenticated[..], &vec![0; header * 16 - authenticated.len()], &[0; KEY_BLOCKS * 16], &lengths];
    let seen: Vec<Residue> = seen
        .concat()
        .chunks(16)
        .map(|block| Residue::of(u128::from_le_bytes(block.try_into().unwrap())).plus(Residue::TOP))
        .collect();
    let (nonce, sealed) = (0..64_u8)
        .find_map(|nonce| {
            let nonce = [nonce; 24];
            let keys: Vec<(Residue, u128)> = (0..6).map(|number| one_time(number, &nonce)).collect();
            // Blocks of ciphertext and tag; what is on the right is beside them.
            let rows: Vec<(Vec<Residue>, Residue)> = keys
                .iter()
                .map(|(power, added)| {
                    let known = seen.iter().fold(Residue::ZERO, |sum, block| sum.plus(*block).times(*power));
                    let square = power.times(*power);
                    let mut powers = vec![square; KEY_BLOCKS];
                    (0..KEY_BLOCKS - 1).rev().for_each(|at| powers[at] = powers[at + 1].times(*power));
                    powers.push(Residue::ZERO.minus(Residue::ONE));
                    (powers, Residue::ZERO.minus(known).minus(Residue::of(*added)))
                })
                .collect();
            let solved = |right: &dyn Fn(usize) -> Residue| {
                let five = rows[..5].iter().enumerate();
                solve(five.map(|(at, (row, _))| [&row[..], &[right(at)]].concat()).collect()).unwrap()
            };
            let base = solved(&|at| rows[at].1);
            let more: Vec<Vec<Residue>> =
                (0..5).map(|one| solved(&|at| if at == one { Residue::TOP } else { Residue::ZERO })).collect();
            // Every way to take 2^128 away up to four times for each of the five.
            let mut found = None;
            for ways in 0..5_usize.pow(5) {
                let mut solution = base.clone();
                for (one, more) in more.iter().enumerate() {
                    for _ in 0..ways / 5_usize.pow(u32::try_from(one).unwrap()) % 5 {
                        solution.iter_mut().zip(more).for_each(|(to, by)| *to = to.plus(*by));
                    }
                }
                let (row, right) = &rows[5];
                let sixth = row.iter().zip(&solution).fold(*right, |left, (by, value)| left.minus(by.times(*value)));
                let six = (0..5).scan(sixth, |left, _| Some(std::mem::replace(left, left.plus(Residue::TOP))));
                assert!(six.into_iter().all(|left| left != Residue::ZERO), "six");
                let blocks: Option<Vec<u128>> = solution.iter().map(|block| block.number()).collect();
                let Some(sealed) = blocks.map(|blocks| Vec::from_iter(blocks.iter().flat_map(|b| b.to_le_bytes())))
                else {
                    continue;
                };
                let opens = |number| unseal(&memory, &read(&protected, &nonce, &sealed).unwrap(), &pin(number)).is_ok();
                if (0..5).all(opens) {
                    found = Some(sealed);
                }
            }
            found.map(|sealed| (nonce, sealed))
        })
        .unwrap();
    opens_for(&memory, &read(&protected, &nonce, &sealed).unwrap(), 5);
}
