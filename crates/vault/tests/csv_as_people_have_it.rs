//! CSV that spreadsheets, importers and older programs made or changed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use strongroom_vault::{Export, ExportFile, ExposeSecret, Item, Limits};

const NAMES: &str =
    "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n";
const MACINTOSH: &[u8] = include_bytes!("data/reported/macline.csv");
const PROTON: &[u8] = include_bytes!("data/reported/proton.csv");
const SEMICOLON: &[u8] = include_bytes!("data/reported/semicolon.csv");
const SHORT: &[u8] = include_bytes!("data/reported/short.csv");
const TYPES: &[u8] = include_bytes!("data/reported/types.csv");

#[track_caller]
fn read(text: impl AsRef<[u8]>) -> Export {
    match ExportFile::parse(text.as_ref(), &Limits::default()) {
        Ok(ExportFile::Csv(export)) => export,
        other => panic!("{other:?}"),
    }
}

fn refused(text: impl AsRef<[u8]>) -> String {
    ExportFile::parse(text.as_ref(), &Limits::default()).unwrap_err().to_string()
}

/// Type, folder, name, notes, first address, user and password.
fn said(export: &Export) -> Vec<String> {
    #[expect(clippy::disallowed_methods, reason = "what is absent is an empty cell")]
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let line = |item: &Item| {
        let login = item.login();
        let folder = item.folder_id().and_then(|id| export.folder(id));
        let folder = folder.as_ref().and_then(|folder| folder.name());
        [
            text(item.kind.name()),
            text(folder),
            text(item.name()),
            text(item.notes().map(|notes| notes.expose_secret())),
            text(login.and_then(|login| login.uris().first()).and_then(|uri| uri.uri())),
            text(login.and_then(|login| login.username())),
            text(login.and_then(|login| login.password()).map(|password| password.expose_secret())),
        ]
        .join("|")
    };
    export.items().map(|item| line(&item)).collect()
}

const ALPHA: &str = "login|F|Alpha|n|https://a.example|u|p";

/// Whatever separates cells and rows, the items are the same.
#[test]
fn separators() {
    let row = "F,1,login,Alpha,n,,0,https://a.example,u,p,\n";
    let comma = format!("{NAMES}{row}");
    let with = |delimiter: &str| comma.replace(',', delimiter);
    for (name, text) in [
        ("commas", comma.clone()),
        ("semicolons", with(";")),
        ("tabs", with("\t")),
        ("vertical bars", with("|")),
        ("semicolons and CRLF", with(";").replace('\n', "\r\n")),
        ("semicolons, all in quotes", format!("\"{}\"\n", with("\";\"").trim_end().replace('\n', "\"\n\""))),
        ("a mark and semicolons", format!("\u{feff}{}", with(";"))),
        ("a separator line", format!("sep=;\r\n{}", with(";"))),
        ("one in quotes", format!("\"sep=;\"\n{}", with(";"))),
        ("one in capitals behind a mark", format!("\u{feff}SEP=\t\n{}", with("\t"))),
        ("one of commas", format!("sep=,\n{comma}")),
        ("one of a rare delimiter", format!("sep=^\n{}", with("^"))),
        ("one that is wrong", format!("sep=;\n{comma}")),
        ("carriage returns", comma.replace('\n', "\r")),
        ("carriage returns and semicolons", with(";").replace('\n', "\r")),
        ("a carriage return too many", comma.replace('\n', "\r\r\n")),
        ("a carriage return after the names alone", comma.replacen('\n', "\r", 1)),
        ("a separator line and carriage returns", format!("sep=;\r{}", with(";").replace('\n', "\r"))),
        ("empty lines before", format!("\r\n \n{comma}")),
        ("spaces around names", comma.replacen(',', " , ", 10)),
    ] {
        let export = read(&text);
        assert_eq!(said(&export), [ALPHA], "{name}");
        assert_eq!((export.unreadable().count(), export.csv_guesses().count()), (0, 0), "{name}");
        assert_eq!(*export.expose_csv().0, comma, "{name}");
    }
    assert_eq!(said(&read(SEMICOLON)), [ALPHA]);
    assert_eq!(said(&read(MACINTOSH)), [ALPHA]);
}

