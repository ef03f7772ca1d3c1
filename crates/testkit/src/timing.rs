//! Whether two classes of inputs take different times, found out by statistics.
//!
//! The method is that of dudect (Reparaz, Balasch, Verbauwhede: Dude, is my code constant time?, 2017): inputs of both
//! classes in random order, so that whatever else the machine does meets both alike; then Welch's t-test, on all
//! measurements and on those below rising percentiles, because the long ones are mostly interruptions. It finds
//! differences and cannot prove that there are none: so it says also how small a one it would have found.
//!
//! For what takes long, [`compare_pairs`] compares neighbours in time instead: the machine is the same for both.

use std::fmt;
use std::hint::black_box;
use std::time::Instant;

use nix::time::{ClockId, clock_gettime};

/// From this value of |t| on there is a difference: by chance alone it comes once in 10^6 tests or so, and one
/// comparison makes some dozens.
pub const SUSPICIOUS: f64 = 5.0;

/// From this value of |t| on there is no doubt.
pub const CERTAIN: f64 = 10.0;

/// Percentiles that are looked at, in parts of 1,000: from the shortest twentieth of all measurements to all.
const CROPS: [usize; 16] = [1000, 990, 975, 950, 925, 900, 850, 800, 750, 700, 600, 500, 400, 200, 100, 50];

/// What a comparison found, at the percentile where the classes differ most.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// Welch's t.
    pub t: f64,
    /// How much longer the second class takes, in nanoseconds a run.
    pub nanoseconds: f64,
    /// The least difference that would have been suspicious there, in nanoseconds a run.
    pub detectable: f64,
    /// The mean of the first class, in nanoseconds a run.
    pub mean: f64,
    /// Measurements there of both classes.
    pub measurements: usize,
}

impl Difference {
    /// Whether it is more than chance.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        self.t.abs() >= SUSPICIOUS
    }

    /// Whether there is no doubt.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.t.abs() >= CERTAIN
    }
}

/// For example `t = -1.20 (-0.096 ns of 120.3 ns; 0.400 ns would have shown; 100000 measurements)`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { t, nanoseconds, detectable, mean, measurements } = self;
        write!(f, "t = {t:.2} ({nanoseconds:.3} ns of {mean:.1} ns; ")?;
        write!(f, "{detectable:.3} ns would have shown; {measurements} measurements)")
    }
}

/// How often something is run for a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Measurements of both classes, each on an input of its own.
    pub measurements: usize,
    /// Runs one after the other that are timed as one: more for what takes less than the clock can tell.
    pub repeat: u32,
    /// Of so many times on the same input the least is the measurement: more for what is often interrupted.
    pub least_of: u32,
}

/// Times `run` on inputs of two classes, which are made by `input` (`true` for the second class) outside the measured
/// time.
pub fn compare<I, O>(
    Effort { measurements, repeat, least_of }: Effort,
    mut input: impl FnMut(bool) -> I,
    mut run: impl FnMut(&I) -> O,
) -> Difference {
    let mut coin = Coin::new();
    let mut times = [Vec::new(), Vec::new()];
    // Made in batches: what making one leaves in the caches is gone when it is its turn.
    let mut left = measurements;
    while left > 0 {
        let classes: Vec<bool> = (0..left.min(256)).map(|_| coin.toss()).collect();
        let inputs: Vec<I> = classes.iter().map(|second| input(*second)).collect();
        for (second, input) in classes.iter().zip(&inputs) {
            let mut time = || {
                let start = Instant::now();
                for _ in 0..repeat {
                    black_box(run(black_box(input)));
                }
                start.elapsed().as_nanos() as f64 / f64::from(repeat)
            };
            let nanoseconds = (0..least_of).map(|_| time()).fold(f64::INFINITY, f64::min);
            if let Some(times) = times.get_mut(usize::from(*second)) {
                times.push(nanoseconds);
            }
        }
        left -= classes.len();
    }
    let [first, second] = times;
    most_different(&first, &second)
}

