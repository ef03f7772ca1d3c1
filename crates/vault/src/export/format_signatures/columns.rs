//! Programs by the columns of their CSV.

use crate::export::format_signatures::Format;

/// For programs from which Bitwarden imports.
const IMPORT: &str = "import it into Bitwarden, and export that vault as JSON";

/// Programs by columns of their CSV, in any case. The first that fits is meant.
pub(crate) static CSV: [(&[&str], Format); 16] = [
    (
        &["type", "name", "url", "username", "password"],
        Format {
            name: "CSV of Proton Pass",
            reason: "its first row names the columns `type`, `name`, `url`, `username`, `password`",
            advice: IMPORT,
        },
    ),
    (
        &["url", "username", "password", "extra", "grouping"],
        Format {
            name: "CSV of LastPass",
            reason: "its first row names the columns `url`, `username`, `password`, `extra`, `grouping`",
            advice: IMPORT,
        },
    ),
    (
        &["name", "url", "username", "password", "cardholdername"],
        Format {
            name: "CSV of NordPass",
            reason: "its first row names the columns `name`, `url`, `username`, `password`, `cardholdername`",
            advice: IMPORT,
        },
    ),
    (
        &["url", "username", "password", "httpRealm"],
        Format {
            name: "CSV of Firefox",
            reason: "its first row names the columns `url`, `username`, `password`, `httpRealm`",
            advice: IMPORT,
        },
    ),
    (
        &["username", "username2", "title", "password"],
        Format {
            name: "CSV of Dashlane",
            reason: "its first row names the columns `username`, `username2`, `title`, `password`",
            advice: IMPORT,
        },
    ),
    (
        &["Group", "Title", "Username", "Password", "URL"],
        Format {
            name: "CSV of KeePassXC",
            reason: "its first row names the columns `Group`, `Title`, `Username`, `Password`, `URL`",
            advice: IMPORT,
        },
    ),
    (
        &["Account", "Login Name", "Password", "Web Site"],
        Format {
            name: "CSV of KeePass",
            reason: "its first row names the columns `Account`, `Login Name`, `Password`, `Web Site`",
            advice: IMPORT,
        },
    ),
    (
        &["Title", "Url", "Username", "Password", "OTPAuth", "Favorite"],
        Format {
            name: "CSV of 1Password",
            reason: "its first row names the columns `Title`, `Url`, `Username`, `Password`, `OTPAuth`, `Favorite`",
            advice: IMPORT,
        },
    ),
    (
        &["Title", "URL", "Username", "Password", "Notes", "OTPAuth"],
        Format {
            name: "CSV of Apple Passwords",
            reason: "its first row names the columns `Title`, `URL`, `Username`, `Password`, `Notes`, `OTPAuth`",
            advice: IMPORT,
        },
    ),
    (
        &["Title", "URL", "Username", "Password"],
        Format {
            name: "CSV of Apple Passwords, Safari or 1Password",
            reason: "its first row names the columns `Title`, `URL`, `Username`, `Password`",
            advice: IMPORT,
        },
    ),
    (
        &["Title", "Website", "Username", "Password"],
        Format {
            name: "CSV of 1Password",
            reason: "its first row names the columns `Title`, `Website`, `Username`, `Password`",
            advice: IMPORT,
        },
    ),
    (
        &["Title", "Login", "Password", "URL"],
        Format {
            name: "CSV of SafeInCloud",
            reason: "its first row names the columns `Title`, `Login`, `Password`, `URL`",
            advice: IMPORT,
        },
    ),
    (
        &["Name", "Url", "Login", "Pwd"],
        Format {
            name: "CSV of RoboForm",
            reason: "its first row names the columns `Name`, `Url`, `Login`, `Pwd`",
            advice: IMPORT,
        },
    ),
    (
        &["!group_id"],
        Format { name: "CSV of Buttercup", reason: "its first row names the columns `!group_id`", advice: IMPORT },
    ),
    (
        &["name", "url", "username", "password"],
        Format {
            name: "CSV of Chrome, Edge or another browser of their kind",
            reason: "its first row names the columns `name`, `url`, `username`, `password`",
            advice: IMPORT,
        },
    ),
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
