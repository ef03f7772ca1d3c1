use rsa::{Oaep, RsaPublicKey};

use super::*;
use crate::rsa::example::{BITS, generator, numbers, peer, random, refused};

const LENGTH: usize = BITS / 8;

fn most(hash: OaepHash) -> usize {
    LENGTH - 2 - 2 * if hash == OaepHash::Sha1 { 20 } else { 32 }
}

const HASHES: [OaepHash; 2] = [OaepHash::Sha1, OaepHash::Sha256];

/// Messages of every kind of length: ours opened by the peer, the peer's by us.
#[test]
fn ours_and_the_peers_open_each_other() {
    let peer = peer(1, 65537);
    let (key, public) = (numbers(&peer), RsaPublicKey::from(&peer));
    for hash in HASHES {
        for length in [0, 1, 32, 64, most(hash) - 1, most(hash)] {
            let message: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            let mut sealed = [0; LENGTH];
            key.public.seal(hash, &message, &mut sealed, &mut random(length as u8)).unwrap();
            let opened = match hash {
                OaepHash::Sha1 => peer.decrypt(Oaep::<Sha1>::new(), &sealed),
                OaepHash::Sha256 => peer.decrypt(Oaep::<Sha256>::new(), &sealed),
            };
            assert_eq!(opened.unwrap(), message);
            let theirs = match hash {
                OaepHash::Sha1 => public.encrypt(&mut generator(1), Oaep::<Sha1>::new(), &message),
                OaepHash::Sha256 => public.encrypt(&mut generator(1), Oaep::<Sha256>::new(), &message),
            };
            let mut out = [0; LENGTH];
            let opened = key.open(hash, &theirs.unwrap(), &mut out, &mut random(2)).unwrap();
            assert_eq!(&out[..opened], message);
        }
        let mut sealed = [0; LENGTH];
        assert_eq!(key.public.seal(hash, &vec![0; most(hash) + 1], &mut sealed, &mut random(1)), None);
        assert_eq!(key.public.seal(hash, &[], &mut sealed, &mut refused), None);
    }
}

#[test]
fn ciphertexts_of_another_hash_or_length_do_not_open() {
    let key = numbers(&peer(1, 65537));
    let (mut sealed, mut out) = ([0; LENGTH], [0; LENGTH]);
    key.public.seal(OaepHash::Sha1, b"message", &mut sealed, &mut random(1)).unwrap();
    assert_eq!(key.open(OaepHash::Sha1, &sealed, &mut out, &mut random(2)), Some(7));
    assert_eq!(key.open(OaepHash::Sha256, &sealed, &mut out, &mut random(2)), None);
    for length in [0, 1, LENGTH - 1] {
        assert_eq!(key.open(OaepHash::Sha1, &sealed[..length], &mut out, &mut random(2)), None);
    }
    let longer = [&[0], &sealed[..]].concat();
    assert_eq!(key.open(OaepHash::Sha1, &longer, &mut out, &mut random(2)), None);
    sealed[LENGTH - 1] ^= 1;
    assert_eq!(key.open(OaepHash::Sha1, &sealed, &mut out, &mut random(2)), None);
}

/// Where the message begins in a padded one that was changed before it was masked.
fn changed<D: Digest>(length: usize, change: impl Fn(&mut [u8])) -> Option<usize> {
    let hash = <D as Digest>::output_size();
    let mut padded = [0; LENGTH];
    pad::<D>(&vec![7; length], &mut padded, &mut random(3)).unwrap();
    let (seed, block) = padded[1..].split_at_mut(hash);
    mask::<D>(block, seed);
    mask::<D>(seed, block);
    change(&mut padded);
    let (seed, block) = padded[1..].split_at_mut(hash);
    mask::<D>(seed, block);
    mask::<D>(block, seed);
    unpad::<D>(&mut padded)
}

/// Every byte that is no part of the seed or the message decides.
fn every_byte_of_the_padding_decides<D: Digest>() {
    let hash = <D as Digest>::output_size();
    for length in [0, 1, 64, LENGTH - 2 * hash - 2] {
        assert_eq!(changed::<D>(length, |_| ()), Some(LENGTH - length));
        let one = LENGTH - length - 1;
        for at in (0..1).chain(1 + hash..one) {
            for wrong in [1, 2, 0x80, 0xff] {
                let found = changed::<D>(length, |padded| padded[at] ^= wrong);
                // A one within the zeros ends them, and the message is longer.
                let expected = (wrong == 1 && at > 2 * hash).then_some(at + 1);
                assert_eq!(found, expected, "{length}: {at} {wrong}");
            }
        }
        for wrong in [2, 0xfe, 0xff] {
            assert_eq!(changed::<D>(length, |padded| padded[one] = wrong), None);
        }
        // Without a one there is no message, whatever stands in its place.
        assert_eq!(changed::<D>(length, |padded| padded[one..].fill(0)), None);
    }
}

#[test]
fn every_byte_of_the_padding_decides_with_sha1() {
    every_byte_of_the_padding_decides::<Sha1>();
}

#[test]
fn every_byte_of_the_padding_decides_with_sha256() {
    every_byte_of_the_padding_decides::<Sha256>();
}
