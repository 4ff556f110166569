//! What editors are told of the functions that need no import: names, parameters, kinds of values.

/// A function and its parameters, each with the kind of its values as Flux names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The function.
    pub name: &'static str,
    /// Name and kind of each parameter, by name.
    pub parameters: Vec<(&'static str, &'static str)>,
}

const TABLE: &str = include_str!("suggestions.txt");

/// All functions that need no import, by name.
pub fn suggestions() -> impl Iterator<Item = Suggestion> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next()?;
        Some(Suggestion { name, parameters: words.filter_map(|word| word.split_once(':')).collect() })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::packages;
    use super::suggestions;
    use crate::ast::ExpressionKind;

    /// The parameters of a function of the prelude, as the library has them.
    fn parameters(name: &str) -> Option<BTreeSet<String>> {
        packages::PRELUDE.iter().find_map(|package| {
            if let Some(native) = packages::native(package, name) {
                return Some(native.parameters.iter().map(|p| p.name.clone()).collect());
            }
            match &packages::flux_member(package, name).unwrap()?.kind {
                ExpressionKind::Function(function) => {
                    Some(function.parameters.iter().map(|p| p.key.name.clone()).collect())
                }
                other => panic!("{name}: {other:?}"),
            }
        })
    }

    #[test]
    fn what_is_told_is_what_the_library_has() {
        let (mut told, mut wrong) = (0, Vec::new());
        for suggestion in suggestions() {
            let names: BTreeSet<String> = suggestion.parameters.iter().map(|(name, _)| (*name).to_owned()).collect();
            match parameters(suggestion.name) {
                Some(ours) if ours == names => told += 1,
                ours => wrong.push((suggestion.name, names, ours)),
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
        assert!(told > 100, "{told}");
    }
}
