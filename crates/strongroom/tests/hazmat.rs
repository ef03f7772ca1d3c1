//! Keys that come from other software, and leave for it. Every source is erased.

use strongroom::{
    Asymmetric, Context, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, Policy, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    errors::{ImportError, Malformed, PublicKeyError, Unsupported, UnusableRsaKey},
    hazmat,
    inspection::Inspect,
    master_keys::MasterKeys,
    signatures::SignObjects,
};
use strongroom_memory::{ProtectedBytes, SecretBox, SecretMemory};
use zeroize::Zeroizing;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
    asymmetric PrivateName { User }
    asymmetric SigningName { User }
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn store() -> KeyStore<Keys> {
    KeyStore::open().unwrap()
}

/// By `ssh-keygen -t ed25519 -N '' -C test`; thrown away.
const OPEN_SSH: &str = "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACDmNBgPgd/gasqyxLcacAqgHxtUkqrgh7FvCh6jNFzzuwAAAIhHG5PfRxuT
3wAAAAtzc2gtZWQyNTUxOQAAACDmNBgPgd/gasqyxLcacAqgHxtUkqrgh7FvCh6jNFzzuw
AAAEBsT6NbSZtCXNr9nJBAYc+HHG6hRsX+RhgQmLvHO0So0uY0GA+B3+BqyrLEtxpwCqAf
G1SSquCHsW8KHqM0XPO7AAAABHRlc3QB
-----END OPENSSH PRIVATE KEY-----
";
const OPEN_SSH_PUBLIC: &str = "e634180f81dfe06acab2c4b71a700aa01f1b5492aae087b16f0a1ea3345cf3bb";

/// By `openssl genpkey -algorithm ed25519`; thrown away.
const PKCS8: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEICJChixzfV7uLdRVhh8j3d404MTo/zl3i/ibUsriNqyG
-----END PRIVATE KEY-----
";
const PKCS8_PUBLIC: &str = "14f0455fd1e8b8c3d9d424d0956b255e5436b7463eb97cf2b41a56ec87a28c8f";

