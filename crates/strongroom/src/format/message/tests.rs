use super::Message;
use crate::cose::header::{HEADER, Parameters};
use crate::error::ErrorKind;
use crate::format::external::External;
use crate::key::algorithm::SymmetricAlgorithm;
use crate::kind::Symmetric;
use crate::labels::cose::ENCRYPT0;
use crate::operation;
use crate::vectors::memory;
use crate::written::Written;

fn invariant<T>(made: Result<T, ErrorKind>) -> Option<&'static str> {
    match made {
        Err(ErrorKind::Internal { invariant }) => Some(invariant),
        _ => None,
    }
}

/// Broken here on purpose. Sealed with no authenticated data, a message would open with none, and no round trip would
/// tell.
#[test]
fn a_header_that_does_not_fit_is_not_left_out() {
    let memory = memory();
    let key = operation::generate::<Symmetric>(&memory, SymmetricAlgorithm::Aes256Gcm).unwrap();
    let with = |context| Message {
        context,
        protected: Written::zeros(HEADER).unwrap(),
        nonce: Written::zeros(12).unwrap(),
        external: External::NONE,
    };
    let mut out = [0xAA; 200];
    let seal = |message: &Message, out: &mut [u8]| message.seal_into(&memory, &key, b"milk", 0, out);
    assert_eq!(invariant(seal(&with(LONG), &mut out)), Some(AAD));
    assert_eq!(out, [0xAA; 200], "nothing of the contents was copied");
    assert_eq!(invariant(with(LONG).seal(&memory, &key, b"milk", 0)), Some(AAD));
    assert!(seal(&with(ENCRYPT0), &mut out).is_ok(), "the control");
}

const LONG: &str = "a context of many more bytes than are kept for one, external data included";
const AAD: &str = "an Enc_structure has at most AAD_MORE bytes beside the header";

#[test]
fn a_nonce_that_does_not_fit_is_not_cut() {
    let message = |nonce_len| Message::new(ENCRYPT0, &Parameters::default(), nonce_len);
    assert_eq!(invariant(message(25)), Some("a nonce has at most 24 bytes"));
    assert_eq!(message(24).ok().unwrap().nonce().len(), 24, "the control");
}
