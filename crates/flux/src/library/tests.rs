//! The library against what a live InfluxDB 2.9.1 answered (oracle topics `libraries`, `language`, `errors`).

use model::FluxDuration;

use super::operators::{NullLogic, binary, logical, unary};
use super::*;
use crate::ast::{BinaryOperator as Op, LogicalOperator, UnaryOperator};
use crate::plan::Scalar;

mod texts;

fn s(text: &str) -> Scalar {
    Scalar::String(text.into())
}

fn f(v: f64) -> Scalar {
    Scalar::Float(v)
}

fn i(v: i64) -> Scalar {
    Scalar::Int(v)
}

fn u(v: u64) -> Scalar {
    Scalar::UInt(v)
}

fn time(text: &str) -> Scalar {
    Scalar::Time(crate::calendar::parse_time(text).unwrap())
}

fn duration(text: &str) -> Scalar {
    Scalar::Duration(FluxDuration::parse(text).unwrap())
}

fn call(name: &str, arguments: &[(&str, Scalar)]) -> Result<Argument, String> {
    let function = find(name).unwrap_or_else(|| panic!("no function {name}"));
    let arguments: Vec<(&str, Argument)> = arguments.iter().map(|(n, v)| (*n, v.clone().into())).collect();
    function.call(&arguments).map_err(|error| error.message)
}

fn shown(name: &str, arguments: &[(&str, Scalar)]) -> String {
    call(name, arguments).map_or_else(|message| format!("error: {message}"), |value| display(&value))
}

#[test]
fn names_are_unique() {
    let mut all: Vec<&str> = names().collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    assert!(count > 150, "{count}");
    assert_eq!(all.iter().filter(|n| n.starts_with("strings.")).count(), 35);
    assert_eq!(all.iter().filter(|n| n.starts_with("math.")).count(), 63);
}

#[test]
fn texts_become_numbers() {
    for (text, float) in [
        ("1e3", "1000"),
        ("-.5", "-0.5"),
        ("+Inf", "+Inf"),
        ("nan", "NaN"),
        ("0x1p-2", "0.25"),
        ("1_0.5", "10.5"),
        ("ok", "error: cannot convert string \"ok\" to float due to invalid syntax"),
        ("1e999", "error: cannot convert string \"1e999\" to float due to invalid syntax"),
        ("1_", "error: cannot convert string \"1_\" to float due to invalid syntax"),
        ("", "error: cannot convert string \"\" to float due to invalid syntax"),
    ] {
        assert_eq!(shown("float", &[("v", s(text))]), float);
    }
    assert_eq!(shown("int", &[("v", s("+8"))]), "8");
    for bad in ["12.0", "", "0x1F", "99999999999999999999", "1_000"] {
        let expected = format!("error: cannot convert string \"{bad}\" to int due to invalid syntax");
        assert_eq!(shown("int", &[("v", s(bad))]), expected);
    }
    assert_eq!(shown("uint", &[("v", s("-1"))]), "error: cannot convert string \"-1\" to uint due to invalid syntax");
}

#[test]
fn numbers_are_converted() {
    assert_eq!(shown("int", &[("v", f(-2.9))]), "-2");
    assert_eq!(shown("int", &[("v", time("2024-01-01"))]), "1704067200000000000");
    assert_eq!(shown("int", &[("v", duration("1y"))]), "31557600000000000");
    assert_eq!(shown("uint", &[("v", i(-1))]), "18446744073709551615");
    assert_eq!(shown("uint", &[("v", f(3.99))]), "3");
    assert_eq!(shown("float", &[("v", i(9_007_199_254_740_993))]), "9007199254740992");
    assert_eq!(shown("float", &[("v", time("2024-01-01"))]), "error: cannot convert time to float");
    assert_eq!(shown("duration", &[("v", Scalar::Bool(true))]), "error: cannot convert bool to duration");
    assert_eq!(shown("int", &[("v", Scalar::Null)]), "<null>");
    assert_eq!(int_of_float(f64::NAN), i64::MIN);
    assert_eq!(uint_of_float(1.8e19), 18_000_000_000_000_000_000);
}

#[test]
fn only_bits_and_two_words_become_bools() {
    assert_eq!(shown("bool", &[("v", f(0.0))]), "false");
    assert_eq!(shown("bool", &[("v", u(1))]), "true");
    assert_eq!(shown("bool", &[("v", i(2))]), "error: cannot convert int 2 to bool, must be 0 or 1");
    assert_eq!(shown("bool", &[("v", f(0.5))]), "error: cannot convert float 0.500000 to bool, must be 0 or 1");
    assert_eq!(shown("bool", &[("v", s("TRUE"))]), "error: cannot convert string \"TRUE\" to bool");
    assert_eq!(shown("bool", &[("v", time("2024-01-01"))]), "error: cannot convert time to bool");
}

