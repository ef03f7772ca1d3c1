//! Passkeys.

use crate::record::record;

record! {
    /// A passkey (FIDO2 credential) of a login.
    pub struct Fido2Credential {
        /// Domain of the site it is for (relying party id).
        rp_id: text = "rpId", "Site";
        /// Name of the site.
        rp_name: text = "rpName", "Site name";
        /// User name at the site.
        user_name: text = "userName", "User name";
        /// Name of the user for people.
        user_display_name: text = "userDisplayName", "User";
        /// Id of the user at the site, Base64url.
        user_handle: text = "userHandle", "User handle";
        /// Id of the credential.
        credential_id: text = "credentialId", "Credential id";
        /// Always `public-key`.
        key_type: text = "keyType", "Key type";
        /// `ECDSA`.
        key_algorithm: text = "keyAlgorithm", "Key algorithm";
        /// `P-256`.
        key_curve: text = "keyCurve", "Key curve";
        /// Private key: PKCS#8, Base64url.
        key_value: secret = "keyValue", "Private key";
        /// Signature counter, as decimal text.
        counter: text = "counter", "Counter";
        /// Whether the site can find it without the user name: `true` or `false`, as text.
        discoverable: text = "discoverable", "Discoverable";
        /// When it was made, ISO 8601.
        creation_date: text = "creationDate", "Created";
    }
}
