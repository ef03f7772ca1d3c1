//! Examples of the commands, for their help and their manual pages.

/// An example: its purpose, and the command line.
pub(crate) type Example = (&'static str, &'static str);

pub(crate) const PROGRAM: &[Example] = &[
    ("What is in a backup", "strongroom list backup.json"),
    ("A password, for a script", "strongroom show backup.json Mail --field password --password-file password.txt"),
    ("Everything, unencrypted", "strongroom decrypt backup.json -o plain.json"),
    ("What a file is", "strongroom doctor unknown.bin"),
];

pub(crate) const LIST: &[Example] = &[
    ("All items", "strongroom list backup.json"),
    ("Of several backups", "strongroom list 2024.json 2025.json --password-file old.txt --password-file new.txt"),
    ("Logins and cards of a folder", "strongroom list backup.json --type login --type card --folder work"),
    ("What is in the trash, for a script", "strongroom list backup.json --trash --json"),
    ("A backup that age encrypted", "age -d backup.json.age | strongroom list -"),
];

pub(crate) const SEARCH: &[Example] = &[
    ("Items with both words in them", "strongroom search 'bank card' backup.json"),
    ("In several backups, by a regular expression", "strongroom search --regex '^mail' 2024.json 2025.json"),
    ("Logins for a page", "strongroom search --url https://mail.example.com/inbox backup.json"),
    ("Which backups have a password, asked on the terminal", "strongroom search --secret 2024.json 2025.json"),
];

pub(crate) const SHOW: &[Example] = &[
    ("An item by its name, secrets masked", "strongroom show backup.json Mail"),
    (
        "The password of one of several items of a name",
        "strongroom show backup.json Mail --user bob@example.com --field password",
    ),
    ("The third item of the list, with its secrets", "strongroom show backup.csv --position 3 --reveal"),
    ("The second custom field called PIN", "strongroom show backup.json Mail --field 'field:PIN#2'"),
    ("The password before the present one", "strongroom show backup.json Mail --field history:1"),
];

pub(crate) const DECRYPT: &[Example] = &[
    ("Into a file that only its owner can read", "strongroom decrypt backup.json -o plain.json"),
    ("Logins and notes as CSV", "strongroom decrypt backup.json --csv -o plain.csv"),
    ("Encrypted anew by age", "strongroom decrypt backup.json | age -p -o backup.json.age"),
];

pub(crate) const DOCTOR: &[Example] = &[
    ("How well keys are protected here", "strongroom doctor"),
    ("Whether they are in secret memory, by the exit status", "strongroom doctor --require secret >/dev/null"),
    ("What a file is", "strongroom doctor backup.json"),
];

pub(crate) const COMPLETIONS: &[Example] =
    &[("For bash, into a file that it reads", "strongroom completions bash >strongroom.bash")];

pub(crate) const MAN: &[Example] = &[("The page of a command", "strongroom man show | man -l -")];

/// Returns the examples of a command, or of the program as a whole.
pub(crate) fn of(command: Option<&str>) -> &'static [Example] {
    match command {
        None => PROGRAM,
        Some("list") => LIST,
        Some("search") => SEARCH,
        Some("show") => SHOW,
        Some("decrypt") => DECRYPT,
        Some("doctor") => DOCTOR,
        Some("completions") => COMPLETIONS,
        Some("man") => MAN,
        Some(_) => &[],
    }
}

/// Returns examples as the end of a command's help.
pub(crate) fn help(examples: &[Example]) -> String {
    let lines = examples.iter().map(|(what, line)| format!("  {what}:\n    {line}"));
    format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"))
}