#[test]
fn times_and_durations_are_converted() {
    assert_eq!(shown("time", &[("v", s("2024-02-29"))]), "2024-02-29T00:00:00.000000000Z");
    assert_eq!(shown("time", &[("v", i(-1))]), "1969-12-31T23:59:59.999999999Z");
    assert_eq!(
        shown("time", &[("v", s("01/05/2024 10:00"))]),
        "error: cannot convert string \"01/05/2024 10:00\" to time due to invalid syntax: cannot parse date"
    );
    assert_eq!(shown("duration", &[("v", s("1mo30d"))]), "1mo4w2d");
    assert_eq!(shown("duration", &[("v", i(93_784_000_000_001))]), "1d2h3m4s1ns");
    assert_eq!(
        shown("duration", &[("v", s("5 minutes"))]),
        "error: cannot convert string \"5 minutes\" to duration due to invalid syntax"
    );
}

#[test]
fn values_become_text() {
    for (value, text) in [
        (f(-1.5), "-1.5"),
        (f(-0.0), "-0"),
        (f(1e24), "1000000000000000000000000"),
        (f(0.000_000_012_345), "0.000000012345"),
        (f(f64::NEG_INFINITY), "-Inf"),
        (time("2024-01-01T00:00:00.5Z"), "2024-01-01T00:00:00.500000000Z"),
        (duration("90m"), "1h30m"),
        (Scalar::Bytes(b"bytes".as_slice().into()), "bytes"),
    ] {
        assert_eq!(shown("string", &[("v", value)]), text);
    }
    assert_eq!(shown("display", &[("v", Scalar::Bytes(b"hi".as_slice().into()))]), "0x6869");
    assert_eq!(shown("display", &[("v", Scalar::Null)]), "<null>");
    assert_eq!(shown("display", &[("v", Scalar::Regex("a/b+".into()))]), "a/b+");
}

#[test]
fn longer_values_are_displayed_on_lines() {
    let record = |properties: &[(&str, Argument)]| {
        Argument::Record(properties.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect())
    };
    let n = |v| Argument::Scalar(i(v));
    assert_eq!(display(&record(&[("b", n(1)), ("a", n(2))])), "{a: 2, b: 1}");
    let nested = record(&[("a", n(1)), ("b", n(2)), ("c", n(3)), ("d", record(&[("e", n(4))]))]);
    assert_eq!(display(&nested), "{\n    a: 1,\n    b: 2,\n    c: 3,\n    d: {e: 4}\n}");
    let pairs = ["a", "b", "c", "d"].map(|k| (Argument::text(k), n(1)));
    assert_eq!(display(&Argument::Dictionary(pairs.to_vec())), "[\n    a: 1, \n    b: 1, \n    c: 1, \n    d: 1\n]");
    assert_eq!(display(&Argument::Dictionary(Vec::new())), "[:]");
}

#[test]
fn comparisons_mix_numbers() {
    let check = |op, a: &Scalar, b: &Scalar, expected| {
        assert_eq!(binary(op, a, b), Ok(Scalar::Bool(expected)), "{a:?} {op:?} {b:?}");
    };
    check(Op::Equal, &i(3), &u(3), true);
    check(Op::Less, &i(-1), &u(5), true);
    check(Op::GreaterEqual, &i(-1), &f(-0.5), false);
    check(Op::Greater, &u(2), &f(10.25), false);
    check(Op::NotEqual, &f(f64::NAN), &f(f64::NAN), true);
    check(Op::Greater, &s("é"), &s("z"), true);
    check(Op::Less, &time("2024-01-01"), &time("2024-01-02"), true);
    assert_eq!(binary(Op::Equal, &Scalar::Null, &i(1)), Ok(Scalar::Null));
}

