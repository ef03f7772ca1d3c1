//! The comparison of times on lists of numbers: it finds the difference that is there, and none where there is none.
#![cfg(target_os = "linux")]

use std::hint::black_box;

use strongroom_testkit::timing::{Effort, compare, compare_pairs, most_different, most_different_from_zero, welch};

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

/// Times that rise to a hundred times what they were: between the pairs, not within one.
fn drift(apart: f64) -> Vec<(f64, f64)> {
    let noise = noise(10_000).into_iter().zip(noise(10_000).into_iter().rev()).map(|(one, other)| one - other);
    noise.enumerate().map(|(at, noise)| (150.0 + at as f64, 150.0 + at as f64 + noise + apart)).collect()
}

#[test]
fn what_changes_between_the_pairs_is_no_difference() {
    let found = most_different_from_zero(&drift(0.0));
    assert!(!found.is_suspicious(), "{found}");
    let found = most_different_from_zero(&drift(5.0));
    assert!(found.is_certain() && found.t > 0.0, "{found}");
    assert!(most_different_from_zero(&drift(-5.0)).t < -10.0);
    let (first, second): (Vec<f64>, Vec<f64>) = drift(5.0).into_iter().unzip();
    assert!(!welch(&first, &second).is_suspicious(), "the drift would hide it");
    assert!(!most_different_from_zero(&[]).is_suspicious());
    assert!(!most_different_from_zero(&[(1.0, 9.0)]).is_suspicious(), "one pair is none");
}

/// Differences of 1 to 5: their mean is 3, its variance 2.5 / 5, so t = 3 / sqrt(0.5); no crop has more.
#[test]
fn student_by_hand() {
    let found = most_different_from_zero(&[1.0, 2.0, 3.0, 4.0, 5.0].map(|apart| (100.0, 100.0 + apart)));
    assert_eq!(found.to_string(), "t = 4.24 (3.000 ns of 100.0 ns; 3.536 ns would have shown; 10 measurements)");
}

#[test]
fn both_of_a_pair_are_run_so_often() {
    let mut runs = [0, 0];
    let found = compare_pairs(
        Effort { measurements: 100, repeat: 3, least_of: 2 },
        |class| class,
        |class| runs[usize::from(*class)] += 1,
    );
    assert_eq!(runs, [600, 600]);
    assert!(found.measurements <= 200);
    let long = |class: &bool| (0..if *class { 4000_u64 } else { 2000 }).map(black_box).sum::<u64>();
    let found = compare_pairs(Effort { measurements: 300, repeat: 1, least_of: 3 }, |class| class, long);
    assert!(found.is_certain() && found.nanoseconds > 0.0, "{found}");
}
