use super::AesCbcHmacKey;
use crate::key::aes_cbc::pad;

/// One prepared key and the allocator's slot for it go together; a larger key costs a larger class of slots.
#[test]
fn a_prepared_key_fits_its_slot() {
    assert!(size_of::<AesCbcHmacKey>() <= 640, "{}", size_of::<AesCbcHmacKey>());
}

fn sealed() -> (AesCbcHmacKey, [u8; 16], [u8; 32], [[u8; 16]; 3]) {
    let key = AesCbcHmacKey::new(&[[1; 32], [2; 32]]);
    let mut blocks = [*b"sixteen bytes ++"; 3];
    pad(blocks.as_flattened_mut(), 40);
    let mac = key.encrypt(&[3; 16], &mut blocks);
    (key, [3; 16], mac, blocks)
}

#[test]
fn a_wrong_mac_leaves_the_ciphertext_alone() {
    let (key, iv, mut mac, blocks) = sealed();
    mac[31] ^= 1;
    let mut changed = blocks;
    assert_eq!(key.decrypt(&iv, &mac, &mut changed), None);
    assert_eq!(changed, blocks);
}

#[test]
fn contents_come_back() {
    let (key, iv, mac, mut blocks) = sealed();
    assert_eq!(key.decrypt(&iv, &mac, &mut blocks), Some(40));
    assert_eq!(&blocks.as_flattened()[..40], b"sixteen bytes ++sixteen bytes ++sixteen ");
}

/// A genuine MAC over contents that were not padded, as only a key holder can make.
#[test]
fn wrong_padding_is_refused() {
    let key = AesCbcHmacKey::new(&[[1; 32], [2; 32]]);
    for last in [0, 17, 32, 255] {
        let mut blocks = [[last; 16]; 2];
        let mac = key.encrypt(&[3; 16], &mut blocks);
        assert_eq!(key.decrypt(&[3; 16], &mac, &mut blocks), None, "{last}");
    }
    let mac = key.encrypt(&[3; 16], &mut []);
    assert_eq!(key.decrypt(&[3; 16], &mac, &mut []), None, "no block at all");
}
