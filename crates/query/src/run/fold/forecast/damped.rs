//! The damped trend with multiplicative seasons: its recursion, the error of a fit, and the search for the best one.

use super::simplex;

/// Values in equal steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Series<'a> {
    pub(super) values: &'a [Option<f64>],
    /// Values in a season; none below 2.
    pub(super) season: usize,
}

/// Where parameters stand: three weights, the damping, level and trend at the start; seasons follow.
const ALPHA: usize = 0;
const BETA: usize = 1;
const GAMMA: usize = 2;
const PHI: usize = 3;
const LEVEL: usize = 4;
const TREND: usize = 5;
const SEASONS: usize = 6;

/// Guesses that the search begins with, for each of the weights and the damping.
const GUESSES: [f64; 2] = [0.3, 0.7];
/// How much of the first values makes the level and the trend at the start.
const START: f64 = 0.5;

fn get(list: &[f64], at: usize) -> f64 {
    list.get(at).copied().unwrap_or_default()
}

impl Series<'_> {
    fn value(&self, at: usize) -> Option<f64> {
        self.values.get(at).copied().flatten()
    }

    fn is_seasonal(&self) -> bool {
        self.season >= 2
    }

    /// The next `n` values, behind the fitted ones if asked, and the error of the fit. `None`: too few values.
    pub(super) fn forecast(&self, n: usize, with_fit: bool) -> Option<(Vec<f64>, f64)> {
        if self.values.len() < 2 || (self.is_seasonal() && self.values.len() < self.season) || n == 0 {
            return None;
        }
        let guess = self.first_guess();
        let mut best: Option<(Vec<f64>, f64)> = None;
        for alpha in GUESSES {
            for beta in GUESSES {
                for gamma in GUESSES {
                    for phi in GUESSES {
                        let mut start = guess.clone();
                        for (slot, value) in start.iter_mut().zip([alpha, beta, gamma, phi]) {
                            *slot = value;
                        }
                        let found = simplex::minimize(&start, |parameters| self.error(parameters));
                        if best.as_ref().is_none_or(|(_, error)| found.1 < *error) {
                            best = Some(found);
                        }
                    }
                }
            }
        }
        let (parameters, error) = best?;
        let all = self.run(&parameters, n);
        let skip = if with_fit { 0 } else { self.values.len() };
        Some((all.into_iter().skip(skip).collect(), error))
    }

    fn first_guess(&self) -> Vec<f64> {
        let first = self.value(0).unwrap_or_default();
        let season = self.season as f64;
        let (mut level, mut trend) = (0.0, 0.0);
        if self.is_seasonal() {
            for i in 0..self.season {
                if let Some(value) = self.value(i) {
                    level += (1.0 / season) * value;
                }
                if let (Some(a), Some(b)) = (self.value(i), self.value(self.season + i)) {
                    trend += 1.0 / (season * season) * (b - a);
                }
            }
        } else {
            level = START * first;
            trend = self.value(1).map_or(0.0, |second| START * (second - first));
        }
        let mut guess = vec![0.0, 0.0, 0.0, 0.0, level, trend];
        if self.is_seasonal() {
            guess.extend((0..self.season).map(|i| self.value(i).map_or(1.0, |value| value / level)));
        }
        guess
    }

    /// The sum of squared errors of the fit.
    fn error(&self, parameters: &[f64]) -> f64 {
        let fitted = self.run(parameters, 0);
        let pairs = fitted.iter().zip(self.values);
        pairs.filter_map(|(fit, value)| value.map(|v| (fit - v) * (fit - v))).sum()
    }

    /// The fitted values and `more` after them.
    fn run(&self, parameters: &[f64], more: usize) -> Vec<f64> {
        let weight = |at: usize| get(parameters, at).clamp(0.0, 1.0);
        let (alpha, beta, gamma, phi) = (weight(ALPHA), weight(BETA), weight(GAMMA), weight(PHI));
        let (mut level, mut trend) = (get(parameters, LEVEL), get(parameters, TREND));
        let mut seasons: Vec<f64> = parameters.get(SEASONS..).unwrap_or_default().to_vec();
        let length = seasons.len();
        let mut offset = length.saturating_sub(1);
        let mut damping = phi;
        let mut value = self.value(0).unwrap_or_default();
        let total = self.values.len() + more;
        let mut out = Vec::with_capacity(total);
        out.push(value);
        for t in 1..total {
            let (mut season, mut ahead) = (1.0, 1.0);
            if length > 0 {
                season = get(&seasons, (t + offset - length) % length);
                ahead = get(&seasons, (t + offset - length + t % length) % length);
            }
            let before = level;
            let seasonal = gamma * (value / (before + phi * trend)) + (1.0 - gamma) * season;
            level = alpha * (value / season) + (1.0 - alpha) * (before + phi * trend);
            trend = beta * (level - before) + (1.0 - beta) * phi * trend;
            value = (level + damping * trend) * ahead;
            damping += phi.powf(t as f64);
            if length > 0 {
                if let Some(slot) = seasons.get_mut((t + offset) % length) {
                    *slot = seasonal;
                }
                offset += 1;
            }
            out.push(value);
        }
        out
    }
}
