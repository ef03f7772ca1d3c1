//! The comparison of times on lists of numbers: it finds the difference that is there, and none where there is none.
#![cfg(target_os = "linux")]

use strongroom_testkit::timing::{Effort, compare, most_different, welch};

/// The numbers from 100 on in another order, as often as each other: noise without chance.
fn noise(count: u32) -> Vec<f64> {
    (0..count).map(|at| f64::from(100 + at * 7919 % 100)).collect()
}

#[test]
fn the_same_times_do_not_differ() {
    let found = most_different(&noise(10_000), &noise(10_000));
    assert_eq!((found.t, found.nanoseconds), (0.0, 0.0));
    assert!(!found.is_suspicious() && !found.is_certain());
}

/// 100 numbers with the variance 841.67, and the same plus 10: t = 10 / sqrt(2 * 841.67 / 100).
#[test]
fn welch_by_hand() {
    let one = noise(100);
    let other: Vec<f64> = one.iter().map(|time| time + 10.0).collect();
    let found = welch(&one, &other);
    assert_eq!(found.to_string(), "t = 2.44 (10.000 ns of 149.5 ns; 20.514 ns would have shown; 200 measurements)");
    assert!(!found.is_suspicious());
    let found = welch(&other, &one);
    assert_eq!(found.to_string(), "t = -2.44 (-10.000 ns of 159.5 ns; 20.514 ns would have shown; 200 measurements)");
    let far: Vec<f64> = one.iter().map(|time| time + 30.0).collect();
    let found = welch(&one, &far);
    assert!(found.is_suspicious() && !found.is_certain(), "{found}");
    assert!(welch(&far, &[0.0; 100]).is_certain());
    assert!(!welch(&[1.0], &[9.0]).is_suspicious(), "one measurement is none");
}

/// A difference of 2 in 150 that interruptions a thousand times as long would hide.
#[test]
fn interruptions_are_cropped() {
    let interrupt = |times: Vec<f64>, every: usize| -> Vec<f64> {
        times.into_iter().enumerate().map(|(at, time)| if at % every == 0 { 150_000.0 } else { time }).collect()
    };
    let one = interrupt(noise(100_000), 50);
    let other = interrupt(noise(100_000).into_iter().map(|time| time + 2.0).collect(), 50);
    assert!(most_different(&one, &other).is_certain());
    assert!(!welch(&one, &other).is_certain());
}

#[test]
fn both_classes_are_run_so_often() {
    let (mut first, mut second) = (0, 0);
    let found = compare(
        Effort { measurements: 1000, repeat: 3, least_of: 2 },
        |class| class,
        |class| if *class { second += 1 } else { first += 1 },
    );
    assert_eq!(first + second, 6000);
    assert!(first > 2000 && second > 2000, "{first} {second}");
    assert!(found.measurements <= 1000);
}
