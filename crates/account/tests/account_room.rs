//! As `room.rs`, for the operations of an account: none goes deeper than the stack it reserves, and none allocates.
//! In a program of its own, because blocks are counted for a whole process.

use strongroom::{
    EncString, Kdf, KeyStore, KeyUses, algorithms::SymmetricAlgorithm, passwords::NewKdf, protected::ProtectedContents,
};
use strongroom_account::Error;
use strongroom_account::{
    self as account, AccessToken, AccessTokenSecret, AccountIds, DeviceKey, KeyConnectorKey, MasterPassword,
    SendSecret, UnderUserKey, UpgradeToken,
};
use strongroom_memory::process::CountingAlloc;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
    asymmetric PrivateKey { User }
    asymmetric SigningKey { User }
}

const IDS: AccountIds<Key, PrivateKey, SigningKey> =
    AccountIds { user: Key::User, private: PrivateKey::User, signing: Some(SigningKey::User) };

#[global_allocator]
static ALLOCATOR: CountingAlloc = CountingAlloc::new();

/// Operations that may be found to go deeper than they reserve, as in `room.rs`.
const DEEP: u64 = if cfg!(optimised_less) { 4 } else { 0 };

#[test]
fn no_operation_of_an_account_uses_more_stack_than_it_reserves() -> Result<(), Error> {
    let store = KeyStore::<Keys>::open()?;
    let text = |text: &str| store.secret_text(text);
    let (password, output) = (text("correct horse")?, text(&"x".repeat(32))?);
    let look = |what: &str| {
        let usage = store.report().memory.usage;
        eprintln!("{what}: {usage:?}");
        assert_eq!(ALLOCATOR.blocks(), 0, "{what}");
        assert!((0..=DEEP).contains(&usage.deep_exits), "{what}");
    };
    store.try_context(|ctx| {
        let send = SendSecret::generate(ctx)?;
        look("send: generate");
        let exposed = text(&send.expose()?)?;
        look("send: expose");
        SendSecret::read(ctx, &exposed)?.derive_key(ctx)?;
        look("send: read and derive");
        send.password_hash(ctx, &password)?.expose()?;
        look("send: password");
        for algorithm in SymmetricAlgorithm::ALL {
            let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
            let sealed = send.seal(ctx, key)?;
            SendSecret::open(ctx, key, &sealed)?;
            look(&format!("send: seal and open under {algorithm}"));
            let long = text(&"x".repeat(4000))?;
            ctx.decrypt_secret(key, &ctx.encrypt_secret(key, &long)?)?;
            look(&format!("a long secret under {algorithm}"));
        }
        AccessTokenSecret::generate(ctx)?.derive_key(ctx)?;
        let token = text("0.id.client:X8vbvA0bduihIDe/qrzIQQ==")?;
        let token = AccessToken::read(ctx, &token)?;
        let by = AccessTokenSecret::read(ctx, &text("X8vbvA0bduihIDe/qrzIQQ==")?)?.derive_key(ctx)?;
        let payload = ctx.encrypt_text(by, &format!("{{\"encryptionKey\":\"{}\"}}", "A".repeat(86)))?;
        token.unlock_organization(ctx, &payload)?;
        look("access token");
        account::prf_key(ctx, &output)?;
        look("passkey");
        let user = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        let connector = KeyConnectorKey::generate(ctx)?;
        let wrapped = connector.wrap(ctx, user)?;
        connector.unwrap(ctx, &wrapped)?;
        look("key connector");
        let password =
            MasterPassword { password: &password, kdf: Kdf::pbkdf2(5_000)?, email: "ada@example.com", last: None };
        let protection = account::protect_with_password(ctx, &password.unchanged()?, user)?;
        account::unlock_with_password(ctx, &password, &protection.user_key)?;
        look("master password");
        let pin = account::wrap_with_pin(ctx, user, password.password, &password.kdf, b"salt")?;
        account::unwrap_with_pin(ctx, &pin, password.password, &password.kdf, b"salt")?;
        let enrolled =
            account::enroll_pin(ctx, user, password.password, &NewKdf::even_if_weak(Kdf::argon2id(2, 16, 1)?))?;
        account::unlock_with_pin(ctx, &enrolled.envelope, password.password)?;
        look("PIN");
        let v2 = ctx.generate_with(SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS_AND_KEYS)?;
        let token = UpgradeToken::create(ctx, user, v2)?;
        token.upgrade(ctx, user)?;
        token.downgrade(ctx, v2)?;
        look("upgrade token");
        let device = DeviceKey::generate(ctx)?;
        let set = device.trust(ctx, user)?;
        look("device: trust");
        device.unlock(ctx, &set.private_key, &set.user_key)?;
        look("device: unlock");
        Ok::<_, Error>(())
    })?;
    let (last, made) =
        store.try_transaction(|tx| account::create_v1(tx, &IDS).map(|made| (made.account, made.keys)))?;
    look("new account");
    store.try_transaction(|tx| {
        let under = UnderUserKey::<EncString> { last: &last, keys: &made, key_sets: &[], things: &[] };
        let upgraded = account::upgrade(tx, &IDS, under, SymmetricAlgorithm::Xaes256Gcm)?;
        look("upgrade");
        account::unlock(tx, &IDS, upgraded.rotated.user, &upgraded.rotated.keys)?;
        look("unlock");
        Ok::<_, Error>(())
    })
}
