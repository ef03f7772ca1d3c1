use strongroom_probe::{Form, Hit, Kind, Region};

use super::*;

fn label(secret: &str, form: Form) -> Label {
    Label { secret: secret.into(), form }
}

/// Both pieces of a needle of 16 bytes, for each label.
fn found(labels: impl IntoIterator<Item = Label>) -> ScanReport {
    let region = Region { start: 0, end: 4096, permissions: "rw-p".into(), kind: Kind::Heap, name: "[heap]".into() };
    let hit = |label: &Label, offset: usize| Hit {
        label: label.clone(),
        offset,
        address: offset as u64,
        region: region.clone(),
    };
    ScanReport {
        hits: labels.into_iter().flat_map(|label| [hit(&label, 0), hit(&label, 8)]).collect(),
        ..ScanReport::default()
    }
}

/// What an unprotected store shows: of each secret the last form that it may have.
fn held() -> Vec<Label> {
    HELD.iter().map(|held| label(held.secret, *held.forms.last().unwrap())).collect()
}

fn needles() -> Vec<Label> {
    vec![label("password", Form::Raw), label("password", Form::Base64)]
}

fn verdict(protected: Vec<Label>, unprotected: Vec<Label>, planted: Vec<Label>) -> Verdict {
    let [protected, unprotected, planted] = [protected, unprotected, planted].map(found);
    Findings { labels: needles(), protection: String::new(), protected, unprotected, planted }.verdict()
}

#[test]
fn nothing_found_is_proof_beside_whole_controls() {
    assert_eq!(verdict(vec![], held(), needles()), Verdict::Proven);
}

#[test]
fn a_needle_that_is_not_found_where_it_was_planted_unproves() {
    assert_eq!(verdict(vec![], held(), vec![label("password", Form::Raw)]), Verdict::Unproven);
    assert_eq!(verdict(vec![], held(), vec![]), Verdict::Unproven);
}

#[test]
fn a_form_that_the_store_has_and_the_attacker_does_not_know_unproves() {
    for missing in 0..HELD.len() {
        let mut held = held();
        held.remove(missing);
        assert_eq!(verdict(vec![], held, needles()), Verdict::Unproven);
    }
}

#[test]
fn a_leak_is_a_leak_whatever_the_controls_say() {
    assert_eq!(verdict(vec![label("password", Form::Raw)], held(), needles()), Verdict::Leak);
    assert_eq!(verdict(vec![label("password", Form::Base64)], vec![], vec![]), Verdict::Leak);
}

#[test]
fn the_findings_say_what_was_missed() {
    let [protected, unprotected, planted] = [vec![], held(), needles()].map(found);
    let mut findings =
        Findings { labels: needles(), protection: "at rest: secret".into(), protected, unprotected, planted };
    assert!(findings.to_string().contains("\nPROVEN at rest: "), "{findings}");
    findings.planted.hits.clear();
    findings.unprotected.hits.clear();
    let text = findings.to_string();
    for line in [
        "not found where it was planted: password, base64\n",
        "not found in the unprotected store: password, as raw\n",
        "not found in the unprotected store: user key, HMAC half, as HMAC midstates or HMAC midstates, words\n",
        "\nUNPROVEN: ",
    ] {
        assert!(text.contains(line), "{line:?} in\n{text}");
    }
}
