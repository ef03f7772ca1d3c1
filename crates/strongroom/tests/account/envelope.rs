//! Unlocking with a PIN.

use strongroom::account;
use strongroom::{AccountError, Error, Kdf};

use super::{bytes, enc, encoded, kdf, secret, store, vector};

#[test]
fn a_pin_in_the_old_way() {
    let vector = vector("pin-protected-user-key", 79);
    let (inputs, outputs) = (&vector["inputs"], &vector["outputs"]);
    let store = store();
    let (pin, wrong) = (secret(&store, inputs["pin"].as_str().unwrap()), secret(&store, "1235"));
    let (kdf, salt) = (kdf(&inputs["kdf"]), inputs["email"].as_str().unwrap().as_bytes());
    let wrapped = enc(&inputs["pin_protected_user_key"]);
    store
        .context(|ctx| {
            let user = account::unwrap_with_pin(ctx, &wrapped, &pin, &kdf, salt)?;
            assert_eq!(encoded(ctx, user), bytes(&outputs["expected"]));
            let ours = account::wrap_with_pin(ctx, user, &pin, &kdf, salt)?;
            let again = account::unwrap_with_pin(ctx, &ours, &pin, &kdf, salt)?;
            assert_eq!(encoded(ctx, again), encoded(ctx, user));
            let other = Kdf::pbkdf2(5_001).unwrap();
            for (pin, kdf, salt) in [(&wrong, &kdf, salt), (&pin, &other, salt), (&pin, &kdf, &b"else"[..])] {
                let error = account::unwrap_with_pin(ctx, &wrapped, pin, kdf, salt).unwrap_err();
                assert!(matches!(error, Error::Account(AccountError::WrongSecret)), "{error:?}");
            }
            Ok::<_, Error>(())
        })
        .unwrap();
}