#[test]
fn arithmetic_wants_equal_types_and_wraps() {
    assert_eq!(binary(Op::Modulo, &i(-7), &i(3)), Ok(i(-1)));
    assert_eq!(binary(Op::Divide, &i(i64::MIN), &i(-1)), Ok(i(i64::MIN)));
    assert_eq!(binary(Op::Add, &i(i64::MAX), &i(1)), Ok(i(i64::MIN)));
    assert_eq!(binary(Op::Power, &i(4), &i(-1)), Ok(f(0.25)));
    assert_eq!(binary(Op::Add, &s("a"), &s("b")), Ok(s("ab")));
    let message = |op, a, b| binary(op, &a, &b).unwrap_err().to_string();
    assert_eq!(message(Op::Divide, i(1), i(0)), "cannot divide by zero");
    assert_eq!(message(Op::Modulo, u(1), u(0)), "cannot mod zero");
    assert_eq!(message(Op::Add, i(1), f(2.0)), "type conflict: int != float");
    assert_eq!(message(Op::Greater, s("a"), f(2.0)), "unsupported binary expression string > float");
    assert_eq!(message(Op::Less, duration("1h"), duration("2h")), "unsupported binary expression duration < duration");
    assert_eq!(unary(UnaryOperator::Minus, &duration("1h")), Ok(duration("-1h")));
    assert_eq!(unary(UnaryOperator::Exists, &Scalar::Null), Ok(Scalar::Bool(false)));
}

#[test]
fn null_in_logic_depends_on_the_mode() {
    let (yes, no, null) = (Scalar::Bool(true), Scalar::Bool(false), Scalar::Null);
    let table = |op, mode| {
        [(&yes, &null), (&null, &yes), (&no, &null), (&null, &no), (&null, &null)]
            .map(|(a, b)| display(&logical(op, a, b, mode).unwrap().into()))
    };
    let (and, or) = (LogicalOperator::And, LogicalOperator::Or);
    assert_eq!(table(and, NullLogic::ThreeValued), ["<null>", "<null>", "false", "false", "<null>"]);
    assert_eq!(table(or, NullLogic::ThreeValued), ["true", "true", "<null>", "<null>", "<null>"]);
    assert_eq!(table(and, NullLogic::LeftIsFalse), ["<null>", "false", "false", "false", "false"]);
    assert_eq!(table(or, NullLogic::LeftIsFalse), ["true", "true", "<null>", "false", "<null>"]);
}

#[test]
fn case_and_trimming_of_texts() {
    for (function, text, expected) in [
        ("strings.toUpper", "straße", "STRAßE"),
        ("strings.toLower", "ÉCOLE", "école"),
        ("strings.title", "--x-- mixed case", "--X-- Mixed Case"),
        ("strings.toTitle", "ǆa", "ǅA"),
        ("strings.trimSpace", "  Mixed  ", "Mixed"),
    ] {
        assert_eq!(shown(function, &[("v", s(text))]), expected);
    }
    assert_eq!(shown("strings.trim", &[("v", s("--x--")), ("cutset", s("-"))]), "x");
    assert_eq!(shown("strings.trimRight", &[("v", s("--x--")), ("cutset", s(" -"))]), "--x");
    assert_eq!(shown("strings.trimPrefix", &[("v", s("meter L1")), ("prefix", s("meter "))]), "L1");
}

#[test]
fn places_in_texts_are_bytes() {
    let v = s("añb日b");
    assert_eq!(shown("strings.index", &[("v", v.clone()), ("substr", s("b"))]), "3");
    assert_eq!(shown("strings.lastIndex", &[("v", v.clone()), ("substr", s("b"))]), "7");
    assert_eq!(shown("strings.indexAny", &[("v", v.clone()), ("chars", s("nñ"))]), "1");
    assert_eq!(shown("strings.lastIndexAny", &[("v", v.clone()), ("chars", s("an"))]), "0");
    assert_eq!(shown("strings.countStr", &[("v", v.clone()), ("substr", s(""))]), "6");
    assert_eq!(shown("strings.strlen", &[("v", v.clone())]), "5");
    assert_eq!(shown("strings.compare", &[("v", v), ("t", s("b"))]), "-1");
    assert_eq!(shown("strings.equalFold", &[("v", s("banana")), ("t", s("BANANA"))]), "true");
    assert_eq!(
        shown("strings.isUpper", &[("v", s("AB"))]),
        "error: \"v\" is not a valid argument: argument length is not equal to 1"
    );
}