/// By `openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048`; thrown away.
const RSA: &str = "-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDDLLEegWE3Vd+r
d6pd9tvul80J/iBVbp618bnHEJZSzdGg4HTGYM/VcLa1iiSv/qwNsfh48dcH0RF3
YRzo30tUbgHnBIHXY1Jr8UID8TQNvY1qSo1Rqw1jGj2DC6or9ZS33CnZ/xDqAdfb
co8qVoPkaHfKVwtnw6WBIxf7gHMewg+QioQsN9T5rSnaO6prGMhMWffenumMTQSh
epe9NXQweJQG8TMg0YMnZkj6q9ksvffNQKdNA8bDSVDJbtS3ToMTP51QSazVfYc6
3xTDHAtAVI4qK0hlQ50v97jxzTq97I5JiikUCqQW/6D1rZcy71hLPdbpnKsHLJRy
8cr2RSuJAgMBAAECggEAATHomrR1lSpmLm1S4nTkt1MAGx/OcF93QstqVQTtuq+O
aUL+jAljNF4WjEl+fIJdaM8OY6UtaRuXVQkH7YgSdL+grNqq9dfilQ0a153WMQBY
WY5/y4B12kW6my8K2W6NPMvxCKfmYVxmBy6uIDb74z3df+RlCjtZK898cdqBOe64
+tjTN6X87wxmj6dlacdxHgJXng6oGx7Ye2tnHjPLLWrksu+45VTsR5MBaCWzaGnu
jxmgg0KJX8VCQU0gWiqnCM4P1YrtVzDfd7dha4b17JWr7Sv8J/9/DLmsGD9ga03n
ti5N2jfFc2K9I6YE06zrCkLOjt1hLLrbFp2/8DW1hQKBgQD6tWTljFWKKyMFoqZp
ZtOT72vSk8VPJDfkKpf5h1BVy1XlhNcmZEwShAwwC3MLp+ED3F/YQ2MKNxomqmhN
zu2B5Se9ibVQ8G8oIeUbbA9JVy+pZaXsm61kFakmOXMAt2BSXMXJ3sI6qlxwgRwW
jovezHutkDvaUWaSe8ZWLPqOxQKBgQDHSz3So5S41vB4t9l6U1DqEQiKzKs+W1px
zO4UA94tabdDRbNwEkoIzeqeLigFHKa9XvmedjeKG89yfx7+ByjkLY2oM9S2apUM
lAyMdZc8YQc4IJweEjjiWiAdDyO68mc4M5NiOYKujEHgnfAaRxVXP1/dUR+2pDV0
qjvZnfj19QKBgFTwuCp9jU2up8L1BGSZjf2FFIbXwfW6U6VeOPc1vSYUKhoFE8/S
E2QCkQ6GEohUbIweUeq3igqf+KA5A/W4sgdcWEaDLYcqrr5uHW1ZAyTaAS/nXHv5
kpliLVjiBfCsMFo3TFvEuRGfPopvc9DAourtZMm9IEorYhEnFl+EBa/xAoGAXHWu
7/uOcxbdJ9R75EGlJ4LRiLudsudlFajyx3xn5n/GU0KSFiuWB3GpKMvXK0/4l6Dp
hDfqWnu+iasqcMZXlU0BDIlHZX4bOmOxUrT3fj6xv7t5UoY3t+QCRBkTBZeShcN/
3DE8TMirg48ipr5Vy02OpzoM0Yprdn3IGJUuvMUCgYB1hyQArPjqEgUlbjhU38KS
kARBQwpuFM90bOWraCOsV9ElOafUTAnQmryB6+Rp5O+NtxcAvoRFC6nlWMHXZTPw
za6lBBl2F1B9fdQpLvmZxz9Ihu5EQCTXD470uHfGRoTdK2sBFTCik3lOkvxXN7QO
140SM6DCU9kF73dgCuqi/A==
-----END PRIVATE KEY-----
";
/// Of the same, by `openssl pkey -pubout`.
const RSA_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwyyxHoFhN1Xfq3eqXfbb
7pfNCf4gVW6etfG5xxCWUs3RoOB0xmDP1XC2tYokr/6sDbH4ePHXB9ERd2Ec6N9L
VG4B5wSB12NSa/FCA/E0Db2NakqNUasNYxo9gwuqK/WUt9wp2f8Q6gHX23KPKlaD
5Gh3ylcLZ8OlgSMX+4BzHsIPkIqELDfU+a0p2juqaxjITFn33p7pjE0EoXqXvTV0
MHiUBvEzINGDJ2ZI+qvZLL33zUCnTQPGw0lQyW7Ut06DEz+dUEms1X2HOt8UwxwL
QFSOKitIZUOdL/e48c06veyOSYopFAqkFv+g9a2XMu9YSz3W6ZyrByyUcvHK9kUr
iQIDAQAB
-----END PUBLIC KEY-----
";

/// By `ssh-keygen -t ed25519 -N '' -C ''`; thrown away.
const OPEN_SSH_BARE: &str = "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACDIRyrAe6wNPJb0ncp0EWAUkVxwfGJoGyXxYOFW1xrq6wAAAIgMsDyGDLA8
hgAAAAtzc2gtZWQyNTUxOQAAACDIRyrAe6wNPJb0ncp0EWAUkVxwfGJoGyXxYOFW1xrq6w
AAAEDn3m5M2lUfSACf65ft111Jq/YcVHBu59eqLub1dlOcvMhHKsB7rA08lvSdynQRYBSR
XHB8YmgbJfFg4VbXGurrAAAAAAECAwQF
-----END OPENSSH PRIVATE KEY-----
";

