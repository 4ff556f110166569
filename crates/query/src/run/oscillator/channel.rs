//! The state of one column of an oscillator.

use std::collections::VecDeque;

use flux::plan::Oscillator as Kind;

/// One column at work.
#[derive(Debug)]
pub(super) struct Channel {
    kind: Kind,
    n: usize,
    /// Rows so far.
    rows: usize,
    previous: Option<f64>,
    /// Changes between the last `n` rows.
    changes: VecDeque<f64>,
    up: f64,
    down: f64,
    average: f64,
    rising: Smooth,
    falling: Smooth,
    chain: [Smooth; 3],
}

impl Channel {
    pub(super) fn new(kind: Kind, n: usize) -> Self {
        let wilder = 1.0 / n as f64;
        let usual = 2.0 / (n as f64 + 1.0);
        Self {
            kind,
            n,
            rows: 0,
            previous: None,
            changes: VecDeque::new(),
            up: 0.0,
            down: 0.0,
            average: 0.0,
            rising: Smooth::new(n, wilder),
            falling: Smooth::new(n, wilder),
            chain: std::array::from_fn(|_| Smooth::new(n, usual)),
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.kind, self.n);
    }

    /// Takes the next value; gives that of the answer's row, if it has one.
    pub(super) fn push(&mut self, value: Option<f64>) -> Option<f64> {
        let answer = match self.kind {
            Kind::Momentum => Some(self.momentum(value.unwrap_or(0.0))),
            Kind::AdaptiveAverage => Some(self.adapt(value.unwrap_or(0.0))),
            Kind::Strength => self.strength(value),
            Kind::TripleDerivative => self.derivative(value),
        };
        self.rows += 1;
        answer
    }

    /// What a table of too few rows is answered with.
    pub(super) fn so_far(&self) -> Option<f64> {
        match self.kind {
            Kind::Strength => Some(self.index()),
            _ => None,
        }
    }

    /// 100 times the balance of rises and falls over the last `n` changes.
    fn momentum(&mut self, value: f64) -> f64 {
        let change = value - self.previous.replace(value).unwrap_or(value);
        if change > 0.0 {
            self.up += change;
        } else if change < 0.0 {
            self.down -= change;
        }
        let answer = 100.0 * (self.up - self.down) / (self.up + self.down);
        self.changes.push_back(change);
        if self.rows >= self.n {
            while self.changes.len() > self.n {
                self.changes.pop_front();
            }
            let oldest = self.changes.front().copied().unwrap_or(0.0);
            if oldest > 0.0 {
                self.up -= oldest;
            } else {
                self.down += oldest;
            }
        }
        answer
    }

    /// An average that follows the faster the straighter the way of the values is.
    fn adapt(&mut self, value: f64) -> f64 {
        const FAST: f64 = 2.0 / (2.0 + 1.0);
        const SLOW: f64 = 2.0 / (30.0 + 1.0);
        let before = self.previous.unwrap_or(value);
        let efficiency = self.momentum(value).abs() / 100.0;
        if self.rows == self.n {
            self.average = before;
        }
        let smoothing = (efficiency * (FAST - SLOW) + SLOW).powi(2);
        self.average += smoothing * (value - self.average);
        self.average
    }

    /// The relative strength index. The first value counts as a change from nothing.
    fn strength(&mut self, value: Option<f64>) -> Option<f64> {
        match value {
            Some(value) => {
                let change = value - self.previous.replace(value).unwrap_or(0.0);
                self.rising.add(change.max(0.0));
                self.falling.add((-change).max(0.0));
            }
            None => {
                self.rising.skip();
                self.falling.skip();
            }
        }
        self.previous.map(|_| self.index())
    }

    fn index(&self) -> f64 {
        100.0 - 100.0 / (1.0 + self.rising.value / self.falling.value)
    }

    /// The change in percent of a value smoothed three times.
    fn derivative(&mut self, value: Option<f64>) -> Option<f64> {
        let mut smoothed = Some(value);
        for smooth in &mut self.chain {
            smoothed = smoothed.and_then(|value| smooth.average(value));
        }
        let last = smoothed?;
        let before = self.previous;
        self.previous = last;
        Some((last? / before? - 1.0) * 100.0)
    }
}

/// An exponential average that begins with the plain one of `n` values.
#[derive(Debug)]
struct Smooth {
    n: usize,
    weight: f64,
    rows: usize,
    count: f64,
    value: f64,
}

impl Smooth {
    fn new(n: usize, weight: f64) -> Self {
        Self { n, weight, rows: 0, count: 0.0, value: 0.0 }
    }

    /// Follows the plain average until `n` values are in.
    fn add(&mut self, value: f64) {
        self.value = if self.count == 0.0 {
            value
        } else if self.rows < self.n {
            (self.value * self.count + value) / (self.count + 1.0)
        } else {
            value * self.weight + self.value * (1.0 - self.weight)
        };
        if self.count < self.n as f64 {
            self.count += 1.0;
        }
        self.rows += 1;
    }

    /// A row without a value.
    fn skip(&mut self) {
        self.rows += 1;
    }

    /// The average from the `n`-th row on; nothing before it.
    fn average(&mut self, value: Option<f64>) -> Option<Option<f64>> {
        self.rows += 1;
        if self.rows <= self.n {
            if let Some(value) = value {
                self.value += value;
                self.count += 1.0;
            }
            if self.rows < self.n {
                return None;
            }
            if self.count > 0.0 {
                self.value /= self.count;
            }
        } else if let Some(value) = value {
            self.value = if self.count == 0.0 {
                self.count = 1.0;
                value
            } else {
                value * self.weight + self.value * (1.0 - self.weight)
            };
        }
        Some((self.count > 0.0).then_some(self.value))
    }
}
