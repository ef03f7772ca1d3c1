//! Secrets of every size side by side where memory is short: what secrets of one size hold serves those of another.
#![cfg(target_os = "linux")]

use strongroom::{
    Asymmetric, Demand, Error, KeyStore, KeyUses, Policy, Protection, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
};
use strongroom_account::SendSecret;
use strongroom_testkit::{Limit, needs_secret_memory, victim};

strongroom::key_ids! {
    enum Many;
    symmetric Key { User, Organization(u32) }
}

const KEYS: u32 = 205;

const STRICT: Demand = Demand::AtLeast(Protection::Secret);

/// Unlocks `KEYS` keys, and then uses secrets of other sizes, over and over.
fn work(store: &KeyStore<Many>) -> Result<(), Error> {
    let (symmetric, signing) = store.transaction(|tx| {
        let user = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        let signing = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
        let signing = tx.wrap_key(user, signing)?;
        let item = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        let item = tx.wrap_key(user, item)?;
        tx.replace(Key::User, user)?;
        for number in 0..KEYS {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Organization(number), key)?;
        }
        Ok((item, signing))
    })?;
    for round in 0..20u32 {
        // Passwords take whole pages, and are held together.
        let passwords = [(); 3].map(|()| store.secret_text("correct horse"));
        for password in &passwords {
            if let Err(error) = password {
                return Err(error.clone());
            }
        }
        store.context(|ctx| {
            ctx.unwrap_key::<Symmetric>(ctx.key(Key::User)?, &symmetric, KeyUses::CONTENTS_AND_KEYS)?;
            ctx.unwrap_key::<Asymmetric>(ctx.key(Key::User)?, &signing, KeyUses::CONTENTS_AND_KEYS)?;
            SendSecret::generate(ctx).map_err(|error| match error {
                strongroom_account::Error::Store(error) => error,
                other => unreachable!("{other}"),
            })?;
            for number in (round % 7..KEYS).step_by(7) {
                ctx.encrypt_text(ctx.key(Key::Organization(number))?, "milk")?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn secrets_of_one_size_leave_room_for_those_of_another() {
    needs_secret_memory!();
    strongroom_testkit::needs_locked_memory!(256 << 10);
    for kib in [80, 96, 128, 160, 256] {
        let outcome =
            victim!().named(format!("{kib}")).unprivileged().limit(Limit::LockedMemory, kib << 10).run(|| {
                let store = KeyStore::<Many>::open_with(Policy::at_rest(STRICT).in_use(STRICT)).unwrap();
                work(&store).unwrap();
                let keys = store.keys();
                println!("{kib} KiB: {keys}");
                // The control: room was short.
                assert!(keys.sealed > 0 || kib > 200, "{keys}");
            });
        outcome.assert_exit(0);
        eprint!("{}", outcome.stdout);
    }
}