/// What lies in a PEM.
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64_simd::STANDARD.decode_to_vec(lines).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn signing_keys_of_openssh_and_openssl() {
    store().try_context(|ctx| {
        for (pem, public) in [(OPEN_SSH, OPEN_SSH_PUBLIC), (PKCS8, PKCS8_PUBLIC)] {
            let mut text = pem.as_bytes().to_vec();
            let key = hazmat::import_pem::<_, Asymmetric>(ctx, &mut text[..], KeyUses::CONTENTS_AND_KEYS).unwrap();
            assert!(text.iter().all(|byte| *byte == 0), "the source is erased");
            let verifying = ctx.verifying_key(key).unwrap();
            assert_eq!(hex(verifying.as_bytes()), public);
            verifying.verify(b"message", &ctx.sign(key, b"message").unwrap()).unwrap();

            // Of another kind it is no key, and every changed or missing character is noticed or harmless.
            let mut text = pem.as_bytes().to_vec();
            let error = hazmat::import_pem::<_, Symmetric>(ctx, &mut text[..], KeyUses::CONTENTS_AND_KEYS).unwrap_err();
            assert_eq!(error, ImportError::NotAKey);
            assert!(text.iter().all(|byte| *byte == 0), "the source is erased when the import fails");
            for cut in 0..pem.len() - 1 {
                let mut text = pem.as_bytes()[..cut].to_vec();
                assert!(
                    hazmat::import_pem::<_, Asymmetric>(ctx, &mut text[..], KeyUses::CONTENTS_AND_KEYS).is_err(),
                    "{cut}"
                );
            }
        }
    });
}

/// To the byte, but for the number that `ssh-keygen` makes at random and that stands there twice.
#[test]
fn a_signing_key_goes_out_as_openssh_writes_it() {
    let (open, locked) = (store(), store());
    let text = open.try_context(|ctx| {
        let key = hazmat::import_pem::<_, Asymmetric>(
            ctx,
            &mut OPEN_SSH_BARE.as_bytes().to_vec()[..],
            KeyUses::CONTENTS_AND_KEYS,
        )
        .unwrap();
        let text = hazmat::expose_open_ssh(ctx, key).unwrap();
        assert_eq!(*hazmat::expose_open_ssh(ctx, key).unwrap(), *text, "the same each time");
        text.to_string()
    });
    let (mut ours, mut theirs) = (der(&text), der(OPEN_SSH_BARE));
    for bytes in [&mut ours, &mut theirs] {
        let check = &mut bytes[98..106];
        assert_eq!(check[..4], check[4..]);
        check.fill(0);
    }
    assert_eq!(ours, theirs);
    assert_eq!(
        text.lines().map(str::len).collect::<Vec<_>>(),
        OPEN_SSH_BARE.lines().map(str::len).collect::<Vec<_>>(),
        "lines as long as theirs"
    );
    assert_eq!(
        (text.lines().next(), text.lines().last()),
        (OPEN_SSH_BARE.lines().next(), OPEN_SSH_BARE.lines().last())
    );
    assert!(text.ends_with("-----\n"));

    // Any key comes in again as the same.
    open.try_context(|ctx| {
        let keys = [
            hazmat::import_pem::<_, Asymmetric>(ctx, &mut OPEN_SSH.as_bytes().to_vec()[..], KeyUses::CONTENTS_AND_KEYS)
                .unwrap(),
            hazmat::import_pem::<_, Asymmetric>(ctx, &mut PKCS8.as_bytes().to_vec()[..], KeyUses::CONTENTS_AND_KEYS)
                .unwrap(),
            ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS).unwrap(),
        ];
        for key in keys {
            let mut text = hazmat::expose_open_ssh(ctx, key).unwrap().as_bytes().to_vec();
            let again = hazmat::import_pem::<_, Asymmetric>(ctx, &mut text[..], KeyUses::CONTENTS_AND_KEYS).unwrap();
            let [before, after] = [key, again].map(|key| ctx.verifying_key(key).unwrap().as_bytes().to_vec());
            assert_eq!(before, after);
        }
        let other = ctx.generate_with(AsymmetricAlgorithm::MlDsa44, KeyUses::CONTENTS_AND_KEYS).unwrap();
        assert_eq!(hazmat::expose_open_ssh(ctx, other).unwrap_err(), ErrorKind::Unsupported(Unsupported::Form));
    });
    locked
        .transaction(|tx| {
            let key = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(SigningName::User, key)
        })
        .unwrap();
    locked.try_context(|ctx| {
        let key = ctx.key(SigningName::User).unwrap();
        locked.lock();
        assert_eq!(hazmat::expose_open_ssh(ctx, key).unwrap_err(), ErrorKind::Locked);
    });
}

