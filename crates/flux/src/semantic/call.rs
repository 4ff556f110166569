//! Calls: arguments meet parameters, defaults are filled in, bodies run, and errors get the calls that led to them.

use crate::FluxError;
use crate::ast::{Block, Expression, ExpressionKind, FunctionBody, Parameter, Property, Span, Statement};

use super::arguments::{Argument, Arguments};
use super::builtin::dynamic;
use super::evaluate::Evaluator;
use super::library_call;
use super::row;
use super::scope::Scope;
use super::signature::{Native, Run, Site, check_types, mismatched_names};
use super::value::{Closure, Function, Value};

type Outcome = Result<Value, FluxError>;

/// Names of a function's parameters with whether each is required, and the place of its text.
pub(crate) fn declared_parameters(function: &Function) -> (Vec<(String, bool)>, Span) {
    match function {
        Function::Native(native) => {
            (native.parameters.iter().map(|p| (p.name.clone(), p.required)).collect(), Span::default())
        }
        Function::Closure(closure) => (
            closure.function.parameters.iter().map(|p| (p.key.name.clone(), p.default.is_none())).collect(),
            if closure.library { Span::default() } else { closure.span },
        ),
    }
}

fn is_pipe(parameter: &Parameter) -> bool {
    matches!(parameter.default, Some(Expression { kind: ExpressionKind::PipeLiteral, .. }))
}

fn refuse(problems: &[(Span, String)]) -> Result<(), FluxError> {
    let Some((first, _)) = problems.first() else { return Ok(()) };
    let texts: Vec<String> = problems.iter().map(|(span, text)| format!("error @{span}: {text}")).collect();
    Err(FluxError::invalid(texts.join("\n\n")).at(*first))
}

/// Beginnings of errors that stand without the calls that led to them: static ones, and those of a started plan.
const BARE: [&str; 3] = ["error @", "cannot represent the type ", "duplicate keyword parameter"];

/// Puts the call in front of an error that came out of it. Static errors and names with `_` in front stay as they are.
fn within(error: FluxError, site: Site<'_>) -> FluxError {
    let bare = |prefix: &&str| error.message.starts_with(prefix);
    if site.name.starts_with('_') || BARE.iter().any(bare) {
        return error;
    }
    let message = format!("error calling function \"{}\" @{}: {}", site.name, site.span, error.message);
    FluxError { message, ..error }
}

