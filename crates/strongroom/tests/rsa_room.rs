//! RSA where secret memory is short. An operation reserves the stack and the heap that it needs when it begins, so under
//! any limit it works or says how many bytes it lacks; a process that ended by an abort would fail these tests.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "room/under_limit.rs"]
mod under_limit;

use strongroom::{Error, ImportError, LocalKey, Private, PrivateAlgorithm, UnwrapError, hazmat};
use strongroom_memory::Room;
use strongroom_testkit::{Victim, skip, victim};
use under_limit::{SMALL_STACK, Store, can_be_tested, sweep, tell};

#[global_allocator]
static ALLOCATOR: strongroom_memory::process::SecretAlloc = strongroom_memory::process::SecretAlloc::new();

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
    store.context(|ctx| {
        let key = ctx.generate()?;
        let imported: LocalKey<'_, Private> = hazmat::import_pkcs8(ctx, zeroize::Zeroizing::new(pkcs8()))?;
        done("import");
        let public = ctx.public_key(imported)?;
        let text = ctx.encapsulate(key, &public)?;
        done("encapsulate");
        ctx.decapsulate(imported, &text)?;
        done("decapsulate");
        let wrapped = ctx.wrap(key, imported)?;
        let unwrapped: LocalKey<'_, Private> = ctx.unwrap(key, &wrapped)?;
        done("unwrap");
        hazmat::expose_encoded(ctx, unwrapped)?;
        Ok(())
    })
}

/// The search for primes, which needs more stack than anything else.
fn generate(store: &Store) -> Result<(), Error> {
    store.context(|ctx| ctx.generate_with(PrivateAlgorithm::Rsa2048Oaep).map(drop))?;
    Ok(())
}

/// What comes of work under a limit on locked memory.
fn under(limit: usize, victim: Victim, work: fn(&Store) -> Result<(), Error>) -> Result<String, String> {
    under_limit::under(limit, victim, |store| {
        tell(work(store));
        // What could be done before still can.
        store.context(|ctx| ctx.generate().map(drop)).unwrap();
    })
}

/// Stacks are larger in builds without optimisation, where 64 KiB hold none that RSA fits.
/// Neither limit has room for more than the smallest heap beside the stack.
const ENOUGH: usize = Room::stack(64 << 10, 160 << 10).stack;

#[test]
fn rsa_fits_64_kib() {
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let said = match under(ENOUGH, victim!(), work) {
        Ok(said) => said,
        Err(reason) => skip!("{reason}"),
    };
    assert!(said.contains("all done"), "{said}");
}

#[test]
fn keys_are_made_in_twice_as_much_and_refused_in_less() {
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let said = match under(2 * ENOUGH, victim!(), generate) {
        Ok(said) => said,
        Err(reason) => skip!("{reason}"),
    };
    assert!(said.contains("all done"), "{said}");
    let said = under(64 << 10, victim!(), generate).unwrap();
    assert!(said.starts_with("refused: the operation needs "), "{said}");
    // Beside the larger stack of a build without any optimisation not even the heap has room.
    let lacks_heap = SMALL_STACK > 32 << 10 && said.contains("bytes of secret heap, and 0 are there");
    assert!(lacks_heap || said.ends_with(&format!("and {SMALL_STACK} are there\n")), "{said}");
}

/// From below the floor to where everything fits, in steps of a page or two.
#[test]
fn rsa_under_any_limit_works_or_says_what_it_lacks() {
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let limits = (28..=(ENOUGH >> 10) + 16).step_by(if cfg!(debug_assertions) { 12 } else { 4 });
    if let Err(reason) = sweep(limits, |limit| under(limit, victim!(), work)) {
        skip!("{reason}");
    }
}

/// Keys that are none and ciphertexts of any length, on the smallest heap: none of them makes an operation want more.
fn hostile_work(store: &Store) -> Result<(), Error> {
    let good = pkcs8();
    let (mut taken, mut refused) = (0, 0);
    for at in (0..good.len()).step_by(5) {
        for to in [0, good[at] ^ 1, 0xff] {
            let mut bytes = good.clone();
            bytes[at] = to;
            let imported =
                store.context(|ctx| hazmat::import_pkcs8::<_, Private>(ctx, zeroize::Zeroizing::new(bytes)).map(drop));
            match imported {
                Ok(()) => taken += 1,
                Err(ImportError::NotAKey) => refused += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
    // The first bytes of DER are changed to what they are; most changes make it no key.
    assert!(taken > 0 && taken < 50 && refused > 650, "{taken} taken, {refused} refused");
    store.context(|ctx| {
        let key: LocalKey<'_, Private> = hazmat::import_pkcs8(ctx, zeroize::Zeroizing::new(good))?;
        for length in [0, 1, 255, 256, 257, 2048, 1 << 20] {
            for byte in [0, 1, 0xff] {
                let text = format!("4.{}", base64_simd::STANDARD.encode_to_string(vec![byte; length]));
                if let Ok(text) = text.parse() {
                    assert!(matches!(ctx.decapsulate(key, &text), Err(UnwrapError::WrongKeyOrChanged)), "{length}");
                    println!("ciphertext: {length}");
                }
            }
        }
        Ok(())
    })
}

#[test]
fn hostile_keys_and_ciphertexts_want_no_more_heap() {
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let said = match under(ENOUGH, victim!(), hostile_work) {
        Ok(said) => said,
        Err(reason) => skip!("{reason}"),
    };
    assert!(said.contains("all done") && said.contains("ciphertext: 1048576"), "{said}");
}