/// Keys by OpenSSL, in DER and in PEM: they are the ones whose public halves it wrote.
#[test]
fn private_and_signing_keys_of_openssl() {
    store().try_context(|ctx| {
        let key = ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
        for pem in [true, false] {
            let private = if pem {
                hazmat::import_pem::<_, Asymmetric>(ctx, &mut RSA.as_bytes().to_vec()[..], KeyUses::CONTENTS_AND_KEYS)
            } else {
                hazmat::import_pkcs8::<_, Asymmetric>(ctx, &mut der(RSA)[..], KeyUses::CONTENTS_AND_KEYS)
            };
            let private = private.unwrap();
            let public = ctx.public_key(private).unwrap();
            assert_eq!(public.to_spki(), der(RSA_PUBLIC));
            let sent = ctx.encapsulate(key, &Confirmed::without_check(public)).unwrap();
            let opened = ctx.decapsulate(private, &sent, KeyUses::CONTENTS_AND_KEYS).unwrap();
            let text = ctx.encrypt_text(key, "milk").unwrap();
            ctx.decrypt_text(opened, &text).unwrap();
        }
        let signing =
            hazmat::import_pkcs8::<_, Asymmetric>(ctx, &mut der(PKCS8)[..], KeyUses::CONTENTS_AND_KEYS).unwrap();
        let verifying = ctx.verifying_key(signing).unwrap();
        assert_eq!(hex(verifying.as_bytes()), PKCS8_PUBLIC);
        verifying.verify(b"message", &ctx.sign(signing, b"message").unwrap()).unwrap();
    });
}

/// Keys of every size with their public halves, by OpenSSL.
const RSA_KEYS: [(AsymmetricAlgorithm, &str, &str); 3] = [
    (
        AsymmetricAlgorithm::Rsa2048,
        include_str!("data/rsa-2048-exponent-37.pem"),
        include_str!("data/rsa-2048-exponent-37-public.pem"),
    ),
    (
        AsymmetricAlgorithm::Rsa3072,
        include_str!("data/rsa-3072-exponent-3.pem"),
        include_str!("data/rsa-3072-exponent-3-public.pem"),
    ),
    (AsymmetricAlgorithm::Rsa4096, include_str!("data/rsa-4096.pem"), include_str!("data/rsa-4096-public.pem")),
];

/// OpenSSH used 35 for long and PuTTY 37: keys with other exponents than 65537 are used like any.
#[test]
fn rsa_keys_of_every_size_and_with_other_public_exponents() {
    for (algorithm, pem, public) in RSA_KEYS {
        let spki = der(public);
        store().try_context(|ctx| {
            let private: strongroom::Key<'_, Asymmetric> =
                hazmat::import_pem(ctx, &mut pem.as_bytes().to_vec()[..], KeyUses::CONTENTS_AND_KEYS).unwrap();
            let public = ctx.public_key(private).unwrap();
            assert_eq!(public.algorithm(), algorithm);
            assert_eq!(public.to_spki(), spki);
            assert_eq!(PublicKey::from_spki(&spki), Ok(public.clone()));
            assert_eq!(hazmat::expose_encoded(ctx, private).unwrap().as_slice(), der(pem));
            let key = ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
            let sent = ctx.encapsulate(key, &Confirmed::without_check(public)).unwrap();
            let opened = ctx.decapsulate(private, &sent, KeyUses::CONTENTS_AND_KEYS).unwrap();
            let text = ctx.encrypt_text(key, "milk").unwrap();
            assert_eq!(ctx.decrypt_text(opened, &text).unwrap().expose_secret(), "milk");
        });
    }
}

