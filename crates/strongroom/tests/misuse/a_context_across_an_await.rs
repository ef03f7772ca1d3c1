//! A context across an await: it is handed to an ordinary closure.
use strongroom::KeyStore;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

use strongroom::EncString;

async fn fetch() -> String {
    "milk".into()
}

async fn f(store: &KeyStore<Keys>) -> Option<EncString> {
    let fetched = fetch().await;
    store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User).unwrap(), &fetched).ok())
}

#[cfg(misuse)]
async fn await_inside(store: &KeyStore<Keys>) -> Option<EncString> {
    store.try_context(|ctx| {
        ctx.encrypt_text(ctx.key(Key::User).unwrap(), &fetch().await).ok() //~ E0728
    })
}

#[cfg(misuse)]
async fn future_outside(store: &KeyStore<Keys>) -> Option<EncString> {
    store.try_context(|ctx| async { ctx.encrypt_text(ctx.key(Key::User).unwrap(), &fetch().await).ok() }).await //~ lifetime may not live long enough
}

fn main() {
    let _ = f;
}
