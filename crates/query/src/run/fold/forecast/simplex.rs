//! The downhill simplex method of Nelder and Mead, with step sizes that depend on the dimension (Gao and Han).

/// The edge of the first simplex.
const EDGE: f64 = 0.05;
/// A decrease that counts as one.
const DECREASE: f64 = 1.0e-4;
/// Steps without such a decrease after which the search ends.
const PATIENCE: usize = 100;
/// Steps after which it ends in any case.
const MOST_STEPS: usize = 100_000;

type Vertex = (Vec<f64>, f64);

/// Where a function is least, as far as the search from `start` finds, and its value there.
pub(super) fn minimize(start: &[f64], function: impl Fn(&[f64]) -> f64) -> Vertex {
    let value = function(start);
    let mut search = Search::new(start, value, function);
    let (mut best, mut waited) = (value, 0);
    for _ in 0..MOST_STEPS {
        let now = search.least().1;
        if now < best && best - now > DECREASE {
            (best, waited) = (now, 0);
        } else {
            waited += 1;
            if waited >= PATIENCE {
                break;
            }
        }
        search.step();
    }
    search.least()
}

struct Search<F> {
    function: F,
    /// By value, the least first; one more than there are dimensions.
    vertices: Vec<Vertex>,
    /// The middle of all vertices but the last.
    centroid: Vec<f64>,
}

impl<F: Fn(&[f64]) -> f64> Search<F> {
    fn new(start: &[f64], value: f64, function: F) -> Self {
        let mut vertices: Vec<Vertex> = Vec::with_capacity(start.len() + 1);
        for i in 0..start.len() {
            let mut corner = start.to_vec();
            if let Some(x) = corner.get_mut(i) {
                *x += EDGE;
            }
            let value = function(&corner);
            vertices.push((corner, value));
        }
        vertices.push((start.to_vec(), value));
        let mut search = Self { function, vertices, centroid: Vec::new() };
        search.order();
        search
    }

    fn dimension(&self) -> usize {
        self.vertices.len() - 1
    }

    fn least(&self) -> Vertex {
        self.vertices.first().cloned().unwrap_or_default()
    }

    fn value(&self, at: usize) -> f64 {
        self.vertices.get(at).map_or(f64::INFINITY, |v| v.1)
    }

    /// Orders the vertices and finds their middle anew.
    fn order(&mut self) {
        self.vertices.sort_by(|a, b| a.1.total_cmp(&b.1));
        let dimension = self.dimension();
        let mut sum = vec![0.0; dimension];
        for (point, _) in self.vertices.iter().take(dimension) {
            add(&mut sum, 1.0, point);
        }
        sum.iter_mut().for_each(|x| *x /= dimension as f64);
        self.centroid = sum;
    }

    /// The point on the line from the worst vertex through the middle, and the value there.
    fn along(&self, scale: f64) -> Vertex {
        let worst = self.vertices.last().map(|v| v.0.as_slice()).unwrap_or_default();
        let point: Vec<f64> = self.centroid.iter().zip(worst).map(|(c, w)| (c - w) * scale + c).collect();
        let value = (self.function)(&point);
        (point, value)
    }

    fn step(&mut self) {
        let size = self.dimension();
        let dimension = size as f64;
        let (expansion, contraction) = match size {
            1 => (2.0, 0.5),
            _ => (1.0 + 2.0 / dimension, 0.75 - 1.0 / (2.0 * dimension)),
        };
        let reflected = self.along(1.0);
        if reflected.1 >= self.value(0) && reflected.1 < self.value(size - 1) {
            self.replace_worst(reflected);
        } else if reflected.1 < self.value(0) {
            let expanded = self.along(expansion);
            self.replace_worst(if expanded.1 < reflected.1 { expanded } else { reflected });
        } else if reflected.1 < self.value(size) {
            let outside = self.along(contraction);
            if outside.1 <= reflected.1 { self.replace_worst(outside) } else { self.shrink() }
        } else {
            let inside = self.along(-contraction);
            if inside.1 < self.value(size) { self.replace_worst(inside) } else { self.shrink() }
        }
    }

    fn replace_worst(&mut self, vertex: Vertex) {
        let point = vertex.0.clone();
        self.vertices.pop();
        let place = self.vertices.iter().position(|v| v.1 >= vertex.1).unwrap_or(self.vertices.len());
        self.vertices.insert(place, vertex);
        let share = 1.0 / self.dimension() as f64;
        let worst = self.vertices.last().map(|v| v.0.clone()).unwrap_or_default();
        add(&mut self.centroid, -share, &worst);
        add(&mut self.centroid, share, &point);
    }

    /// Draws all vertices towards the least.
    fn shrink(&mut self) {
        let dimension = self.dimension() as f64;
        let shrink = if self.dimension() == 1 { 0.5 } else { 1.0 - 1.0 / dimension };
        let least = self.least().0;
        for (point, value) in self.vertices.iter_mut().skip(1) {
            for (x, l) in point.iter_mut().zip(&least) {
                *x = (*x - l) * shrink + l;
            }
            *value = (self.function)(point);
        }
        self.order();
    }
}

/// `to += scale * point`
fn add(to: &mut [f64], scale: f64, point: &[f64]) {
    for (x, y) in to.iter_mut().zip(point) {
        *x += scale * y;
    }
}
