//! What plans come out.

use super::{must, refused};
use crate::plan::{BucketRef, Op, RowExpr, Scalar};

#[test]
fn a_pipe_becomes_a_chain() {
    let compiled = must("from(bucket: \"b\") |> range(start: -1h) |> filter(fn: (r) => r._field == \"x\") |> sum()");
    let ops: Vec<&Op> = compiled.plan.nodes.iter().map(|n| &n.op).collect();
    assert!(matches!(ops[0], Op::From(BucketRef::Name(name)) if name == "b"));
    assert!(matches!(ops[1], Op::Range { bounds, .. } if bounds.stop - bounds.start == 3_600_000_000_000));
    let Op::Filter { predicate, .. } = ops[2] else { panic!("{:?}", ops[2]) };
    assert_eq!(
        predicate.body,
        RowExpr::Binary(
            crate::ast::BinaryOperator::Equal,
            Box::new(RowExpr::Column("_field".into())),
            Box::new(RowExpr::Literal(Scalar::String("x".into()))),
        )
    );
    assert!(compiled.plan.nodes.iter().all(|n| n.pushed));
    assert_eq!(compiled.outputs[0].name, "_result");
    assert_eq!(compiled.outputs[0].node.0, 3);
}

#[test]
fn a_script_without_streams_is_refused() {
    assert!(refused("x = 1").contains("returns no streaming data"));
}