/// As [`compare`], for what takes so long that the machine changes meanwhile: an input of each class is timed by turns,
/// and the measurement is the difference of their least times. What changes more slowly than that is in neither.
///
/// Time is that of the thread on a processor, so other threads' turns do not count. `measurements` are pairs.
///
/// Without a difference between the classes each pair is as likely to be so much above zero as below, because which
/// comes first is chance; so the largest can be cropped, and Student's t-test of one sample asks whether the mean is
/// zero.
pub fn compare_pairs<I, O>(
    Effort { measurements, repeat, least_of }: Effort,
    mut input: impl FnMut(bool) -> I,
    mut run: impl FnMut(&I) -> O,
) -> Difference {
    let mut coin = Coin::new();
    let mut pairs = Vec::new();
    for _ in 0..measurements {
        let inputs = [input(false), input(true)];
        let mut least = [f64::INFINITY; 2];
        let swapped = coin.toss();
        for turn in 0..2 * least_of {
            let class = usize::from(turn.is_multiple_of(2) == swapped);
            let (Some(input), Some(least)) = (inputs.get(class), least.get_mut(class)) else { continue };
            let start = thread_time();
            for _ in 0..repeat {
                black_box(run(black_box(input)));
            }
            *least = least.min((thread_time() - start) / f64::from(repeat));
        }
        let [first, second] = least;
        pairs.push((first, second));
    }
    most_different_from_zero(&pairs)
}

/// Nanoseconds that the thread was on a processor.
fn thread_time() -> f64 {
    // A clock that stands still would find no difference.
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap_or_else(|errno| panic!("clock_gettime: {errno}"));
    time.tv_sec() as f64 * 1e9 + time.tv_nsec() as f64
}

/// The comparison of pairs of times, in nanoseconds, at the percentile of their differences where these are furthest
/// from zero.
#[must_use]
pub fn most_different_from_zero(pairs: &[(f64, f64)]) -> Difference {
    let mut pairs: Vec<(f64, f64)> = pairs.iter().map(|(first, second)| (*first, second - first)).collect();
    pairs.sort_by(|(_, one), (_, other)| one.abs().total_cmp(&other.abs()));
    let at = |crop: usize| {
        let (kept, _) = pairs.split_at((pairs.len() * crop).div_ceil(1000));
        let firsts: Vec<f64> = kept.iter().map(|(first, _)| *first).collect();
        let apart: Vec<f64> = kept.iter().map(|(_, apart)| *apart).collect();
        let (mean, apart) = (Moments::of(&firsts).mean, Moments::of(&apart));
        let error = apart.error().sqrt();
        let t = apart.mean / error;
        Difference {
            t: if t.is_nan() { 0.0 } else { t },
            nanoseconds: apart.mean,
            detectable: SUSPICIOUS * error,
            mean,
            measurements: 2 * kept.len(),
        }
    };
    CROPS.map(at).into_iter().max_by(|one, other| one.t.abs().total_cmp(&other.t.abs())).unwrap_or_else(|| at(1000))
}

/// The comparison of two lists of times, in nanoseconds, at the percentile where they differ most.
#[must_use]
pub fn most_different(first: &[f64], second: &[f64]) -> Difference {
    let mut all = [first, second].concat();
    all.sort_by(f64::total_cmp);
    let at = |crop: usize| {
        let last = (all.len() * crop).div_ceil(1000).saturating_sub(1);
        let most = all.get(last).copied().unwrap_or(f64::INFINITY);
        let cropped = |times: &[f64]| -> Vec<f64> { times.iter().copied().filter(|time| *time <= most).collect() };
        welch(&cropped(first), &cropped(second))
    };
    CROPS.map(at).into_iter().max_by(|one, other| one.t.abs().total_cmp(&other.t.abs())).unwrap_or_else(|| at(1000))
}

/// Welch's t-test on two lists of times, in nanoseconds. Lists of less than two do not differ.
#[must_use]
pub fn welch(first: &[f64], second: &[f64]) -> Difference {
    let (first, second) = (Moments::of(first), Moments::of(second));
    let nanoseconds = second.mean - first.mean;
    let error = (first.error() + second.error()).sqrt();
    let t = nanoseconds / error;
    Difference {
        t: if t.is_nan() { 0.0 } else { t },
        nanoseconds,
        detectable: SUSPICIOUS * error,
        mean: first.mean,
        measurements: (first.count + second.count) as usize,
    }
}

/// Count, mean and sum of squared deviations, by Welford's method.
#[derive(Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of(times: &[f64]) -> Self {
        times.iter().fold(Self::default(), |Self { count, mean, squares }, time| {
            let (count, apart) = (count + 1.0, time - mean);
            let mean = mean + apart / count;
            Self { count, mean, squares: squares + apart * (time - mean) }
        })
    }

    /// The variance of the mean.
    fn error(&self) -> f64 {
        self.squares / (self.count - 1.0) / self.count
    }
}

/// Tosses by Marsaglia's xorshift: good enough for the order of measurements.
struct Coin(u64);

impl Coin {
    fn new() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self(now.map_or(1, |since| since.as_nanos() as u64) | 1)
    }

    fn toss(&mut self) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 63 == 1
    }
}