/// The other delimiters, and line ends in quotes, are letters like others.
#[test]
fn letters_that_separate_elsewhere() {
    let text =
        NAMES.replace(',', ";") + "a,b;;login;\"x;y\";\"1\r\n2\r3\";;0;https://a,https://b;\"u\"\"\tv\";p|q,r;\n";
    let export = read(&text);
    assert_eq!(said(&export), ["login|a,b|x;y|1\r\n2\r3|https://a|u\"\tv|p|q,r"]);
    let again = export.expose_csv().0;
    assert_eq!(said(&read(again.as_bytes())), said(&export));
    // A carriage return inside a cell ends no row where line feeds do.
    let text = format!("{NAMES},,login,x\ry,,,0,,u,p,\n");
    assert_eq!(said(&read(text)), ["login||x\ry|||u|p"]);
    // A line end in quotes among the names does not count as that of the row.
    let text = format!("\"new\rline\",{NAMES},,,login,x,,,0,,u,p,\n");
    assert_eq!(said(&read(text)), ["login||x|||u|p"]);
}

#[test]
fn rows_of_other_lengths() {
    let export = read(SHORT);
    assert_eq!(said(&export), ["login|F|Alpha|n|||"]);
    let [bad] = &export.unreadable().collect::<Vec<_>>()[..] else { panic!() };
    assert_eq!(bad.to_string(), "row 3: 12 cells, where there are 11 columns");
    assert_eq!((bad.index(), bad.name()), (1, Some("Beta")));
    assert_eq!(serde_json::from_str::<String>(bad.json().expose_secret()).unwrap(), ",,login,Beta,,,,,u,p,,EXTRA");

    for (name, row, expected) in [
        ("one cell fewer", ",,note,N,text,,,,,", &["secureNote||N|text|||"][..]),
        ("as few as there are", ",,note,N", &["secureNote||N||||"]),
        ("a login without a name", "F,,login", &["login|F|||||"]),
        ("empty ones too many", ",,login,x,,,0,,u,p,,,,\"\",", &["login||x|||u|p"]),
        ("all empty", ",,,,,,,,,,", &[]),
        ("all empty, in quotes", "\"\",,\"\"", &[]),
    ] {
        let export = read(format!("{NAMES}{row}\n,,note,last,,,0,,,,\n"));
        let expected: Vec<_> = expected.iter().copied().chain(["secureNote||last||||"]).collect();
        assert_eq!(said(&export).iter().map(String::as_str).collect::<Vec<_>>(), expected, "{name}");
        assert_eq!(export.unreadable().count(), 0, "{name}");
    }
}

/// A word that has no meaning is kept, and said to have none; what it says is in no message.
#[test]
fn words() {
    let export = read(TYPES);
    assert_eq!(said(&export), ["secureNote||N|text|||", "login||C||||", "login||L|||u|p", "login||E|||u|p"]);
    let guesses: Vec<_> = export.csv_guesses().map(|guess| guess.to_string()).collect();
    assert_eq!(guesses, ["items[1], type: neither `login` nor `note`; read as a login"]);
    assert!(export.expose_json().contains("\"csvColumns\": {\n  \"type\": \"card\"\n}"));

    for (column, word, yes, guess) in [
        ("type", "note", true, false),
        ("type", "Note", true, false),
        ("type", " NOTE ", true, false),
        ("type", "login", false, false),
        ("type", "LOGIN", false, false),
        ("type", "", false, false),
        ("type", "hunter2", false, true),
        ("type", "securenote", false, true),
        ("type", "2", false, true),
        ("favorite", "", false, false),
        ("favorite", "0", false, false),
        ("favorite", "1", true, false),
        ("favorite", "TRUE", true, false),
        ("favorite", "yes", true, false),
        ("favorite", "hunter2", true, true),
        ("favorite", "false", true, true),
        ("reprompt", "", false, false),
        ("reprompt", "0", false, false),
        ("reprompt", "1", true, false),
        ("reprompt", "True", true, false),
        ("reprompt", "YES", true, false),
        ("reprompt", "no", false, false),
        ("reprompt", "FALSE", false, false),
        ("reprompt", "+1", true, true),
        ("reprompt", "hunter2", true, true),
        ("reprompt", "99999999999999999999", true, true),
    ] {
        let case = format!("{column}: {word}");
        let export = read(format!(
            "{column},{}name,login_password\n{word},{}x,p\n",
            if column == "type" { "" } else { "type," },
            if column == "type" { "" } else { "login," }
        ));
        assert_eq!(export.unreadable().count(), 0, "{case}");
        let item = export.items().next().unwrap();
        let found = match column {
            "type" => item.kind.secure_note().is_some(),
            "favorite" => item.favorite() == Some(true),
            _ => item.reprompt().is_some_and(|ask| i64::from(ask) == 1),
        };
        assert_eq!(found, yes, "{case}");
        let guesses: Vec<_> = export.csv_guesses().collect();
        assert_eq!(
            guesses.iter().map(|guess| (guess.index(), guess.column())).collect::<Vec<_>>(),
            vec![(0, column); usize::from(guess)],
            "{case}"
        );
        assert!(!format!("{guesses:?}").contains("hunter2"), "{case}");
        // As JSON it says the same, the word included.
        let json = export.expose_json();
        assert_eq!(json.contains(&format!("\"{column}\": \"{word}\"")), guess, "{case}");
        assert_eq!(*Export::parse(&json).unwrap().expose_json(), *json, "{case}");
        assert_eq!(Export::parse(&json).unwrap().csv_guesses().count(), usize::from(guess), "{case}");
    }
    // Other numbers than those that are known are numbers.
    let export = read("type,name,login_password,reprompt\nlogin,x,p,7\n");
    assert_eq!(export.items().next().unwrap().reprompt().map(i64::from), Some(7));
}

