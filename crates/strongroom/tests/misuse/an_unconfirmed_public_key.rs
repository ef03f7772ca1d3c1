//! A public key that nobody confirmed, where a key is given away.
use strongroom::{
    Error, KeyStore, KeyUses,
    encapsulation::{Confirmed, Encapsulate, PublicKey},
};

fn f(store: &KeyStore, received: &PublicKey) -> Result<(), Error> {
    store.context(|ctx| {
        let key = ctx.generate(KeyUses::CONTENTS)?;
        ctx.encapsulate(key, &Confirmed::without_check(received.clone()))?;
        #[cfg(misuse)]
        ctx.encapsulate(key, received)?; //~ E0308
        Ok(())
    })?;
    #[cfg(misuse)]
    let _: Confirmed<PublicKey> = received.clone().into(); //~ E0277
    #[cfg(misuse)]
    let _ = Confirmed(received.clone()); //~ E0423
    Ok(())
}

fn main() {
    let _ = f;
}
