//! No operation goes deeper than the stack it reserves, on the processor this runs on: what lies deeper would be
//! noticed only by a sample in a release build. And none allocates: every block that an operation takes is counted by
//! the allocator (`crates/memory/tests/counting.rs` shows that it counts).

use std::io::Cursor;

use strongroom::extension::{self, ExposedKey, ScopeToken, StackBudget, Status};
use strongroom::{
    Asymmetric, Context, Error, ExposeSecret, Kdf, KeyStore, KeyUses, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate},
    envelopes::{
        DataEnvelopeNamespace, Envelopes, PasswordEnvelopeNamespace, SecretEnvelopeNamespace,
        SymmetricEnvelopeNamespace,
    },
    hazmat,
    inspection::Inspect,
    master_keys::{HashPurpose, MasterKeys},
    passwords::NewKdf,
    signatures::SignObjects,
    streams::Streams,
};
use strongroom_memory::process::CountingAlloc;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Only }
}

#[global_allocator]
static ALLOCATOR: CountingAlloc = CountingAlloc::new();

/// Operations that may be found to go deeper than they reserve, whose depth is reserved from then on: where the
/// compiler is told to optimise little, or for size, frames are larger than those that rooms are measured for
/// (`.ci/depth`).
const DEEP: u64 = if cfg!(optimised_less) { 4 } else { 0 };

/// RFC 8410 section 10.3.
const ED25519_PEM: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";

/// A new RSA key. Where nothing is optimised that takes minutes, and longer ones come from OpenSSL: `.ci/depth` makes
/// them.
fn rsa_key<'c>(
    ctx: &Context<'c, Keys>,
    algorithm: AsymmetricAlgorithm,
) -> Result<strongroom::Key<'c, Asymmetric>, Error> {
    let pem = match algorithm {
        AsymmetricAlgorithm::Rsa3072 => include_str!("data/rsa-3072-exponent-3.pem"),
        AsymmetricAlgorithm::Rsa4096 => include_str!("data/rsa-4096.pem"),
        _ => "",
    };
    if pem.is_empty() || !cfg!(debug_assertions) {
        return ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS);
    }
    Ok(hazmat::import_pem(ctx, &mut pem.as_bytes().to_vec()[..], KeyUses::CONTENTS_AND_KEYS)?)
}

