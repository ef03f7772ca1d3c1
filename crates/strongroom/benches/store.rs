//! What the store costs beside its operations: `cargo bench -p strongroom --bench store`.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::cell::Cell;

use divan::Bencher;
use divan::counter::ItemsCount;
use strongroom::{
    Asymmetric, EncString, Error, KeyStore, KeyUses, Policy, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    list::Lists,
    report::KeyCount,
    rotation::WrappedKey,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Item(u32) }
}

type Store = KeyStore<Keys>;

const SHORT: &[u8; 16] = b"sixteen bytes...";

fn main() {
    divan::main();
}

/// A store with a user key and `count` others.
fn store_with(count: u32) -> Store {
    fill(Store::open().unwrap(), count)
}

fn fill(store: Store, count: u32) -> Store {
    let named: Result<(), Error> = store.transaction(|tx| {
        let user = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, user)?;
        (0..count).try_for_each(|n| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Item(n), key)
        })
    });
    named.unwrap();
    store
}

/// Numbers below `count`, one after the other, but none beside the one before.
fn scattered(count: u32) -> impl Fn() -> u32 {
    let last = Cell::new(0_u32);
    move || {
        last.set(last.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        (last.get() >> 8) % count
    }
}

/// Opens a store and drops it.
#[divan::bench(sample_size = 10)]
fn open(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| drop(Store::open().unwrap()));
}

/// Locks a store that holds so many keys.
#[divan::bench(args = [1, 1_000, 10_000], sample_count = 50, sample_size = 1)]
fn lock(bencher: Bencher<'_, '_>, keys: u32) {
    bencher.with_inputs(|| store_with(keys)).bench_local_refs(|store| store.lock());
}

/// Makes a context and drops it.
#[divan::bench(args = [1, 100_000])]
fn context(bencher: Bencher<'_, '_>, keys: u32) {
    let store = store_with(keys);
    bencher.bench(|| store.try_context(|ctx| divan::black_box(ctx as *const _ as usize)));
}

/// Finds a key by its name and encrypts 16 bytes.
#[divan::bench(args = [1, 100, 10_000, 100_000], sample_size = 2000)]
fn find_and_encrypt_16_bytes(bencher: Bencher<'_, '_>, keys: u32) {
    let store = store_with(keys);
    let next = scattered(keys);
    store.try_context(|ctx| {
        bencher.bench_local(|| ctx.encrypt_bytes(ctx.key(Key::Item(next())).unwrap(), SHORT).unwrap())
    });
    let KeyCount { prepared, sealed, .. } = store.keys();
    println!("  {keys} keys: {prepared} prepared, {sealed} sealed");
}

/// The same with a context for each.
#[divan::bench(args = [1, 100_000], sample_size = 2000)]
fn context_find_and_encrypt_16_bytes(bencher: Bencher<'_, '_>, keys: u32) {
    let store = store_with(keys);
    let next = scattered(keys);
    bencher.bench_local(|| {
        store.try_context(|ctx| ctx.encrypt_bytes(ctx.key(Key::Item(next())).unwrap(), SHORT).unwrap())
    });
}

/// In so many KiB of secret memory, 10,000 keys: nearly every one is woken for its use, and another put to rest for it.
#[divan::bench(args = [64, 1024, 4096], sample_size = 2000)]
fn find_and_encrypt_16_bytes_short_of_memory(bencher: Bencher<'_, '_>, kib: usize) {
    let store = fill(Store::open_bounded(Policy::best_available(), kib << 10).unwrap(), 10_000);
    let next = scattered(10_000);
    store.try_context(|ctx| {
        bencher.bench_local(|| ctx.encrypt_bytes(ctx.key(Key::Item(next())).unwrap(), SHORT).unwrap())
    });
    let KeyCount { prepared, sealed, .. } = store.keys();
    println!("  {kib} KiB: {prepared} prepared, {sealed} sealed");
}

/// A transaction that gives one of so many names another key, which there is already.
#[divan::bench(args = [10, 1_000, 100_000], sample_size = 1000)]
fn commit_one_name(bencher: Bencher<'_, '_>, keys: u32) {
    let store = store_with(keys);
    let wrapped = store.try_context(|ctx| ctx.wrap_key(ctx.key(Key::User)?, ctx.key(Key::User)?)).unwrap();
    let next = scattered(keys);
    bencher.bench_local(|| {
        let named: Result<(), Error> = store.transaction(|tx| {
            let key = tx.unwrap_key(tx.key(Key::User)?, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Item(next()), key)
        });
        named.unwrap();
    });
}

/// A transaction that gives all of so many names another key; what making the keys costs is left out: it is one.
#[divan::bench(args = [10, 100_000], sample_count = 20, sample_size = 1)]
fn commit_all_names(bencher: Bencher<'_, '_>, keys: u32) {
    let store = store_with(keys);
    bencher.counter(ItemsCount::new(keys)).bench_local(|| {
        let named: Result<(), Error> = store.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            (0..keys).try_for_each(|n| tx.replace(Key::Item(n), key))
        });
        named.unwrap();
    });
}

