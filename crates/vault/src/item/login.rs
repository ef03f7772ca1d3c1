//! Logins and the addresses they are for.

use crate::{code::code, item::passkey::Fido2Credential, record::record};

record! {
    /// A login (item type 1).
    pub struct Login {
        /// User name or e-mail address.
        username: text = "username", "User name";
        /// Password.
        password: secret = "password", "Password";
        /// Seed of one-time passwords: Base32 text or an `otpauth://` URI.
        totp: secret = "totp", "One-time password seed";
        /// Where it is used.
        uris: list(LoginUri) = "uris";
        /// When the password was last changed, ISO 8601.
        password_revision_date: text = "passwordRevisionDate", "Password changed";
        /// Whether a client fills it in when the page loads; null leaves that to the client's setting.
        autofill_on_page_load: flag = "autofillOnPageLoad";
        /// Passkeys.
        fido2_credentials: list(Fido2Credential) = "fido2Credentials";
    }
}

record! {
    /// An address at which a login is used.
    pub struct LoginUri {
        /// The address: a web address, or `androidapp://` and the like.
        uri: text = "uri", "Address";
        /// How a page's address is compared with it; null leaves that to the client's setting.
        r#match: code(UriMatch) = "match";
        /// Encrypted items carry a checksum of the address; plain exports usually do not. See
        /// [`uri_checksum`](crate::uri_checksum()).
        uri_checksum: text = "uriChecksum";
        = uri;
    }
}

code! {
    /// How the address of a page is compared with that of a login.
    pub enum UriMatch {
        /// Same registrable domain.
        Domain = 0, "base domain";
        /// Same host and port.
        Host = 1, "host";
        /// The page's address starts with it.
        StartsWith = 2, "starts with";
        /// Equal.
        Exact = 3, "exact";
        /// It is a regular expression.
        RegularExpression = 4, "regular expression";
        /// Never.
        Never = 5, "never";
    }
}
