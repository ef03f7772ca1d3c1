//! Programs by the columns of their CSV.

use crate::export::format_signatures::{Format, IMPORT};

/// A program from which Bitwarden imports, with columns of its CSV.
macro_rules! program {
    ($name:literal; $($column:literal),+) => {
        known_by!("its first row names the columns" $($column),+; $name, IMPORT)
    };
}

/// Programs by columns of their CSV, in any case. The first that fits is meant.
pub(crate) static CSV: [(&[&str], Format); 16] = [
    program!("CSV of Proton Pass"; "type", "name", "url", "username", "password"),
    program!("CSV of LastPass"; "url", "username", "password", "extra", "grouping"),
    program!("CSV of NordPass"; "name", "url", "username", "password", "cardholdername"),
    program!("CSV of Firefox"; "url", "username", "password", "httpRealm"),
    program!("CSV of Dashlane"; "username", "username2", "title", "password"),
    program!("CSV of KeePassXC"; "Group", "Title", "Username", "Password", "URL"),
    program!("CSV of KeePass"; "Account", "Login Name", "Password", "Web Site"),
    program!("CSV of 1Password"; "Title", "Url", "Username", "Password", "OTPAuth", "Favorite"),
    program!("CSV of Apple Passwords"; "Title", "URL", "Username", "Password", "Notes", "OTPAuth"),
    program!("CSV of Apple Passwords, Safari or 1Password"; "Title", "URL", "Username", "Password"),
    program!("CSV of 1Password"; "Title", "Website", "Username", "Password"),
    program!("CSV of SafeInCloud"; "Title", "Login", "Password", "URL"),
    program!("CSV of RoboForm"; "Name", "Url", "Login", "Pwd"),
    program!("CSV of Buttercup"; "!group_id"),
    program!("CSV of Chrome, Edge or another browser of their kind"; "name", "url", "username", "password"),
    (
        &["type", "name", "login_password"],
        Format {
            name: "CSV with Bitwarden's columns in capitals",
            reason: "its first row names the columns `type`, `name`, `login_password` in other letters",
            advice: "write the names of the columns in small letters, as Bitwarden does",
        },
    ),
];

/// CSV of nobody known.
pub(crate) static UNKNOWN_CSV: Format = Format {
    name: "CSV with columns that are not Bitwarden's",
    reason: "its rows have the same number of cells, and the first names no known columns",
    advice: "name the columns as Bitwarden does: folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp",
};
