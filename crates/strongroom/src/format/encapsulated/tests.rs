use super::{decapsulate, encapsulate};
use crate::error::{ErrorKind, WrongKey};
use crate::format::enc_string::EncString;
use crate::key::algorithm::{AsymmetricAlgorithm, SymmetricAlgorithm};
use crate::kind::{Asymmetric, Symmetric};
use crate::operation::{self, Boxed};
use crate::public::PublicKey;
use crate::vectors::{bytes, encoded, key_of, memory, of_format};

#[test]
fn opens_what_the_official_software_and_node_encapsulated() {
    let memory = memory();
    let mut opened = 0;
    for format in ["rsa-encapsulated-key/4", "rsa-encstring/3", "rsa-encstring/4", "rsa-encstring/5", "rsa-encstring/6"]
    {
        for vector in of_format(format) {
            let by: Boxed<Asymmetric> = key_of(&memory, &bytes(&vector["inputs"]["private_pkcs8_b64"]));
            let text: EncString = vector["outputs"]["enc_string"]
                .as_str()
                .or(vector["inputs"]["enc_string"].as_str())
                .unwrap()
                .parse()
                .unwrap();
            let key = decapsulate(&memory, &by, &text).unwrap();
            assert_eq!(encoded(&memory, &key), bytes(&vector["inputs"]["key_b64"]), "{format}");
            opened += 1;
        }
    }
    assert_eq!(opened, 6);
}

#[test]
fn keys_come_back_and_nothing_else_does() {
    let memory = memory();
    let by: Boxed<Asymmetric> =
        key_of(&memory, &bytes(&of_format("wrapped-private-key")[0]["inputs"]["private_pkcs8_b64"]));
    let public = PublicKey::new(operation::rsa_public_half(&memory, operation::rsa(&memory, &by).unwrap()).unwrap());
    for algorithm in SymmetricAlgorithm::ALL {
        let key = operation::generate::<Symmetric>(&memory, algorithm).unwrap();
        let text = encapsulate(&memory, &key, &public).unwrap();
        assert!(text.to_string().starts_with("4."));
        let back = decapsulate(&memory, &by, &text).unwrap();
        assert_eq!(encoded(&memory, &back), encoded(&memory, &key));

        let data = text.data().to_vec();
        let parse = |bytes: &[u8]| EncString::from_rsa_oaep_sha1(bytes.into());
        for at in [0, 1, 100, 255] {
            let mut changed = data.clone();
            changed[at] ^= 1;
            assert_eq!(
                decapsulate(&memory, &by, &parse(&changed)).unwrap_err(),
                ErrorKind::WrongKey(WrongKey::OrChanged)
            );
        }
        for wrong in [&data[1..], &data[..255], &[&data[..], &[0]].concat(), &[0; 256], &[255; 256], &[1]] {
            assert_eq!(decapsulate(&memory, &by, &parse(wrong)).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
        }
        // Under the other hash it is not a key.
        let other: EncString = text.to_string().replacen("4.", "3.", 1).parse().unwrap();
        assert_eq!(decapsulate(&memory, &by, &other).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
    }
}

/// The MACs of types 5 and 6 authenticate nothing; what they stand beside does not open when it was changed.
#[test]
fn changed_keys_of_types_5_and_6() {
    let memory = memory();
    let mut seen = 0;
    for format in ["rsa-encstring/5", "rsa-encstring/6"] {
        for vector in of_format(format) {
            let by: Boxed<Asymmetric> = key_of(&memory, &bytes(&vector["inputs"]["private_pkcs8_b64"]));
            let text = vector["outputs"]["enc_string"].as_str().or(vector["inputs"]["enc_string"].as_str()).unwrap();
            let (head, mac) = text.rsplit_once('|').unwrap();
            let (number, data) = head.split_once('.').unwrap();
            let sealed = base64_simd::STANDARD.decode_to_vec(data).unwrap();
            for at in [0, 1, 100, 255] {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                let changed = base64_simd::STANDARD.encode_to_string(changed);
                let text: EncString = format!("{number}.{changed}|{mac}").parse().unwrap();
                assert_eq!(
                    decapsulate(&memory, &by, &text).unwrap_err(),
                    ErrorKind::WrongKey(WrongKey::OrChanged),
                    "{format}"
                );
            }
            let other = base64_simd::STANDARD.encode_to_string([0x5a; 32]);
            assert_ne!(mac, other);
            let text: EncString = format!("{head}|{other}").parse().unwrap();
            let key = decapsulate(&memory, &by, &text).unwrap();
            assert_eq!(encoded(&memory, &key), bytes(&vector["inputs"]["key_b64"]), "{format}");
            seen += 1;
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn a_new_private_key_is_used_and_wrapped() {
    let memory = memory();
    let by = operation::generate::<Asymmetric>(&memory, AsymmetricAlgorithm::Rsa2048).unwrap();
    let public = PublicKey::new(operation::rsa_public_half(&memory, operation::rsa(&memory, &by).unwrap()).unwrap());
    let key = operation::generate::<Symmetric>(&memory, SymmetricAlgorithm::Aes256CbcHmacSha256).unwrap();
    let text = encapsulate(&memory, &key, &public).unwrap();
    let wrapped = crate::format::wrap::<Asymmetric>(&memory, &key, &by).unwrap();
    let again = crate::format::unwrap::<Asymmetric>(&memory, &key, &wrapped).unwrap();
    assert_eq!(encoded(&memory, &decapsulate(&memory, &again, &text).unwrap()), encoded(&memory, &key));
}
