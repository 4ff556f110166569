//! Labels, and the buckets that bear them.

use std::collections::BTreeMap;

use model::Id;
use storage::catalog::{CatalogError, Kind, Label, State};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ids;

/// A new label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLabel {
    /// The organisation that owns it.
    pub org_id: Id,
    /// Unique within the organisation, whatever the case of its letters.
    pub name: String,
    /// Free pairs of texts.
    pub properties: BTreeMap<String, String>,
}

/// What to change of a label; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelChange {
    /// Another name.
    pub name: Option<String>,
    /// Properties to set; an empty text removes one.
    pub properties: BTreeMap<String, String>,
}

/// Labels.
impl Engine {
    /// All labels, in the order of their creation.
    pub fn labels(&self) -> Vec<Label> {
        self.catalog().state().labels().map(|label| (**label).clone()).collect()
    }

    /// The label with this identifier, or `label not found`.
    pub fn label(&self, id: Id) -> Result<Label, EngineError> {
        Ok(find(&self.catalog().state(), id)?)
    }

    /// The labels that something bears.
    pub fn labels_of(&self, resource: Id) -> Vec<Label> {
        self.catalog().state().labels_of(resource).map(|label| (**label).clone()).collect()
    }

    /// Makes a label.
    pub async fn create_label(&self, new: NewLabel) -> Result<Label, EngineError> {
        self.blocking(move |engine| {
            let now_ns = engine.now_ns();
            engine.catalog().transaction(|t| {
                if t.state().organization(new.org_id).is_none() {
                    return Err(CatalogError::NotFound { kind: Kind::Organization }.into());
                }
                let label = Label {
                    id: ids::next(t.state(), now_ns),
                    org_id: new.org_id,
                    name: checked_name(&new.name)?,
                    properties: new.properties,
                };
                t.put_label(label.clone())?;
                Ok(label)
            })
        })
        .await
    }

    /// Changes a label.
    pub async fn update_label(&self, id: Id, change: LabelChange) -> Result<Label, EngineError> {
        self.blocking(move |engine| {
            engine.catalog().transaction(|t| {
                let mut label = find(t.state(), id)?;
                if let Some(name) = &change.name {
                    label.name = checked_name(name)?;
                }
                label.properties.extend(change.properties);
                label.properties.retain(|_, text| !text.is_empty());
                t.put_label(label.clone())?;
                Ok(label)
            })
        })
        .await
    }

    /// Removes a label, also from everything that bears it.
    pub async fn delete_label(&self, id: Id) -> Result<(), EngineError> {
        self.blocking(move |engine| Ok(engine.catalog().transaction(|t| t.remove_label(id))?)).await
    }

    /// Puts a label on a bucket.
    pub async fn put_label_on_bucket(&self, bucket: Id, label: Id) -> Result<(), EngineError> {
        self.blocking(move |engine| {
            let marked = engine.catalog().transaction(|t| {
                if t.state().bucket(bucket).is_none() {
                    return Err(CatalogError::NotFound { kind: Kind::Bucket });
                }
                t.add_mark(bucket, label)
            });
            Ok(marked?)
        })
        .await
    }

    /// Takes a label off a bucket; it need not be there.
    pub async fn take_label_off_bucket(&self, bucket: Id, label: Id) -> Result<(), EngineError> {
        self.blocking(move |engine| {
            engine.catalog().transaction(|t| {
                t.remove_marks(|resource, mark| resource == bucket && mark == label);
                Ok(())
            })
        })
        .await
    }
}

fn find(state: &State, id: Id) -> Result<Label, CatalogError> {
    state.label(id).map(|label| (**label).clone()).ok_or(CatalogError::NotFound { kind: Kind::Label })
}

fn checked_name(name: &str) -> Result<String, EngineError> {
    let name = name.trim();
    if name.is_empty() { Err(EngineError::LabelNameEmpty) } else { Ok(name.to_owned()) }
}