/// The error names what is wrong with it, on either way in.
#[test]
fn an_rsa_key_that_is_too_short() {
    let pem = include_str!("data/rsa-1024.pem");
    let short = UnusableRsaKey { bits: 1024, exponent: Some(65537) };
    let said = "an RSA key of 1024 bits with public exponent 65537 cannot be used; it has to have 2048, 3072 or 4096 \
                bits, two primes of half as many, and an odd exponent from 3 to 2^64 - 1";
    assert_eq!(short.to_string(), said);
    store().try_context(|ctx| {
        let imported =
            hazmat::import_pem::<_, Asymmetric>(ctx, &mut pem.as_bytes().to_vec()[..], KeyUses::CONTENTS_AND_KEYS);
        assert_eq!(imported.map(drop), Err(ImportError::UnusableRsaKey(short)));
        let imported = hazmat::import_pkcs8::<_, Asymmetric>(ctx, &mut der(pem)[..], KeyUses::CONTENTS_AND_KEYS);
        assert_eq!(imported.map(drop), Err(ImportError::UnusableRsaKey(short)));
        for algorithm in [SymmetricAlgorithm::Aes256CbcHmacSha256, SymmetricAlgorithm::Xaes256Gcm] {
            let by = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap();
            let wrapped = ctx.encrypt_bytes(by, &der(pem)).unwrap();
            let unwrapped = ctx.unwrap_key::<Asymmetric>(by, &wrapped, KeyUses::CONTENTS_AND_KEYS).map(drop);
            if algorithm == SymmetricAlgorithm::Aes256CbcHmacSha256 {
                assert_eq!(
                    unwrapped.map_err(Error::into_kind),
                    Err(ErrorKind::Unsupported(Unsupported::RsaKey(short)))
                );
            } else {
                // Contents are no wrapped key there.
                assert_eq!(unwrapped.map_err(Error::into_kind), Err(ErrorKind::Malformed(Malformed::NotAKey)));
            }
        }
    });
}

/// One that is longer than any of ours is named, too; nothing has room for the whole of it.
#[test]
fn rsa_keys_of_other_shapes_are_named() {
    for (pem, bits) in [
        (include_str!("data/rsa-8192.pem"), 8192),
        (include_str!("data/rsa-2048-three-primes.pem"), 2048),
        (include_str!("data/rsa-3072-three-primes.pem"), 3072),
        (include_str!("data/rsa-4096-three-primes.pem"), 4096),
    ] {
        let other = UnusableRsaKey { bits, exponent: Some(65537) };
        store().try_context(|ctx| {
            let mut text = pem.as_bytes().to_vec();
            let imported = hazmat::import_pem::<_, Asymmetric>(ctx, &mut text[..], KeyUses::CONTENTS_AND_KEYS);
            assert_eq!(imported.map(drop), Err(ImportError::UnusableRsaKey(other)));
            let imported = hazmat::import_pkcs8::<_, Asymmetric>(ctx, &mut der(pem)[..], KeyUses::CONTENTS_AND_KEYS);
            assert_eq!(imported.map(drop), Err(ImportError::UnusableRsaKey(other)));
        });
    }
    let spki = der(include_str!("data/rsa-8192-public.pem"));
    let other = UnusableRsaKey { bits: 8192, exponent: Some(65537) };
    assert_eq!(PublicKey::from_spki(&spki), Err(PublicKeyError::UnusableRsaKey(other)));
}

/// Each way in.
#[derive(Clone, Copy, Debug)]
enum Way {
    Bytes,
    EncodedSymmetric,
    EncodedPrivate,
    EncodedSigning,
    Pkcs8Private,
    Pkcs8Signing,
    PemPrivate,
    PemSigning,
    MasterKey,
}

