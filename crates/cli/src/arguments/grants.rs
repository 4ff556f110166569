//! `--read-…` and `--write-…` of `tide auth create`: one pair of flags for each type of resource.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use engine::ResourceType;

/// What is granted on all of a type within the organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TypeGrants(Vec<(&'static str, ResourceType)>);

const ACTIONS: [&str; 2] = ["read", "write"];

/// The types that can be granted: the instance cannot.
fn types() -> impl Iterator<Item = ResourceType> {
    ResourceType::ALL.into_iter().filter(|kind| *kind != ResourceType::Instance)
}

fn flag(action: &str, kind: ResourceType) -> String {
    format!("{action}-{}", kind.name())
}

impl TypeGrants {
    /// Action and type of each.
    pub(crate) fn all(&self) -> &[(&'static str, ResourceType)] {
        &self.0
    }
}

impl Args for TypeGrants {
    fn augment_args(command: Command) -> Command {
        types().fold(command, |command, kind| {
            ACTIONS.into_iter().fold(command, |command, action| {
                let (name, verb) = (flag(action, kind), if action == "read" { "Read" } else { "Write" });
                let help = format!("{verb} all {} of the organization", kind.name());
                let seldom = kind != ResourceType::Buckets;
                command.arg(
                    Arg::new(name.clone()).long(name).help(help).action(ArgAction::SetTrue).hide_short_help(seldom),
                )
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for TypeGrants {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let pairs = types().flat_map(|kind| ACTIONS.map(|action| (action, kind)));
        Ok(Self(pairs.filter(|(action, kind)| matches.get_flag(&flag(action, *kind))).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};
    use engine::ResourceType;

    use super::TypeGrants;

    #[test]
    fn flags_become_grants() {
        let command = TypeGrants::augment_args(Command::new("create"));
        let matches = command.get_matches_from(["create", "--write-notificationRules", "--read-buckets"]);
        let grants = TypeGrants::from_arg_matches(&matches).unwrap();
        assert_eq!(grants.all(), [("read", ResourceType::Buckets), ("write", ResourceType::NotificationRules)]);
        let command = TypeGrants::augment_args(Command::new("create"));
        assert!(command.try_get_matches_from(["create", "--read-instance"]).is_err());
    }
}
