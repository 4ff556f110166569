//! From the engine's errors to answers: the one translation.

use std::borrow::Cow;

use engine::auth::AuthError;
use engine::{EngineError, ErrorClass, ErrorCode, FluxError, IdError};

use crate::error::{ApiError, Code};

fn code_of(class: ErrorClass) -> Code {
    match class {
        ErrorClass::Invalid => Code::Invalid,
        ErrorClass::EmptyValue => Code::EmptyValue,
        ErrorClass::Unauthorized => Code::Unauthorized,
        ErrorClass::Forbidden => Code::Forbidden,
        ErrorClass::NotFound => Code::NotFound,
        ErrorClass::Conflict => Code::Conflict,
        ErrorClass::Unprocessable => Code::Unprocessable,
        ErrorClass::Unavailable => Code::Unavailable,
        ErrorClass::Internal => Code::Internal,
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        match &error {
            EngineError::BucketNameInvalid { name, reason } => {
                Self::invalid(format!("bucket name {name} is invalid. {reason}"))
            }
            EngineError::OrganizationNameEmpty => Self::invalid("org name is empty"),
            EngineError::UserNameEmpty => Self::new(Code::EmptyValue, "key required"),
            _ => match code_of(error.class()) {
                Code::Internal => Self::internal(error),
                code => Self::new(code, error.to_string()),
            },
        }
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        Self::new(code_of(error.class()), error.to_string())
    }
}

impl From<IdError> for ApiError {
    fn from(error: IdError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<FluxError> for ApiError {
    fn from(error: FluxError) -> Self {
        let code = match error.code {
            ErrorCode::Invalid | ErrorCode::ResourceExhausted => Code::Invalid,
            ErrorCode::NotFound => Code::NotFound,
            ErrorCode::Forbidden => Code::Forbidden,
            ErrorCode::Unimplemented => Code::NotImplemented,
            ErrorCode::Internal => {
                tracing::error!("query failed: {}", error.message);
                Code::Internal
            }
        };
        Self::new(code, Cow::Owned(error.message))
    }
}
