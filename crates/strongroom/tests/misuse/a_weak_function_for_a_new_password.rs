//! Parameters that are checked against the limits for logins alone, where a password is set.
use strongroom::{
    Error, Kdf, KeyStore, KeyUses, ProtectedBytes,
    envelopes::{Envelopes, PasswordEnvelopeNamespace},
    passwords::NewKdf,
};

fn f(store: &KeyStore, pin: &ProtectedBytes) -> Result<(), Error> {
    let weak = Kdf::pbkdf2(5_000)?;
    store.context(|ctx| {
        let key = ctx.generate(KeyUses::CONTENTS)?;
        let namespace = PasswordEnvelopeNamespace::PinUnlock;
        ctx.seal_with_password(key, pin, &NewKdf::try_from(weak)?, namespace)?;
        ctx.seal_with_password(key, pin, &NewKdf::even_if_weak(weak), namespace)?;
        #[cfg(misuse)]
        ctx.seal_with_password(key, pin, &weak, namespace)?; //~ E0308
        Ok(())
    })?;
    #[cfg(misuse)]
    let _: NewKdf = weak.into(); //~ E0277
    #[cfg(misuse)]
    let _ = NewKdf(weak); //~ E0423
    Ok(())
}

fn main() {
    let _ = f;
}