#[test]
fn no_operation_uses_more_stack_than_it_reserves() -> Result<(), Error> {
    let store = KeyStore::<Keys>::open()?;
    let password = store.secret_text("correct horse")?;
    let kdfs = [Kdf::pbkdf2(5000)?, Kdf::argon2id(2, 16, 1)?, Kdf::argon2id(3, 16, 4)?];
    let depth = |what: &str| {
        let usage = store.report().memory.usage;
        eprintln!("{what}: {usage:?}");
        assert_eq!(ALLOCATOR.blocks(), 0, "{what}");
        assert!((0..=DEEP).contains(&usage.deep_exits), "{what}");
    };
    depth("open");
    for kdf in kdfs {
        store
            .context(|ctx| ctx.derive_from_password(&password, &kdf, b"salt", KeyUses::CONTENTS_AND_KEYS).map(drop))?;
        depth(&format!("{kdf:?}"));
    }
    for kdf in kdfs {
        store.context(|ctx| {
            let master = ctx.derive_master_key(&password, &kdf, b"salt")?;
            depth(&format!("master key, {kdf:?}"));
            ctx.stretch(&master)?;
            depth("stretch");
            ctx.authentication_hash(&master, &password, HashPurpose::LocalAuthorization)?;
            depth("authentication hash");
            // Of a key that is none: all the way but for the last step.
            let text = "0.AAAAAAAAAAAAAAAAAAAAAA==|AQEBAQEBAQEBAQEBAQEBAQ==".parse()?;
            assert!(ctx.unwrap_legacy_user_key(&master, &text).is_err());
            depth("unwrap a legacy user key");
            Ok(())
        })?;
    }
    let wrapped = store.transaction(|tx| {
        let (outer, key) = (tx.generate(KeyUses::CONTENTS_AND_KEYS)?, tx.generate(KeyUses::CONTENTS_AND_KEYS)?);
        tx.replace(Key::Only, outer)?;
        tx.wrap_key(outer, key)
    })?;
    depth("generate and wrap");
    store.context(|ctx| {
        ctx.unwrap_key::<Symmetric>(ctx.key(Key::Only).unwrap(), &wrapped, KeyUses::CONTENTS_AND_KEYS).map(drop)
    })?;
    depth("unwrap");
    for len in [0, 16, 48, 1000, 100_000] {
        let text = "x".repeat(len);
        let sealed = store.context(|ctx| ctx.encrypt_text(ctx.key(Key::Only)?, &text))?;
        depth("encrypt");
        store.context(|ctx| ctx.decrypt_text(ctx.key(Key::Only).unwrap(), &sealed).map(drop))?;
        depth("decrypt");
    }

    let algorithms = SymmetricAlgorithm::ALL;
    for (algorithm, len) in
        algorithms.into_iter().flat_map(|algorithm| [0, 48, 1000, 200_000].map(|len| (algorithm, len)))
    {
        store.context(|ctx| {
            let plain = vec![7; len];
            let (mut body, mut out) = (Cursor::new(Vec::new()), Vec::new());
            let by = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
            ctx.encrypt_stream(by, &mut &plain[..], &mut body)?;
            depth(&format!("{algorithm}: encrypt a stream of {len} bytes"));
            body.set_position(0);
            ctx.decrypt_stream(by, &mut body, &mut out)?;
            depth(&format!("{algorithm}: decrypt a stream of {len} bytes"));
            assert_eq!(out, plain);
            // The last bit changed: of the tag, or of the block that pads.
            if let Some(last) = body.get_mut().last_mut() {
                *last ^= 1;
            }
            body.set_position(0);
            assert!(ctx.decrypt_stream(by, &mut body, &mut out).is_err());
            depth(&format!("{algorithm}: decrypt a changed stream of {len} bytes"));
            Ok(())
        })?;
    }

    // Every kind and algorithm, each made, wrapped, unwrapped, put to use.
    for outer in algorithms {
        let text = "x".repeat(100_000);
        store.context(|ctx| {
            let by = ctx.generate_with(outer, KeyUses::CONTENTS_AND_KEYS)?;
            depth(&format!("{outer}: generate"));
            for text in ["", "short", &text] {
                let sealed = ctx.encrypt_text(by, text)?;
                depth(&format!("{outer}: encrypt"));
                ctx.decrypt_text(by, &sealed)?;
                depth(&format!("{outer}: decrypt"));
            }
            for inner in algorithms {
                let key = ctx.generate_with(inner, KeyUses::CONTENTS_AND_KEYS)?;
                let wrapped = ctx.wrap_key(by, key)?;
                depth(&format!("{inner} wrapped under {outer}"));
                ctx.unwrap_key::<Symmetric>(by, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
                depth(&format!("{inner} unwrapped under {outer}"));
            }
            ctx.derived_id(by)?;
            depth(&format!("{outer}: derived id"));
            for algorithm in [AsymmetricAlgorithm::Ed25519, AsymmetricAlgorithm::MlDsa44] {
                let signing = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
                depth(&format!("{algorithm}: generate"));
                let wrapped = ctx.wrap_key(by, signing)?;
                depth(&format!("{algorithm} wrapped under {outer}"));
                ctx.unwrap_key::<Asymmetric>(by, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
                depth(&format!("{algorithm} unwrapped under {outer}"));
                // ML-DSA begins anew until a signature fits: more often than not.
                for length in [0, 100, 1000, 100_000] {
                    ctx.sign(signing, text.get(..length).unwrap().as_bytes())?;
                    depth(&format!("{algorithm}: sign"));
                }
                ctx.sign_security_state(signing, 2)?;
                depth(&format!("{algorithm}: sign a security state"));
                ctx.sign_security_state_of(signing, &[7; 16], 2)?;
                depth(&format!("{algorithm}: sign a security state that names the user"));
                let verifying = ctx.verifying_key(signing)?;
                depth(&format!("{algorithm}: verifying key"));
                let encoded = hazmat::expose_encoded::<_, Asymmetric>(ctx, signing)?;
                depth(&format!("{algorithm}: expose"));
                let imported = hazmat::import_encoded::<_, Asymmetric>(ctx, encoded, KeyUses::CONTENTS_AND_KEYS)?;
                depth(&format!("{algorithm}: import"));
                assert_eq!(ctx.verifying_key(imported)?, verifying);
                hazmat::import_bytes(ctx, algorithm, &mut [7; 32], KeyUses::CONTENTS_AND_KEYS)?;
                depth(&format!("{algorithm}: import a seed"));
            }
            let signing = ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
            let text = hazmat::expose_open_ssh(ctx, signing)?;
            depth("expose an OpenSSH key");
            for pem in [text.as_bytes(), ED25519_PEM.as_bytes()] {
                hazmat::import_pem::<_, Asymmetric>(ctx, &mut pem.to_vec()[..], KeyUses::CONTENTS)?;
                depth("import a signing key from PEM");
            }
            Ok(())
        })?;
    }
    for kdf in kdfs {
        store.context(|ctx| {
            let key = ctx.generate(KeyUses::CONTENTS_AND_KEYS)?;
            let purpose = PasswordEnvelopeNamespace::PinUnlock;
            let sealed = ctx.seal_with_password(key, &password, &NewKdf::even_if_weak(kdf), purpose)?;
            depth(&format!("seal with a password, {kdf:?}"));
            ctx.unseal_with_password(&sealed, &password, purpose, KeyUses::CONTENTS_AND_KEYS)?;
            depth(&format!("unseal with a password, {kdf:?}"));
            Ok(())
        })?;
    }
    for algorithm in algorithms {
        store.context(|ctx| {
            let secret = ctx.generate_secret()?;
            depth("generate a secret");
            let told = store.secret_text(&secret.expose()?)?;
            depth("expose a secret");
            let secret = ctx.secret_of_base64(&told)?;
            depth("read a secret");
            let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
            let purpose = SecretEnvelopeNamespace::RegistrationOpenOrgInvite;
            let sealed = ctx.seal_with_secret(key, &secret, purpose)?;
            depth(&format!("{algorithm} sealed with a secret"));
            ctx.unseal_with_secret(&sealed, &secret, purpose, KeyUses::CONTENTS_AND_KEYS)?;
            depth(&format!("{algorithm} unsealed with a secret"));
            for inner in algorithms {
                let inner = ctx.generate_with(inner, KeyUses::CONTENTS_AND_KEYS)?;
                let purpose = SymmetricEnvelopeNamespace::SessionKey;
                let sealed = ctx.seal_key(key, inner, purpose)?;
                depth(&format!("a key sealed under {algorithm}"));
                ctx.unseal_key(key, &sealed, purpose, KeyUses::CONTENTS_AND_KEYS)?;
                depth(&format!("a key unsealed under {algorithm}"));
            }
            for contents in ["", "short", &"x".repeat(100_000)] {
                let (sealed, key) = ctx.seal_data(contents.as_bytes(), DataEnvelopeNamespace::VaultItem)?;
                depth("data sealed");
                let opened = ctx.unseal_data(key, &sealed, DataEnvelopeNamespace::VaultItem)?;
                depth("data unsealed");
                assert_eq!(opened.expose_secret(), contents.as_bytes());
            }
            let (invite, secret) = ctx.seal_invite(b"contents")?;
            depth("an invitation sealed");
            let opened = ctx.unseal_invite(&invite, &secret)?;
            depth("an invitation unsealed");
            assert_eq!(opened.expose_secret(), b"contents");
            Ok(())
        })?;
    }
    for algorithm in [AsymmetricAlgorithm::Rsa2048, AsymmetricAlgorithm::Rsa3072, AsymmetricAlgorithm::Rsa4096] {
        store.context(|ctx| {
            let private = rsa_key(ctx, algorithm)?;
            depth(&format!("{algorithm}: made or imported"));
            for outer in algorithms {
                let by = ctx.generate_with(outer, KeyUses::CONTENTS_AND_KEYS)?;
                let wrapped = ctx.wrap_key(by, private)?;
                depth(&format!("{algorithm} wrapped under {outer}"));
                let unwrapped = ctx.unwrap_key::<Asymmetric>(by, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
                depth(&format!("{algorithm} unwrapped under {outer}"));
                let encoded = hazmat::expose_encoded::<_, Asymmetric>(ctx, unwrapped)?;
                depth(&format!("{algorithm}: expose"));
                hazmat::import_encoded::<_, Asymmetric>(ctx, encoded, KeyUses::CONTENTS_AND_KEYS)?;
                depth(&format!("{algorithm}: import"));
                let public = Confirmed::without_check(ctx.public_key(private)?);
                depth(&format!("{algorithm}: public key"));
                let sent = ctx.encapsulate(by, &public)?;
                depth(&format!("{algorithm}: encapsulate"));
                ctx.decapsulate(private, &sent, KeyUses::CONTENTS_AND_KEYS)?;
                depth(&format!("{algorithm}: decapsulate"));
            }
            let master = ctx.derive_master_key(&password, &kdfs[0], b"salt")?;
            let public = Confirmed::without_check(ctx.public_key(private)?);
            let sent = ctx.encapsulate_master_key(&master, &public)?;
            depth(&format!("{algorithm}: encapsulate a master key"));
            ctx.decapsulate_master_key(private, &sent)?;
            depth(&format!("{algorithm}: decapsulate a master key"));
            Ok(())
        })?;
    }
    let room = StackBudget::stack(1 << 10, 4 << 10);
    store.context(|ctx| {
        for algorithm in algorithms {
            let key = ctx.generate_with(algorithm, KeyUses::CONTENTS)?;
            let same = ctx.is_same_key(key, key)?;
            depth(&format!("{algorithm}: compare"));
            let write = |inside: &ScopeToken<'_>, key: ExposedKey<'_>, (): ()| {
                let mut bytes = [0; ExposedKey::MAX_LEN];
                key.write(inside, &mut bytes).is_some()
            };
            assert!(same && extension::use_key(ctx, key, room, write, ())?);
            depth(&format!("{algorithm}: a function uses the key"));
        }
        let make = |_: &ScopeToken<'_>, (): (), out: &mut [u8]| {
            out.get_mut(..32).ok_or(Status(0))?.fill(7);
            Ok(32)
        };
        extension::make_key(ctx, SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS, room, make, ())?;
        depth("a function makes a key");
        Ok(())
    })?;
    Ok(())
}