impl Evaluator<'_> {
    /// `callee(arguments)`, with what is piped into it.
    pub(crate) fn call_expression(
        &mut self,
        callee: &Expression,
        arguments: &[Property],
        piped: Option<(Value, Span)>,
        span: Span,
        scope: &Scope,
    ) -> Outcome {
        let function = match self.evaluate(callee, scope)? {
            Value::Function(function) => function,
            Value::Row(_) => {
                return Err(FluxError::semantic(callee.span, "a value of the row cannot be called"));
            }
            other => {
                return Err(FluxError::semantic(
                    span,
                    format!("expected {} but found () => A (function)", other.type_name()),
                ));
            }
        };
        let mut list: Vec<Argument> = Vec::with_capacity(arguments.len() + 1);
        for property in arguments {
            if list.iter().any(|a| a.name == property.key.name) {
                return Err(FluxError::invalid(format!(
                    "duplicate keyword parameter specified: \"{}\"",
                    property.key.name
                ))
                .at(property.span));
            }
            let value = self.evaluate(&property.value, scope)?;
            list.push(Argument { name: property.key.name.clone(), value, span: property.value.span });
        }
        let piped = piped.map(|(value, _)| (value, span));
        self.call(&function, Arguments(list), piped, Site { span, name: callee_name(callee) })
    }

    /// Calls a function with arguments that are values already.
    pub(crate) fn call(
        &mut self,
        function: &Function,
        arguments: Arguments,
        piped: Option<(Value, Span)>,
        site: Site<'_>,
    ) -> Outcome {
        let outcome = match function {
            Function::Native(native) => self.call_native(native, arguments, piped, site),
            Function::Closure(closure) => self.call_closure(closure, arguments, piped, site),
        };
        // Inside the library's Flux part the user's own call is all that tells something.
        outcome.map_err(|error| if self.outer_site.is_some() { error } else { within(error, site) })
    }

    fn call_native(
        &mut self,
        native: &'static Native,
        mut arguments: Arguments,
        piped: Option<(Value, Span)>,
        site: Site<'_>,
    ) -> Outcome {
        let parameters: Vec<(&str, bool, bool)> =
            native.parameters.iter().map(|p| (p.name.as_str(), p.required, p.pipe)).collect();
        let given: Vec<(&str, Span)> = arguments.iter().map(|a| (a.name.as_str(), a.span)).collect();
        refuse(&mismatched_names(&parameters, &given, piped.is_some(), site.span))?;
        if let (Some((value, span)), Some(parameter)) = (piped, native.parameters.iter().find(|p| p.pipe)) {
            arguments.0.insert(0, Argument { name: parameter.name.clone(), value, span });
        }
        check_types(native, &arguments)?;
        match native.run {
            Run::Direct(body) => body(self, &mut arguments, Site { name: native.name, ..site }),
            Run::Library => {
                if native.name == "display"
                    && let Some(value) = arguments.get("v").map(|a| &a.value).filter(|v| dynamic::is_opaque(v))
                {
                    return Ok(Value::string(dynamic::shown(value).to_string()));
                }
                dynamic::unwrapped(native.name, &mut arguments)?;
                self.complete_library_arguments(native, &mut arguments)?;
                if arguments.iter().any(|a| a.value.depends_on_row()) {
                    return row::call(native.full_name(), &arguments);
                }
                self.charge(arguments.iter().map(|a| a.value.size()).sum())?;
                match library_call::call(native, &arguments) {
                    // In a row function it may stand in a branch that is never taken: it fails when a row comes.
                    Err(_) if self.row_depth > 0 => row::call(native.full_name(), &arguments),
                    other => other,
                }
            }
        }
    }

    fn call_closure(
        &mut self,
        closure: &Closure,
        arguments: Arguments,
        piped: Option<(Value, Span)>,
        site: Site<'_>,
    ) -> Outcome {
        let parameters = &closure.function.parameters;
        let names: Vec<(&str, bool, bool)> =
            parameters.iter().map(|p| (p.key.name.as_str(), p.default.is_none() || is_pipe(p), is_pipe(p))).collect();
        let given: Vec<(&str, Span)> = arguments.iter().map(|a| (a.name.as_str(), a.span)).collect();
        refuse(&mismatched_names(&names, &given, piped.is_some(), site.span))?;
        let outer = self.outer_site;
        let defaults_scope = closure.scope.clone();
        if closure.library {
            self.outer_site = Some(outer.unwrap_or(site.span));
        } else {
            self.outer_site = None;
        }
        let result = self.run_closure(closure, &defaults_scope, arguments, piped);
        self.outer_site = outer;
        match result {
            // A place in the user's text stays as it is on its way through the library.
            Err(error) if !closure.library && outer.is_some() => Err(FluxError { span: None, ..error }),
            other => other,
        }
    }

    fn run_closure(
        &mut self,
        closure: &Closure,
        defaults: &Scope,
        arguments: Arguments,
        piped: Option<(Value, Span)>,
    ) -> Outcome {
        let scope = closure.scope.nested();
        for argument in arguments.0 {
            scope.define(&argument.name, argument.value);
        }
        let given = |name: &str, scope: &Scope| scope.defines(name);
        let mut piped = piped.map(|(value, _)| value);
        for parameter in &closure.function.parameters {
            if given(&parameter.key.name, &scope) {
                continue;
            }
            let value = match &parameter.default {
                Some(_) if is_pipe(parameter) => piped.take().unwrap_or(Value::NULL),
                Some(default) => self.evaluate(default, defaults)?,
                None => Value::NULL,
            };
            scope.define(&parameter.key.name, value);
        }
        match &closure.function.body {
            FunctionBody::Expression(expression) => self.evaluate(expression, &scope),
            FunctionBody::Block(block) => self.block(block, &scope),
        }
    }

    fn block(&mut self, block: &Block, scope: &Scope) -> Outcome {
        for statement in &block.body {
            match statement {
                Statement::Return { value, .. } => return self.evaluate(value, scope),
                Statement::Variable(assignment) => {
                    let value = self.evaluate(&assignment.value, scope)?;
                    if !scope.define(&assignment.name.name, value) {
                        return Err(FluxError::semantic(
                            assignment.span,
                            format!("variable \"{}\" reassigned", assignment.name.name),
                        ));
                    }
                }
                Statement::Expression { expression, .. } => {
                    self.evaluate(expression, scope)?;
                }
                Statement::Option { span, .. } | Statement::TestCase { span, .. } | Statement::Builtin { span, .. } => {
                    return Err(FluxError::semantic(*span, "this statement may not stand in a function's block"));
                }
                Statement::Bad { span } => return Err(FluxError::semantic(*span, "invalid statement")),
            }
        }
        let last = block.body.last().map_or(block.span, statement_span);
        Err(FluxError::semantic(last, "missing return statement in block"))
    }
}

/// The place of a statement.
pub(crate) fn statement_span(statement: &Statement) -> Span {
    match statement {
        Statement::Variable(assignment) => assignment.span,
        Statement::Expression { span, .. }
        | Statement::Option { span, .. }
        | Statement::Builtin { span, .. }
        | Statement::TestCase { span, .. }
        | Statement::Return { span, .. }
        | Statement::Bad { span } => *span,
    }
}

fn callee_name(callee: &Expression) -> &str {
    match &callee.kind {
        ExpressionKind::Identifier(name) => name,
        ExpressionKind::Member { property, .. } => &property.name,
        ExpressionKind::Parenthesized(inner) => callee_name(inner),
        _ => "_anonymous",
    }
}
