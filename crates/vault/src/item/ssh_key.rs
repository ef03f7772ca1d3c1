//! SSH keys.

use crate::record::record;

record! {
    /// An SSH key pair (item type 5).
    pub struct SshKey {
        /// Private key, OpenSSH or PEM text.
        private_key: secret = "privateKey", "Private key";
        /// Public key, one line of an `authorized_keys` file.
        public_key: text = "publicKey", "Public key";
        /// Fingerprint of the public key, such as `SHA256:...`.
        key_fingerprint: text = "keyFingerprint", "Fingerprint";
    }
}