#[test]
fn texts_are_cut_and_joined() {
    let part = |start, end| shown("strings.substring", &[("v", s("Grüße")), ("start", i(start)), ("end", i(end))]);
    assert_eq!([part(1, 4), part(2, 99), part(-3, 2)], ["rüß", "üße", "Gr"]);
    assert_eq!([part(3, 3), part(4, 2), part(10, 12)], ["", "", ""]);
    let split = |function: &str, v: &str, t: &str, n: Option<i64>| {
        let mut arguments = vec![("v", s(v)), ("t", s(t))];
        arguments.extend(n.map(|n| ("i", i(n))));
        shown(function, &arguments)
    };
    assert_eq!(split("strings.splitAfter", "a,b,,c", ",", None), "[\n    a,,\n    b,,\n    ,,\n    c\n]");
    assert_eq!(split("strings.splitN", "a,b,,c", ",", Some(2)), "[a, b,,c]");
    assert_eq!(split("strings.splitAfterN", "a,b,,c", ",", Some(2)), "[a,, b,,c]");
    assert_eq!(split("strings.split", "añb", "", None), "[a, ñ, b]");
    assert_eq!(split("strings.splitN", "añb", "", Some(2)), "[a, ñb]");
    assert_eq!(split("strings.split", "", ",", None), "[]");
    let replace = |v, t, u, n| shown("strings.replace", &[("v", s(v)), ("t", s(t)), ("u", s(u)), ("i", i(n))]);
    assert_eq!(replace("oink oink oink", "k", "ky", 2), "oinky oinky oink");
    assert_eq!(replace("oink", "o", "x", 0), "oink");
    assert_eq!(shown("strings.replaceAll", &[("v", s("abc")), ("t", s("")), ("u", s("-"))]), "-a-b-c-");
    assert_eq!(shown("strings.repeat", &[("v", s("ab")), ("i", i(3))]), "ababab");
}

fn close(name: &str, arguments: &[(&str, Scalar)], expected: f64) {
    let Ok(Argument::Scalar(Scalar::Float(found))) = call(name, arguments) else { panic!("{name}") };
    let near = (found - expected).abs() <= 1e-12 * expected.abs().max(1.0);
    assert!(near || found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan()), "{name} {found}");
}

#[test]
fn mathematics() {
    close("math.atan2", &[("x", f(1.0)), ("y", f(30.0))], 1.537_475_330_916_649_3);
    close("math.roundtoeven", &[("x", f(2.5))], 2.0);
    close("math.round", &[("x", f(-2.5))], -3.0);
    close("math.pow10", &[("n", i(-8))], 1e-8);
    close("math.remainder", &[("x", f(3.0)), ("y", f(4.0))], -1.0);
    close("math.dim", &[("x", f(-7.5)), ("y", f(2.0))], 0.0);
    close("math.mMax", &[("x", f(0.0)), ("y", f(-0.0))], 0.0);
    close("math.mMin", &[("x", f(0.0)), ("y", f(-0.0))], -0.0);
    close("math.hypot", &[("p", f(-7.5)), ("q", f(2.0))], 7.762_087_348_130_012);
    for x in [-0.999, -0.5, 1e-9, 0.3, 0.9, 0.999_999] {
        close("math.erf", &[("x", f(inverse_of_erf(x)))], x);
    }
    assert_eq!(shown("math.frexp", &[("f", f(8.75))]), "{exp: 4, frac: 0.546875}");
    assert_eq!(shown("math.modf", &[("f", f(-3.25))]), "{frac: -0.25, int: -3}");
    assert_eq!(shown("math.ilogb", &[("x", f(9.0))]), "3");
    assert_eq!(shown("math.isInf", &[("f", f(f64::NEG_INFINITY)), ("sign", i(1))]), "false");
    assert_eq!(constant("math.maxuint"), Some(u(u64::MAX)));
    assert_eq!(constant("math.tau"), None);
}

fn inverse_of_erf(x: f64) -> f64 {
    match call("math.erfinv", &[("x", f(x))]) {
        Ok(Argument::Scalar(Scalar::Float(y))) => y,
        other => panic!("{other:?}"),
    }
}

#[test]
fn patterns_are_read_as_re2() {
    let matches = |r: &str, v: &str| binary(Op::Matches, &s(v), &Scalar::Regex(r.into()));
    for (pattern, text, expected) in [
        (r"^\p{Lu}", "Ünder", true),
        (r"^\x{1F600}$", "\u{1F600}", true),
        (r"^\d+$", "12", true),
        (r"^\d+$", "١٢", false),
        (r"\bé", "é", false),
        (r"^[\w-]+$", "a-b_1", true),
        (r"^[^\D]+$", "12", true),
        (r"\Qa.b\E+", "a.bb", true),
        (r"a{,2}", "a{,2}", true),
        (r"[[a]", "[", true),
        (r"[a&&b]", "&", true),
        (r"(?i)ÄB", "äb", true),
        (r"x\/y", "x/y", true),
        (r"^\101$", "A", true),
    ] {
        assert_eq!(matches(pattern, text), Ok(Scalar::Bool(expected)), "{pattern}");
    }
    for (pattern, message) in [
        ("[a-", "missing closing ]: `[a-`"),
        ("a(b", "missing closing ): `a(b`"),
        ("a)b", "unexpected ): `a)b`"),
        ("(?!a)", "invalid or unsupported Perl syntax: `(?!`"),
        (r"(a)\1", r"invalid escape sequence: `\1`"),
    ] {
        let error = shown("regexp.compile", &[("v", s(pattern))]);
        assert_eq!(error, format!("error: error parsing regexp: {message}"));
    }
}

