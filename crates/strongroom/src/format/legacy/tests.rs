use strongroom_memory::{ScopeToken, SecretBox, SecretMemory};

use super::unwrap_legacy;
use crate::error::{ErrorKind, Malformed, Unsupported, WrongKey};
use crate::format::enc_string::EncString;
use crate::labels::EncStringType;
use crate::operation::MasterBox;
use crate::vectors::{bytes, encoded, key, memory, of_format};

fn master(memory: &SecretMemory, bytes: &[u8]) -> MasterBox {
    SecretBox::make(memory, |_: &ScopeToken<'_>, bytes: &[u8]| bytes.try_into().unwrap(), bytes).unwrap()
}

#[test]
fn the_user_key_of_an_old_account() {
    let memory = memory();
    let vectors = of_format("user-key/type0");
    let [vector] = &vectors[..] else { panic!("one") };
    let text: EncString = vector["inputs"]["enc_string"].as_str().unwrap().parse().unwrap();
    let right = bytes(&vector["inputs"]["master_key_b64"]);
    let opened = unwrap_legacy(&memory, &master(&memory, &right), &text).unwrap();
    assert_eq!(encoded(&memory, &opened), bytes(&vector["outputs"]["expected_b64"]));

    // Without its header.
    let bare: EncString = text.to_string().strip_prefix("0.").unwrap().parse().unwrap();
    assert_eq!(encoded(&memory, &unwrap_legacy(&memory, &master(&memory, &right), &bare).unwrap()).len(), 64);
}

/// The hostile table. Without a MAC a change shows only where it hits the padding; what comes out then is no key, and
/// the error does not say where.
#[test]
fn what_does_not_open() {
    let memory = memory();
    let vectors = of_format("user-key/type0");
    let [vector] = &vectors[..] else { panic!("one") };
    let text: EncString = vector["inputs"]["enc_string"].as_str().unwrap().parse().unwrap();
    let right = master(&memory, &bytes(&vector["inputs"]["master_key_b64"]));
    let buffer = text.to_buffer().unwrap();
    let changed = |at: usize| {
        let mut buffer = buffer.clone();
        buffer[at] ^= 1;
        EncString::from_buffer(&buffer).unwrap()
    };
    let cut = |length: usize| EncString::from_buffer(&buffer[..length]).unwrap();
    let long = EncString::from_buffer(&[&buffer[..], &[0; 64]].concat()).unwrap();
    let stretched = vector["outputs"]["expected_b64"].as_str().unwrap();
    for (name, text, error) in [
        ("the padding's block changed", changed(buffer.len() - 1), ErrorKind::WrongKey(WrongKey::OrChanged)),
        ("the block before it changed", changed(buffer.len() - 17), ErrorKind::WrongKey(WrongKey::OrChanged)),
        ("cut by a block", cut(buffer.len() - 16), ErrorKind::WrongKey(WrongKey::OrChanged)),
        ("cut to a block", cut(33), ErrorKind::WrongKey(WrongKey::OrChanged)),
        ("longer than any key", long, ErrorKind::Malformed(Malformed::NotAKey)),
    ] {
        assert_eq!(unwrap_legacy(&memory, &right, &text).unwrap_err(), error, "{name}");
    }
    let wrong = master(&memory, &[7; 32]);
    assert_eq!(unwrap_legacy(&memory, &wrong, &text).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));

    // Of another type it is not even tried.
    let v1 = key(&memory, &bytes(&serde_json::Value::from(stretched)));
    let modern = crate::format::wrap::<crate::kind::Symmetric>(&memory, &v1, &v1).unwrap();
    let error = unwrap_legacy(&memory, &right, &modern).unwrap_err();
    assert_eq!(error, ErrorKind::Unsupported(Unsupported::Type(EncStringType::AesCbcHmac)));
}
