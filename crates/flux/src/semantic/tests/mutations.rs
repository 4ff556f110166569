//! No script makes the semantic stage panic: recorded scripts with pieces cut out, doubled and exchanged.

use std::path::Path;

use super::FakeHost;
use crate::semantic::{CompileRequest, compile};

/// A small generator with a fixed seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_inclusive([' ', '(', ')', ':', ',', '\n', '.', '{', '}', '[', ']']).collect()
}

#[test]
fn mutated_scripts_do_not_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle");
    let mut dice = Dice(7);
    let mut texts = Vec::new();
    for topic in ["language", "libraries", "rows", "shape", "time", "windows"] {
        for entry in std::fs::read_dir(folder.join(topic)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "flux") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    texts.sort();
    let pool: Vec<&str> = texts.iter().flat_map(|t| words(t)).collect();
    let (mut compiled, mut refused) = (0, 0);
    for text in &texts {
        for _ in 0..12 {
            let mut parts = words(text);
            for _ in 0..=dice.below(3) {
                let at = dice.below(parts.len());
                match dice.below(3) {
                    0 => {
                        parts.remove(at);
                    }
                    1 => parts.insert(at, pool[dice.below(pool.len())]),
                    _ => parts[at] = pool[dice.below(pool.len())],
                }
                if parts.is_empty() {
                    parts.push("x");
                }
            }
            let mutant = parts.concat();
            match compile(&CompileRequest { text: &mutant, extern_file: None }, &mut FakeHost::default()) {
                Ok(_) => compiled += 1,
                Err(error) => {
                    assert!(!error.message.is_empty(), "{mutant}");
                    refused += 1;
                }
            }
        }
    }
    assert!(compiled > 200 && refused > 1000, "{compiled} compiled, {refused} refused");
}