fn import(way: Way, ctx: &Context<'_, Keys>, source: impl hazmat::ImportSource) -> Result<(), ImportError> {
    match way {
        Way::Bytes => {
            hazmat::import_bytes(ctx, SymmetricAlgorithm::Aes256Gcm, source, KeyUses::CONTENTS_AND_KEYS).map(drop)
        }
        Way::EncodedSymmetric => {
            hazmat::import_encoded::<_, Symmetric>(ctx, source, KeyUses::CONTENTS_AND_KEYS).map(drop)
        }
        Way::EncodedPrivate => {
            hazmat::import_encoded::<_, Asymmetric>(ctx, source, KeyUses::CONTENTS_AND_KEYS).map(drop)
        }
        Way::EncodedSigning => {
            hazmat::import_encoded::<_, Asymmetric>(ctx, source, KeyUses::CONTENTS_AND_KEYS).map(drop)
        }
        Way::Pkcs8Private => hazmat::import_pkcs8::<_, Asymmetric>(ctx, source, KeyUses::CONTENTS_AND_KEYS).map(drop),
        Way::Pkcs8Signing => hazmat::import_pkcs8::<_, Asymmetric>(ctx, source, KeyUses::CONTENTS_AND_KEYS).map(drop),
        Way::PemPrivate => hazmat::import_pem::<_, Asymmetric>(ctx, source, KeyUses::CONTENTS_AND_KEYS).map(drop),
        Way::PemSigning => hazmat::import_pem::<_, Asymmetric>(ctx, source, KeyUses::CONTENTS_AND_KEYS).map(drop),
        Way::MasterKey => hazmat::import_master_key(ctx, source).map(drop),
    }
}

/// When it succeeds, when it is no key, and when the store is locked; in ordinary memory and in secret memory.
#[test]
fn every_import_erases_its_source() {
    let (open, locked) = (store(), store());
    locked.lock();
    let memory = SecretMemory::open(Policy::best_available()).unwrap();
    let signing = open.try_context(|ctx| {
        let key = ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS).unwrap();
        hazmat::expose_encoded::<_, Asymmetric>(ctx, key).unwrap().to_vec()
    });
    let ways = [
        (Way::Bytes, vec![7; 32]),
        (Way::EncodedSymmetric, vec![7; 64]),
        (Way::EncodedPrivate, der(RSA)),
        (Way::EncodedSigning, signing),
        (Way::Pkcs8Private, der(RSA)),
        (Way::Pkcs8Signing, der(PKCS8)),
        (Way::PemPrivate, RSA.as_bytes().to_vec()),
        (Way::PemSigning, OPEN_SSH.as_bytes().to_vec()),
        (Way::MasterKey, vec![7; 32]),
    ];
    for (way, good) in ways {
        let cut = &good[..good.len() - 2];
        let cases = [
            (&open, &good[..], Ok(())),
            (&open, cut, Err(ErrorKind::Malformed(Malformed::NotAKey))),
            (&locked, &good[..], Err(ErrorKind::Locked)),
        ];
        for (store, bytes, expected) in cases {
            let mut buffer = bytes.to_vec();
            let imported = store.try_context(|ctx| import(way, ctx, &mut buffer[..]));
            assert_eq!(imported.map_err(|error| Error::from(error).into_kind()), expected, "{way:?}");
            assert!(buffer.iter().all(|byte| *byte == 0), "{way:?} {expected:?}");

            let secret = ProtectedBytes::copy_from(&memory, bytes).unwrap();
            assert_eq!(memory.usage().secrets, 1);
            let imported = store.try_context(|ctx| import(way, ctx, secret));
            assert_eq!(imported.map_err(|error| Error::from(error).into_kind()), expected, "{way:?}");
            assert_eq!(memory.usage().secrets, 0, "{way:?} {expected:?}");
        }
    }
}

#[test]
fn every_symmetric_key_goes_out_and_comes_in() {
    store().try_context(|ctx| {
        for algorithm in SymmetricAlgorithm::ALL {
            let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap();
            let text = ctx.encrypt_text(key, "milk").unwrap();
            let bytes = hazmat::expose_encoded::<_, Symmetric>(ctx, key).unwrap();
            let again = hazmat::import_encoded::<_, Symmetric>(ctx, bytes, KeyUses::CONTENTS_AND_KEYS).unwrap();
            assert_eq!(ctx.key_info::<Symmetric>(again).unwrap(), ctx.key_info::<Symmetric>(key).unwrap());
            ctx.decrypt_text(again, &text).unwrap();
        }
    });
}