/// Makes and names so many keys in one transaction, in an empty store.
#[divan::bench(args = [10, 100_000], sample_count = 5, sample_size = 1)]
fn generate_and_name(bencher: Bencher<'_, '_>, keys: u32) {
    bencher.counter(ItemsCount::new(keys)).bench_local(|| store_with(keys));
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

/// A list of 10,000 short texts under one key, on so many threads.
#[divan::bench(args = [1, 2], sample_count = 50, sample_size = 1)]
fn encrypt_list(bencher: Bencher<'_, '_>, threads: usize) {
    let (store, pool) = (store_with(1), pool(threads));
    let texts: Vec<String> = (0..10_000).map(|n| format!("a text of 40 bytes or so, its number {n:5}")).collect();
    let work = || store.try_context(|ctx| ctx.encrypt_list(ctx.key(Key::User).unwrap(), &texts));
    bencher.counter(ItemsCount::new(texts.len())).bench_local(|| pool.install(work));
}

/// And decrypted.
#[divan::bench(args = [1, 2], sample_count = 50, sample_size = 1)]
fn decrypt_list(bencher: Bencher<'_, '_>, threads: usize) {
    let (store, pool) = (store_with(1), pool(threads));
    let sealed: Vec<EncString> = store.try_context(|ctx| {
        let texts = (0..10_000).map(|n| format!("a text of 40 bytes or so, its number {n:5}"));
        texts.map(|text| ctx.encrypt_text(ctx.key(Key::User).unwrap(), &text).unwrap()).collect()
    });
    let work = || store.try_context(|ctx| ctx.decrypt_list(ctx.key(Key::User).unwrap(), &sealed));
    bencher.counter(ItemsCount::new(sealed.len())).bench_local(|| pool.install(work));
}

/// Lists of so few texts, on two threads: what sharing out costs.
#[divan::bench(args = [16, 100, 1_000], sample_count = 500, sample_size = 4)]
fn decrypt_short_list(bencher: Bencher<'_, '_>, count: usize) {
    let (store, pool) = (store_with(1), pool(2));
    let sealed: Vec<EncString> = store.try_context(|ctx| {
        let texts = (0..count).map(|n| format!("a text of 40 bytes or so, its number {n:5}"));
        texts.map(|text| ctx.encrypt_text(ctx.key(Key::User).unwrap(), &text).unwrap()).collect()
    });
    let work = || store.try_context(|ctx| ctx.decrypt_list(ctx.key(Key::User).unwrap(), &sealed));
    bencher.counter(ItemsCount::new(count)).bench_local(|| pool.install(work));
}

/// 10,000 wrapped keys, each unwrapped in a child of its own.
#[divan::bench(args = [1, 2], sample_count = 50, sample_size = 1)]
fn unwrap_list(bencher: Bencher<'_, '_>, threads: usize) {
    let (store, pool) = (store_with(1), pool(threads));
    let wrapped =
        vec![store.try_context(|ctx| ctx.wrap_key(ctx.key(Key::User)?, ctx.key(Key::Item(0))?)).unwrap(); 10_000];
    let work = || {
        store.try_context(|ctx| {
            ctx.map_list(&wrapped, |child, _, key| {
                child.unwrap_key::<Symmetric>(child.key(Key::User).unwrap(), key, KeyUses::CONTENTS_AND_KEYS).is_ok()
            })
        })
    };
    bencher.counter(ItemsCount::new(wrapped.len())).bench_local(|| pool.install(work));
}

/// A rotation of 10,000 item keys and 10 private ones.
#[divan::bench(args = [1, 2], sample_count = 20, sample_size = 1)]
fn rotate(bencher: Bencher<'_, '_>, threads: usize) {
    let (store, pool) = (store_with(1), pool(threads));
    let mut wrapped = vec![
        store
            .try_context(|ctx| ctx.wrap_key(ctx.key(Key::User)?, ctx.key(Key::Item(0))?))
            .map(WrappedKey::Symmetric)
            .unwrap();
        10_000
    ];
    let private = store.context(|ctx| {
        let key = ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        Ok(WrappedKey::Asymmetric(ctx.wrap_key::<Asymmetric>(ctx.key(Key::User)?, key)?))
    });
    wrapped.extend(vec![private.unwrap(); 10]);
    bencher.counter(ItemsCount::new(wrapped.len())).bench_local(|| {
        let rotated: Result<Vec<WrappedKey>, Error> = pool.install(|| {
            store.transaction(|tx| {
                let rotation = tx.rotate(Key::User, &wrapped)?;
                Ok(rotation.wrapped)
            })
        });
        wrapped = rotated.unwrap();
    });
}
