//! Which operations have room under a limit on locked memory: what the store says when it is opened is what works, with
//! as many keys as one likes, and more memory never means fewer operations. README's table of what each kind needs is
//! what this finds. After a change of it: `STRONGROOM_UPDATE=1 cargo test -p strongroom --test operations`, and once
//! more with `--release`.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use strongroom::{
    Asymmetric, Demand, Error, Kdf, KeyStore, KeyUses, Policy, Protection,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate},
    errors::OpenError,
    hazmat,
    protected::ProtectedContents,
    report::OperationKind,
};
use strongroom_memory::StackBudget;
use strongroom_testkit::{Limit, limit, needs_secret_memory, victim};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Organization(u32) }
}

type Store = KeyStore<Keys>;

/// More keys than the smaller limits have room for.
const KEYS: u32 = 40;

const SECRET: Demand = Demand::AtLeast(Protection::Secret);

/// What operations with RSA keys do, with one of OpenSSL's.
fn rsa(store: &Store, algorithm: AsymmetricAlgorithm, makes: bool) -> Result<(), Error> {
    let pem = match algorithm {
        AsymmetricAlgorithm::Rsa2048 => include_str!("data/rsa-2048-exponent-37.pem"),
        AsymmetricAlgorithm::Rsa3072 => include_str!("data/rsa-3072-exponent-3.pem"),
        _ => include_str!("data/rsa-4096.pem"),
    };
    store.try_context(|ctx| {
        let key: strongroom::Key<'_, Asymmetric> =
            hazmat::import_pem(ctx, &mut pem.as_bytes().to_vec()[..], KeyUses::CONTENTS_AND_KEYS)?;
        let public = Confirmed::without_check(ctx.public_key(key)?);
        assert_eq!(public.algorithm(), algorithm);
        let sent = ctx.encapsulate(ctx.key(Key::User)?, &public)?;
        ctx.decapsulate(key, &sent, KeyUses::CONTENTS_AND_KEYS)?;
        let wrapped = ctx.wrap_key(ctx.key(Key::User)?, key)?;
        ctx.unwrap_key::<Asymmetric>(ctx.key(Key::User)?, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
        if makes {
            ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
        }
        Ok(())
    })
}

/// What operations of a kind do.
fn work(store: &Store, kind: OperationKind, makes_rsa_keys: bool) -> Result<(), Error> {
    let sign = |algorithm| {
        store.try_context(|ctx| {
            let key: strongroom::Key<'_, Asymmetric> =
                hazmat::import_bytes(ctx, algorithm, &mut [7; 32], KeyUses::CONTENTS_AND_KEYS)?;
            let wrapped = ctx.wrap_key(ctx.key(Key::User)?, key)?;
            let unwrapped: strongroom::Key<'_, Asymmetric> =
                ctx.unwrap_key(ctx.key(Key::User)?, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
            ctx.sign(unwrapped, b"message")?;
            Ok(())
        })
    };
    match kind {
        OperationKind::Fields => store.try_context(|ctx| {
            let text = ctx.encrypt_text(ctx.key(Key::User)?, "milk")?;
            ctx.decrypt_text(ctx.key(Key::User)?, &text)?;
            let wrapped = ctx.wrap_key(ctx.key(Key::User)?, ctx.key(Key::User)?)?;
            ctx.unwrap_key::<strongroom::Symmetric>(ctx.key(Key::User)?, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
            Ok(())
        }),
        OperationKind::Contents => store.try_context(|ctx| {
            let sealed = ctx.encrypt_bytes(ctx.key(Key::User)?, &[7; 100_000])?;
            ctx.decrypt_bytes(ctx.key(Key::User)?, &sealed)?;
            let secret = store.secret_text("a text that is never seen")?;
            ctx.encrypt_secret(ctx.key(Key::User)?, &secret)?;
            Ok(())
        }),
        OperationKind::Passwords => store.try_context(|ctx| {
            let password = store.secret_text("correct horse")?;
            ctx.derive_from_password(&password, &Kdf::pbkdf2(5_000)?, b"salt", KeyUses::KEYS)?;
            Ok(())
        }),
        OperationKind::Ed25519 => sign(AsymmetricAlgorithm::Ed25519),
        OperationKind::MlDsa44 => sign(AsymmetricAlgorithm::MlDsa44),
        OperationKind::Rsa2048 => rsa(store, AsymmetricAlgorithm::Rsa2048, makes_rsa_keys),
        OperationKind::Rsa3072 => rsa(store, AsymmetricAlgorithm::Rsa3072, makes_rsa_keys),
        OperationKind::Rsa4096 => rsa(store, AsymmetricAlgorithm::Rsa4096, makes_rsa_keys),
        other => panic!("no work for {other}"),
    }
}

/// Whether an RSA key is made, too. That takes a second, and where nothing is optimised many: one is made under the
/// smallest limit that has room for it. What is not optimised makes none that is longer than 2,048 bits.
fn makes_rsa_keys(kind: OperationKind, has_worked: bool) -> bool {
    !has_worked && (kind == OperationKind::Rsa2048 || !cfg!(debug_assertions))
}

fn fill(store: &Store) -> Result<(), Error> {
    store.transaction(|tx| {
        let user = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, user)?;
        for number in 0..KEYS {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Organization(number), key)?;
        }
        Ok(())
    })
}

const MOST_KIB: usize = 1024;

/// Opens a store under each limit, from one to the next by so many KiB, and compares what it said with what it does.
/// Prints from which limit on each kind worked.
fn walk(policy: Policy, step_kib: usize) {
    let mut worked: BTreeMap<String, usize> = BTreeMap::new();
    for kib in (0..=MOST_KIB).step_by(step_kib) {
        limit::set_soft(Limit::LockedMemory, (kib << 10) as u64, (MOST_KIB << 10) as u64);
        let store = match Store::open_with(policy) {
            Ok(store) => store,
            Err(error @ (OpenError::AtRest { .. } | OpenError::InUse { .. })) => {
                assert!(policy.at_rest != Demand::BestAvailable, "{kib} KiB: {error}");
                assert!(worked.is_empty(), "{kib} KiB: less was enough: {error}");
                continue;
            }
            Err(error) => panic!("{kib} KiB: {error}"),
        };
        // A page alone may be too little for keys and their root key.
        if let Err(error) = fill(&store) {
            assert!(kib < 16, "{kib} KiB: {error}");
            continue;
        }
        for said in store.operations() {
            let name = said.kind.to_string();
            let makes = said.in_use.is_some() && makes_rsa_keys(said.kind, worked.contains_key(&name));
            let done = work(&store, said.kind, makes);
            match (said.in_use, done) {
                (Some(level), Ok(())) => {
                    assert!(policy.in_use.accepts(level), "{kib} KiB: {name}: {level}");
                    worked.entry(name.clone()).or_insert(kib);
                }
                (Some(level), Err(error)) => panic!("{kib} KiB: {name} was to run at {level}: {error}"),
                (None, done) => {
                    let refused = said.refused.unwrap();
                    // With fewer than four pages for keys it depends on what else is held.
                    if refused.contains("no memory to run in") {
                        assert!(kib < 16, "{kib} KiB: {name}: {refused}");
                        continue;
                    }
                    let Err(error) = done else { panic!("{kib} KiB: {name} was to be refused: {refused}") };
                    assert!(refused.contains("bytes"), "{refused}");
                    assert!(error.to_string().contains("bytes"), "{kib} KiB: {name}: {error}");
                    assert!(!worked.contains_key(&name), "{kib} KiB: {name}: less was enough: {error}");
                }
            }
        }
        let said = store.operations();
        drop(store);
        for said in said {
            let demanded = Store::open_for(policy, &[said.kind]);
            assert_eq!(demanded.is_ok(), said.in_use.is_some(), "{kib} KiB: {}", said.kind);
        }
    }
    for (kind, kib) in worked {
        println!("{kind}: {kib} KiB");
    }
}

/// The column of README's table that is about this build. `None` where not even libraries are optimised: no column is.
fn column() -> Option<usize> {
    match StackBudget::stack(1, 2).stack {
        1 => Some(1),
        2 => Some(2),
        _ => None,
    }
}

/// README, with a column of its table replaced by what `found` says: lines of the form `kind: n KiB`.
fn with_column(readme: &str, column: usize, found: &str) -> String {
    let mut found: BTreeMap<&str, &str> = found.lines().map(|line| line.split_once(": ").unwrap()).collect();
    let mut lines: Vec<String> = Vec::new();
    for line in readme.lines() {
        let mut cells: Vec<&str> = line.split(" | ").collect();
        let name = cells[0].trim_start_matches("| ");
        let kib = (cells.len() == 3).then(|| found.remove(name)).flatten();
        if let Some(kib) = kib {
            let end = if column == 2 { format!("{kib} |") } else { kib.to_owned() };
            cells[column] = &end;
            lines.push(cells.join(" | "));
        } else {
            lines.push(line.to_owned());
        }
    }
    assert!(found.is_empty(), "README's table has no row of {found:?}");
    lines.join("\n") + "\n"
}

#[test]
fn what_the_store_said_works_works_under_any_limit() {
    needs_secret_memory!();
    strongroom_testkit::needs_locked_memory!((MOST_KIB << 10) as u64);
    let run = |name: &str, policy: Policy, step_kib: usize| {
        let victim = victim!().named(name).unprivileged().deadline(Duration::from_secs(600));
        let most = (MOST_KIB << 10) as u64;
        let outcome = victim.limit(Limit::LockedMemory, most).run(|| walk(policy, step_kib));
        outcome.assert_exit(0);
        assert_eq!(outcome.stdout.lines().count(), OperationKind::ALL.len(), "{}", outcome.stdout);
        outcome.stdout
    };
    // A page, and where nothing is refused four.
    let found = run("demanded", Policy::at_rest(SECRET).in_use(SECRET), 4);
    run("best available", Policy::best_available(), 16);

    let Some(column) = column() else {
        eprintln!("README's table is not compared: it has no column for builds without any optimisation");
        return;
    };
    // As it was when this was compiled: in a guest there is none.
    let readme = include_str!("../../../README.md");
    let written = with_column(readme, column, &found);
    if std::env::var_os("STRONGROOM_UPDATE").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md"), &written).unwrap();
    } else {
        assert!(readme == written, "README's table is not what was found, see STRONGROOM_UPDATE above:\n{found}");
    }
}

#[test]
fn a_table_that_is_wrong_is_found() {
    let readme = "| kind | a | b |\n| fields | 48 KiB | 72 KiB |\n| RSA | 60 KiB | 80 KiB |\n";
    assert_eq!(with_column(readme, 1, "RSA: 60 KiB\nfields: 48 KiB\n"), readme);
    assert_eq!(with_column(readme, 2, "RSA: 84 KiB\n"), readme.replace("80", "84"));
    assert_eq!(with_column(readme, 1, "fields: 52 KiB\n"), readme.replace("48", "52"));
}
