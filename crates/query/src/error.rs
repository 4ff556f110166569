//! Errors of running plans: DataFusion's errors become Flux's, in one place.

use datafusion::error::DataFusionError;
use flux::plan::Node;
use flux::{ErrorCode, FluxError};
use storage::store::StorageError;

/// What a DataFusion error means to the user: an error of ours that travelled inside it, or an internal one.
pub(crate) fn from_datafusion(error: DataFusionError) -> FluxError {
    match find(&error) {
        Some(own) => own,
        None => {
            let code = match error.find_root() {
                DataFusionError::ResourcesExhausted(_) => ErrorCode::ResourceExhausted,
                _ => ErrorCode::Internal,
            };
            FluxError::invalid(error.strip_backtrace()).with_code(code)
        }
    }
}

/// The Flux error inside, however deep.
fn find(error: &DataFusionError) -> Option<FluxError> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(own) = current.downcast_ref::<FluxError>() {
            return Some(own.clone());
        }
        match current.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(inner)) => {
                if let Some(own) = inner.downcast_ref::<FluxError>() {
                    return Some(own.clone());
                }
            }
            Some(DataFusionError::Shared(inner)) => return find(inner),
            _ => {}
        }
        cause = current.source();
    }
    None
}

/// An error of ours on its way through DataFusion.
pub(crate) fn external(error: FluxError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// An error of the store on its way through DataFusion.
pub(crate) fn from_storage(error: &StorageError) -> FluxError {
    FluxError::invalid(error.to_string()).with_code(ErrorCode::Internal)
}

/// `runtime error @SPAN: NAME: TEXT` for a node; pushed-down nodes have neither place nor name.
pub(crate) fn runtime(node: &Node, text: impl std::fmt::Display) -> FluxError {
    FluxError::runtime(node.span, &node.name, text)
}