#[test]
fn bytes_of_the_right_length_are_a_key() {
    store().try_context(|ctx| {
        for algorithm in SymmetricAlgorithm::ALL {
            let right = if algorithm == SymmetricAlgorithm::Aes256CbcHmacSha256 { 64 } else { 32 };
            for length in [0, 16, 31, 32, 33, 63, 64, 65] {
                let mut bytes = vec![1; length];
                let key = hazmat::import_bytes(ctx, algorithm, &mut bytes[..], KeyUses::CONTENTS_AND_KEYS);
                assert_eq!(key.is_ok(), length == right, "{algorithm} {length}");
                assert!(bytes.iter().all(|byte| *byte == 0));
                if let Ok(key) = key {
                    assert_eq!(ctx.key_info::<Symmetric>(key).unwrap().algorithm(), algorithm);
                }
            }
        }
        // RFC 8032 section 7.1, test 1.
        let mut seed = *b"\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60";
        let key = hazmat::import_bytes(ctx, AsymmetricAlgorithm::Ed25519, &mut seed, KeyUses::CONTENTS_AND_KEYS).unwrap();
        assert_eq!(hex(&ctx.verifying_key(key).unwrap().as_bytes()[..4]), "d75a9801");
        for length in [0, 31, 33, 64, 1312, 2560] {
            let mut bytes = vec![1; length];
            let key = hazmat::import_bytes(ctx, AsymmetricAlgorithm::MlDsa44, &mut bytes[..], KeyUses::CONTENTS_AND_KEYS);
            assert_eq!(key.unwrap_err(), ImportError::NotAKey, "{length}");
            assert!(bytes.iter().all(|byte| *byte == 0));
        }
        let error = hazmat::import_bytes(ctx, AsymmetricAlgorithm::Rsa2048, &mut [1; 256], KeyUses::CONTENTS_AND_KEYS).unwrap_err();
        assert_eq!(error, ImportError::NotAKey);
    });
}

#[test]
fn a_master_key_is_32_bytes() {
    store().try_context(|ctx| {
        for length in [0, 31, 32, 33, 64] {
            let mut bytes = vec![1; length];
            let master = hazmat::import_master_key(ctx, &mut bytes[..]);
            assert!(bytes.iter().all(|byte| *byte == 0), "the source is erased");
            match master {
                Ok(master) => {
                    assert_eq!(length, 32);
                    assert_eq!(format!("{master:?}"), "MasterKey(..)");
                    let key = ctx.stretch(&master).unwrap();
                    ctx.wrap_key(key, key).unwrap();
                }
                Err(error) => assert!(length != 32 && error == ImportError::NotAKey, "{length}: {error}"),
            }
        }
    });
}

#[test]
fn sources_in_secret_memory() {
    let store = store();
    let memory = SecretMemory::open(Policy::best_available()).unwrap();
    let text = store.secret_text(PKCS8).unwrap();
    let boxed = SecretBox::make(&memory, |_, ()| [3; 32], ()).unwrap();
    store.try_context(|ctx| {
        let key = hazmat::import_pem::<_, Asymmetric>(ctx, text, KeyUses::CONTENTS_AND_KEYS).unwrap();
        assert_eq!(hex(ctx.verifying_key(key).unwrap().as_bytes()), PKCS8_PUBLIC);
        let key = hazmat::import_bytes(ctx, SymmetricAlgorithm::Aes256Gcm, boxed, KeyUses::CONTENTS_AND_KEYS).unwrap();
        ctx.encrypt_text(key, "milk").unwrap();
        let key = hazmat::import_bytes(
            ctx,
            SymmetricAlgorithm::XChaCha20Poly1305,
            Zeroizing::new(vec![9; 32]),
            KeyUses::CONTENTS_AND_KEYS,
        )
        .unwrap();
        ctx.encrypt_text(key, "milk").unwrap();
    });
    assert_eq!(memory.usage().secrets, 0);
}

