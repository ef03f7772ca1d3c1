use super::*;
use crate::course::Children;

fn found(during: usize) -> Course {
    Course { during, stops: 5, ..Course::default() }
}

fn findings() -> Findings {
    let row = Row {
        operation: Operation::Decrypt,
        protected: found(0),
        usual: found(3),
        in_place: found(2),
        without_signal_stacks: Some(found(4)),
    };
    Findings {
        kernel: String::new(),
        protection: "at rest: secret; in use: secret".into(),
        stops: 5,
        threads: 1,
        needles: 1,
        rows: vec![row],
        wiped: vec![Wiped { operation: Operation::Unwrap, course: found(1) }],
        samples: vec![],
        not_planted: vec![],
        unproven: vec![],
        missing: vec![],
    }
}

fn verdict(change: impl FnOnce(&mut Findings)) -> Verdict {
    let mut findings = findings();
    change(&mut findings);
    findings.verdict()
}

const SOME: Children = Children { looked_at: 9, inherited: 0, thrown_away: 2, of_parent: 3 };

#[test]
fn nothing_found_is_proof_beside_whole_controls() {
    assert_eq!(verdict(|_| {}), Verdict::Proven);
    assert_eq!(verdict(|findings| findings.rows[0].protected.children = Some(SOME)), Verdict::Proven);
}

#[test]
fn a_hit_anywhere_in_the_promise_is_a_leak() {
    let image = Some(crate::course::Image { memory: 1, notes: 0 });
    let changes: [fn(&mut Course); 9] = [
        |course| course.before = 1,
        |course| course.during = 1,
        |course| course.by_call = 1,
        |course| course.registers_at_rest = 1,
        |course| course.after = 1,
        |course| course.locked_meanwhile = 1,
        |course| course.locked = 1,
        |course| course.children = Some(Children { inherited: 1, ..SOME }),
        |course| course.gcore = Some(crate::course::Image { memory: 1, notes: 0 }),
    ];
    for change in changes {
        assert_eq!(verdict(|findings| change(&mut findings.rows[0].protected)), Verdict::Leak);
    }
    assert_eq!(verdict(|findings| findings.rows[0].protected.kernel = image), Verdict::Leak);
    // Whatever the controls say.
    assert_eq!(
        verdict(|findings| {
            findings.rows[0].protected.after = 1;
            findings.rows[0].usual.during = 0;
        }),
        Verdict::Leak
    );
}

#[test]
fn what_is_outside_the_promise_is_no_leak() {
    let outside = |findings: &mut Findings| {
        let course = &mut findings.rows[0].protected;
        (course.registers, course.matrix) = (9, 9);
        course.gcore = Some(crate::course::Image { memory: 0, notes: 9 });
    };
    assert_eq!(verdict(outside), Verdict::Proven);
}

#[test]
fn without_controls_nothing_is_proven() {
    let changes: [fn(&mut Findings); 10] = [
        |findings| findings.not_planted.push("password, raw".into()),
        |findings| findings.rows[0].protected.stops = 4,
        |findings| findings.rows[0].usual.during = 0,
        |findings| findings.rows[0].in_place.during = 0,
        |findings| findings.rows[0].without_signal_stacks = Some(Course::default()),
        |findings| findings.rows[0].protected.children = Some(Children { of_parent: 0, ..SOME }),
        |findings| findings.wiped[0].course.during = 0,
        |findings| findings.wiped[0].course.after = 1,
        |findings| findings.wiped[0].course.locked_meanwhile = 1,
        |findings| findings.wiped[0].course.locked = 1,
    ];
    for change in changes {
        assert_eq!(verdict(change), Verdict::Unproven);
    }
}

#[test]
fn the_table_says_what_is_in_doubt() {
    let mut findings = findings();
    assert!(findings.to_string().contains("\nPROVEN: "), "{findings}");
    findings.rows[0].usual.during = 0;
    let text = findings.to_string();
    assert!(text.contains("in doubt: decrypt: nothing was found in the control, the usual way\n"), "{text}");
    assert!(text.contains("\nUNPROVEN: "), "{text}");
}
