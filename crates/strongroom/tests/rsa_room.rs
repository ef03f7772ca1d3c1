//! RSA of 2,048 bits where secret memory is short. Its operations need no heap and, where the compiler optimises, no
//! more than the smallest stack: so wherever a store can be had that demands protection in use they work. Elsewhere
//! they work or say what they lack.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "room/under_limit.rs"]
mod under_limit;

use strongroom::{
    Asymmetric, Error, ErrorKind, KeyUses,
    algorithms::AsymmetricAlgorithm,
    encapsulation::{Confirmed, Encapsulate},
    errors::{ImportError, WrongKey},
    hazmat,
};
use strongroom_memory::StackBudget;
use strongroom_testkit::{Victim, skip, victim};
use under_limit::{Store, can_be_tested, tell};

/// An RSA key of the official software, in PKCS#8.
fn pkcs8() -> Vec<u8> {
    let vectors: serde_json::Value = serde_json::from_str(include_str!("data/official-sdk.json")).unwrap();
    let mut all = vectors["vectors"].as_array().unwrap().iter();
    let vector = all.find(|vector| vector["format"] == "wrapped-private-key").unwrap();
    base64_simd::STANDARD.decode_to_vec(vector["inputs"]["private_pkcs8_b64"].as_str().unwrap()).unwrap()
}

/// Everything that is done with an RSA key, up to the first error.
fn work(store: &Store) -> Result<(), Error> {
    let done = |what: &str| println!("done: {what}");
    store.try_context(|ctx| {
        let key = ctx.generate(KeyUses::CONTENTS_AND_KEYS)?;
        let imported: strongroom::Key<'_, Asymmetric> =
            hazmat::import_pkcs8(ctx, zeroize::Zeroizing::new(pkcs8()), KeyUses::CONTENTS_AND_KEYS)?;
        done("import");
        let public = Confirmed::without_check(ctx.public_key(imported)?);
        let text = ctx.encapsulate(key, &public)?;
        done("encapsulate");
        ctx.decapsulate(imported, &text, KeyUses::CONTENTS_AND_KEYS)?;
        done("decapsulate");
        ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        done("generate");
        let wrapped = ctx.wrap_key(key, imported)?;
        let unwrapped: strongroom::Key<'_, Asymmetric> = ctx.unwrap_key(key, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
        done("unwrap");
        hazmat::expose_encoded(ctx, unwrapped)?;
        Ok(())
    })
}

/// What comes of work under a limit on locked memory.
fn under(limit: usize, victim: Victim, work: fn(&Store) -> Result<(), Error>) -> Result<String, String> {
    under_limit::under(limit, victim, |store| {
        tell(work(store));
        // What could be done before still can.
        store.try_context(|ctx| ctx.generate(KeyUses::CONTENTS_AND_KEYS).map(drop)).unwrap();
    })
}

/// Whether operations fit the smallest stack.
const FITS_SMALL: bool = StackBudget::stack(0, 1).stack == 0;

/// Stacks are larger in builds without optimisation, where 64 KiB hold none that RSA fits.
const ENOUGH: usize = StackBudget::stack(64 << 10, 160 << 10).stack;

/// From below the floor to where everything fits, in steps of a page or two.
#[test]
fn rsa_works_wherever_a_store_can_be_had() {
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let (mut floor, mut refused, mut fits) = (0, 0, 0);
    for kib in (28..=(ENOUGH >> 10) + 16).step_by(if FITS_SMALL { 4 } else { 12 }) {
        let said = match under(kib << 10, victim!(), work) {
            Ok(said) => said,
            Err(reason) => skip!("{reason}"),
        };
        println!("{kib} KiB: {}", said.lines().last().unwrap_or("nothing"));
        if said.contains("below the floor") {
            floor += 1;
            assert_eq!(refused + fits, 0, "{kib} KiB: less was enough");
        } else if said.contains("all done") {
            fits += 1;
        } else {
            refused += 1;
            assert_eq!(fits, 0, "{kib} KiB: less was enough: {said}");
            assert!(said.contains("refused: the operation needs ") && said.contains(" bytes of stack, and "), "{said}");
        }
    }
    assert!(floor > 0 && fits > 1, "{floor} {fits}");
    assert_eq!(refused > 0, !FITS_SMALL, "{refused}");
}

/// Keys that are none and ciphertexts of any length, on the smallest stack: none of them makes an operation want more.
fn hostile_work(store: &Store) -> Result<(), Error> {
    let good = pkcs8();
    let (mut taken, mut refused) = (0, 0);
    for at in (0..good.len()).step_by(5) {
        for to in [0, good[at] ^ 1, 0xff] {
            let mut bytes = good.clone();
            bytes[at] = to;
            let imported = store.try_context(|ctx| {
                hazmat::import_pkcs8::<_, Asymmetric>(ctx, zeroize::Zeroizing::new(bytes), KeyUses::CONTENTS_AND_KEYS)
                    .map(drop)
            });
            match imported {
                Ok(()) => taken += 1,
                Err(ImportError::NotAKey | ImportError::UnusableRsaKey(_)) => refused += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
    // The first bytes of DER are changed to what they are; most changes make it no key.
    assert!(taken > 0 && taken < 50 && refused > 650, "{taken} taken, {refused} refused");
    store.try_context(|ctx| {
        let key: strongroom::Key<'_, Asymmetric> =
            hazmat::import_pkcs8(ctx, zeroize::Zeroizing::new(good), KeyUses::CONTENTS_AND_KEYS)?;
        for length in [0, 1, 255, 256, 257, 2048, 1 << 20] {
            for byte in [0, 1, 0xff] {
                let text = format!("4.{}", base64_simd::STANDARD.encode_to_string(vec![byte; length]));
                if let Ok(text) = text.parse() {
                    assert!(
                        matches!(&
                            ctx.decapsulate(key, &text, KeyUses::CONTENTS_AND_KEYS), Err(error) if matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged))),
                        "{length}"
                    );
                    println!("ciphertext: {length}");
                }
            }
        }
        Ok(())
    })
}

#[test]
fn hostile_keys_and_ciphertexts_want_no_more() {
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let said = match under(ENOUGH, victim!(), hostile_work) {
        Ok(said) => said,
        Err(reason) => skip!("{reason}"),
    };
    assert!(said.contains("all done") && said.contains("ciphertext: 1048576"), "{said}");
}