/// A private key: out, in as PKCS#8, named, and it opens what was sent to it before. One whose numbers do not belong
/// together is refused.
#[test]
fn private_keys() -> Result<(), Error> {
    let store = store();
    let (sent, text) = store.transaction(|tx| {
        let private = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        let public = tx.public_key(private)?;
        let key = tx.generate(KeyUses::CONTENTS_AND_KEYS)?;
        let der = hazmat::expose_encoded::<_, Asymmetric>(tx, private)?;
        let mut wrong = der.clone();
        let middle = wrong.len() / 2;
        wrong[middle] ^= 1;
        assert_eq!(
            hazmat::import_pkcs8::<_, Asymmetric>(tx, wrong, KeyUses::CONTENTS_AND_KEYS),
            Err(ImportError::NotAKey)
        );
        let again = hazmat::import_pkcs8(tx, der, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(PrivateName::User, again)?;
        let signing = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(SigningName::User, signing)?;
        Ok((tx.encapsulate(key, &Confirmed::without_check(public))?, tx.encrypt_text(key, "milk")?))
    })?;
    store.context(|ctx| {
        assert!(ctx.contains(PrivateName::User) && ctx.contains(SigningName::User) && !ctx.contains(Key::User));
        let key = ctx.decapsulate(ctx.key(PrivateName::User)?, &sent, KeyUses::CONTENTS_AND_KEYS)?;
        ctx.decrypt_text(key, &text)?;
        ctx.sign(ctx.key(SigningName::User)?, b"message")?;
        Ok(())
    })?;
    store.transaction(|tx| {
        tx.remove(PrivateName::User)?;
        tx.remove(SigningName::User)
    })?;
    assert!(!store.try_context(|ctx| ctx.contains(PrivateName::User) || ctx.contains(SigningName::User)));
    Ok(())
}

/// An ML-DSA-44 key as a seed alone, as a key with both halves, and with a half that is another's.
#[cfg(feature = "ml-dsa")]
#[test]
fn ml_dsa_44_keys_go_out_and_come_in() {
    store().try_context(|ctx| {
        let key =
            hazmat::import_bytes(ctx, AsymmetricAlgorithm::MlDsa44, &mut [7; 32], KeyUses::CONTENTS_AND_KEYS).unwrap();
        let verifying = ctx.verifying_key(key).unwrap();
        assert_eq!(verifying.as_bytes().len(), 1312);
        let exposed = hazmat::expose_encoded::<_, Asymmetric>(ctx, key).unwrap();
        assert_eq!(exposed.len(), 1378);
        assert_eq!((&exposed[28..31], &exposed[31..1343]), (&[0x59, 5, 0x20][..], verifying.as_bytes()));
        assert_eq!((&exposed[1343..1346], &exposed[1346..]), (&[0x21, 0x58, 32][..], &[7; 32][..]));
        let without = [&[0xa5], &exposed[1..27], &exposed[1343..]].concat();
        for mut bytes in [exposed.to_vec(), without] {
            let again =
                hazmat::import_encoded::<_, Asymmetric>(ctx, &mut bytes[..], KeyUses::CONTENTS_AND_KEYS).unwrap();
            assert!(bytes.iter().all(|byte| *byte == 0), "the source is erased");
            assert_eq!(ctx.verifying_key(again).unwrap(), verifying);
            assert_eq!(ctx.key_info::<Asymmetric>(again).unwrap(), ctx.key_info::<Asymmetric>(key).unwrap());
            assert_eq!(ctx.key_info::<Asymmetric>(again).unwrap().algorithm(), AsymmetricAlgorithm::MlDsa44);
            verifying.verify(b"message", &ctx.sign(again, b"message").unwrap()).unwrap();
            assert_eq!(hazmat::expose_encoded::<_, Asymmetric>(ctx, again).unwrap(), exposed);
        }
        // A public key that is not that of the seed, by one bit of either; a key that has no seed.
        let public = verifying.to_cose();
        for (name, mut bytes) in [
            ("another public key", {
                let mut bytes = exposed.to_vec();
                bytes[1342] ^= 1;
                bytes
            }),
            ("another seed", {
                let mut bytes = exposed.to_vec();
                bytes[1377] ^= 1;
                bytes
            }),
            ("a public key alone", public),
        ] {
            let error =
                hazmat::import_encoded::<_, Asymmetric>(ctx, &mut bytes[..], KeyUses::CONTENTS_AND_KEYS).unwrap_err();
            assert_eq!(error, ImportError::NotAKey, "{name}");
            assert!(bytes.iter().all(|byte| *byte == 0), "{name}");
        }
    });
}
