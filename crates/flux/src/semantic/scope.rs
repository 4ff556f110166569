//! Lexical scopes: frames of names, each with the frame around it; the outermost belongs to a package.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::value::Value;

/// A frame of names. Cloning shares it.
#[derive(Debug, Clone)]
pub(crate) struct Scope(Rc<Frame>);

#[derive(Debug)]
struct Frame {
    names: RefCell<HashMap<String, Value>>,
    parent: Option<Scope>,
    /// Outermost frame of a library package, whose members are made when they are first asked for.
    package: Option<&'static str>,
}

/// Where a name was found.
pub(crate) enum Found {
    Value(Value),
    /// Not in any frame; the package whose outermost frame was reached (`None`: the script itself).
    Outermost(Option<&'static str>),
}

impl Scope {
    /// The outermost scope of the script.
    pub(crate) fn script() -> Self {
        Self(Rc::new(Frame { names: RefCell::default(), parent: None, package: None }))
    }

    /// The outermost scope of a library package.
    pub(crate) fn package(path: &'static str) -> Self {
        Self(Rc::new(Frame { names: RefCell::default(), parent: None, package: Some(path) }))
    }

    /// A scope inside this one.
    pub(crate) fn nested(&self) -> Self {
        Self(Rc::new(Frame { names: RefCell::default(), parent: Some(self.clone()), package: None }))
    }

    /// Gives a name a value in this frame. False if the frame has the name already.
    pub(crate) fn define(&self, name: &str, value: Value) -> bool {
        self.0.names.borrow_mut().insert(name.to_owned(), value).is_none()
    }

    /// Whether this very frame has the name.
    pub(crate) fn defines(&self, name: &str) -> bool {
        self.0.names.borrow().contains_key(name)
    }

    /// The value of a name, from the innermost frame that has it.
    pub(crate) fn find(&self, name: &str) -> Found {
        let mut scope = self;
        loop {
            if let Some(value) = scope.0.names.borrow().get(name) {
                return Found::Value(value.clone());
            }
            match &scope.0.parent {
                Some(parent) => scope = parent,
                None => return Found::Outermost(scope.0.package),
            }
        }
    }
}