#[test]
fn patterns_find_replace_and_split() {
    let r = |pattern: &str| Scalar::Regex(pattern.into());
    let replace = |p, v, t| shown("regexp.replaceAllString", &[("r", r(p)), ("v", s(v)), ("t", s(t))]);
    assert_eq!(replace(r"(\w+)-(\d+)", "rack-12 unit-3", "$2:$1"), "12:rack 3:unit");
    assert_eq!(replace(r"(?P<k>\w+)=(?P<v>\d+)", "node=7", "${v} is ${k}"), "7 is node");
    assert_eq!(replace("$", "end", "!"), "end!");
    assert_eq!(shown("regexp.findStringIndex", &[("r", r(r"\d+")), ("v", s("x1 y22"))]), "[1, 2]");
    let split = |i_| shown("regexp.splitRegexp", &[("r", r(r"[,;]\s*")), ("v", s("a, b;c")), ("i", i(i_))]);
    assert_eq!([split(-1), split(2)], ["[a, b, c]", "[a, b;c]"]);
    assert_eq!(shown("regexp.quoteMeta", &[("v", s("a.b*c(d)"))]), r"a\.b\*c\(d\)");
}

#[test]
fn dates_take_locations_and_durations() {
    let berlin = call("timezone.location", &[("name", s("Europe/Berlin"))]).unwrap();
    let hour = find("date.hour").unwrap();
    let t = Argument::Scalar(time("2024-03-31T01:30:00Z"));
    assert_eq!(hour.call(&[("t", t), ("location", berlin)]), Ok(Argument::Scalar(i(3))));
    assert_eq!(shown("date.hour", &[("t", duration("-3h")), ("now", time("2024-07-04T15:20:30Z"))]), "12");
    assert_eq!(
        shown("date.truncate", &[("t", time("2024-06-01")), ("unit", duration("1mo1d"))]),
        "error: duration used as an interval cannot mix month and nanosecond units"
    );
    assert_eq!(shown("timezone.location", &[("name", s("Nowhere"))]), "error: unknown time zone Nowhere");
    assert_eq!(shown("date.scale", &[("d", duration("1mo2d")), ("n", i(-3))]), "-3mo6d");
    assert_eq!(constant("date.Monday"), Some(i(1)));
    assert_eq!(constant("date.February"), Some(i(2)));
}

#[test]
fn bits_and_hexadecimal() {
    for (name, a, b, expected) in [
        ("bitwise.sand", 12, 10, 8),
        ("bitwise.sxor", 12, 10, 6),
        ("bitwise.sclear", 15, 5, 10),
        ("bitwise.slshift", 1, 10, 1024),
        ("bitwise.srshift", -16, 2, -4),
        ("bitwise.slshift", 1, 64, 0),
    ] {
        assert_eq!(call(name, &[("a", i(a)), ("b", i(b))]), Ok(Argument::Scalar(i(expected))), "{name}");
    }
    assert_eq!(shown("hex.string", &[("v", i(-16))]), "-10");
    assert_eq!(shown("hex.int", &[("v", s("0x7f"))]), "127");
    assert_eq!(shown("hex.bytes", &[("v", s("48656c6c6f"))]), "0x48656c6c6f");
}

#[test]
fn calls_check_their_arguments() {
    assert_eq!(shown("float", &[]), "error: missing required argument v");
    assert_eq!(shown("float", &[("x", i(1))]), "error: found unexpected argument x (Expected one of `v`)");
    assert_eq!(shown("math.abs", &[("x", i(1))]), "error: expected float but found int (argument x)");
    assert_eq!(shown("strings.toUpper", &[("v", Scalar::Null)]), "<null>");
    assert_eq!(shown("types.isType", &[("v", i(1)), ("type", s("int"))]), "true");
    assert_eq!(shown("die", &[("msg", s("too little"))]), "error: too little");
}
