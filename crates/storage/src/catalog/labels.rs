//! Labels, and what bears them, within a [`Transaction`].

use std::sync::Arc;

use model::Id;

use super::error::{CatalogError, Kind};
use super::record::Label;
use super::transaction::{Change, Transaction};

/// Labels.
impl Transaction {
    /// Adds a label or replaces the one with its identifier.
    pub fn put_label(&mut self, label: Label) -> Result<(), CatalogError> {
        let folded = label.name.to_lowercase();
        let same =
            |other: &Label| other.id != label.id && other.org_id == label.org_id && other.name.to_lowercase() == folded;
        if self.state.labels().any(|other| same(other)) {
            return Err(CatalogError::NameTaken { kind: Kind::Label, name: label.name });
        }
        let (id, record) = (label.id, Arc::new(label));
        self.state.labels.insert(id, Arc::clone(&record));
        self.changes.push(Change::Label(id, Some(record)));
        Ok(())
    }

    /// Removes a label from the folder and from everything that bears it.
    pub fn remove_label(&mut self, id: Id) -> Result<(), CatalogError> {
        self.state.labels.remove(&id).ok_or(CatalogError::NotFound { kind: Kind::Label })?;
        self.changes.push(Change::Label(id, None));
        self.remove_marks(|_, label| label == id);
        Ok(())
    }

    /// Puts a label on something.
    pub fn add_mark(&mut self, resource: Id, label: Id) -> Result<(), CatalogError> {
        if !self.state.labels.contains_key(&label) {
            return Err(CatalogError::NotFound { kind: Kind::Label });
        }
        if !self.state.labelled.insert((resource, label)) {
            return Err(CatalogError::LabelledAlready);
        }
        self.changes.push(Change::Labelled(resource, label, true));
        Ok(())
    }

    /// Takes labels off things.
    pub fn remove_marks(&mut self, chosen: impl Fn(Id, Id) -> bool) {
        let gone: Vec<(Id, Id)> = self.state.labelled.iter().filter(|(r, l)| chosen(*r, *l)).copied().collect();
        for (resource, label) in gone {
            self.state.labelled.remove(&(resource, label));
            self.changes.push(Change::Labelled(resource, label, false));
        }
    }
}