#[test]
fn the_form_until_2017() {
    let text =
        "name,uri,username,password,notes,folder,totp\nMail,https://a.example,ada,hunter2,\"two\nlines\",Work,SEED\n";
    let export = read(text);
    assert_eq!(said(&export), ["login|Work|Mail|two\nlines|https://a.example|ada|hunter2"]);
    assert_eq!(export.items().next().unwrap().login().unwrap().totp().unwrap().expose_secret(), "SEED");
    let (csv, left_out) = export.expose_csv();
    assert!(left_out.is_nothing());
    assert_eq!(*csv, format!("{NAMES}Work,,login,Mail,\"two\nlines\",,0,https://a.example,ada,hunter2,SEED\n"));
    assert_eq!(said(&read(csv.as_bytes())), said(&export));
    for (name, text) in [
        ("in another order", "folder,password,username,uri,name\nWork,hunter2,ada,https://a.example,Mail\n"),
        ("with semicolons", "name;uri;username;password;folder\nMail;https://a.example;ada;hunter2;Work\n"),
        ("a short row", "name,uri,username,password,notes,folder,totp\nMail,https://a.example,ada,hunter2,,Work\n"),
    ] {
        assert_eq!(said(&read(text)), ["login|Work|Mail||https://a.example|ada|hunter2"], "{name}");
    }
    assert_eq!(
        refused("name,uri,username,password,totp,totp\nx,,,,,\n"),
        "the first row of the CSV names the column `login_totp` twice"
    );
}

/// No file without Bitwarden's columns passes for its export: its passwords would be lost.
#[test]
fn columns_of_others() {
    for (name, text) in [
        ("Proton Pass", PROTON),
        ("type and name alone", b"type,name\nlogin,x\n"),
        ("passwords of another name", b"type,name,login_uri,login_username,password\nlogin,x,,u,p\n"),
        ("the old names and others", b"type,name,uri,username,password,pin\nlogin,x,,u,p,1\n"),
        ("one column that the old form has not", b"name,uri,username,password,pin\nx,,u,p,1\n"),
        ("the old form without addresses", b"name,username,password\nx,u,p\n"),
        ("the old form without passwords", b"name,uri,username,notes\nx,,u,\n"),
    ] {
        let message = refused(text);
        assert!(message.contains("CSV") || message.contains("Proton"), "{name}: {message}");
    }
}

/// A row of millions of names costs no time: those behind ten thousand are not compared.
#[test]
fn a_row_of_many_names() {
    let with = |before: usize| {
        let (names, cells) = ("c,".repeat(before), ",".repeat(before));
        format!("{names}type,name,login_password\n{cells}login,x,hunter2\n")
    };
    assert_eq!(said(&read(with(9_997))), ["login||x||||hunter2"]);
    assert!(refused(with(10_000)).contains("CSV"));
    let start = std::time::Instant::now();
    for text in [",", ";|\t,", "type,name,", "\"\",", "a,b;"] {
        assert!(ExportFile::parse(text.repeat(1 << 20).as_bytes(), &Limits::default()).is_err());
    }
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
