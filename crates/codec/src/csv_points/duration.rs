//! Durations such as `1h30m`, as Go reads them.

use super::quote::ascii_quoted;

const LIMIT: u64 = 1 << 63;

/// Nanoseconds of a duration.
pub(super) fn nanoseconds(text: &[u8]) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", ascii_quoted(text));
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut sum = 0_u64;
    while !rest.is_empty() {
        let (whole, behind) = leading_integer(rest).ok_or_else(invalid)?;
        let mut digits = behind.len() < rest.len();
        let (mut fraction, mut scale) = (0, 1.0);
        rest = behind;
        if let [b'.', behind @ ..] = rest {
            let read = leading_fraction(behind);
            digits |= read.2.len() < behind.len();
            (fraction, scale, rest) = read;
        }
        if !digits {
            return Err(invalid());
        }
        let length = rest.iter().take_while(|b| **b != b'.' && !b.is_ascii_digit()).count();
        let (name, behind) = rest.split_at(length);
        rest = behind;
        if name.is_empty() {
            return Err(format!("time: missing unit in duration {}", ascii_quoted(text)));
        }
        let unit = unit(name)
            .ok_or_else(|| format!("time: unknown unit {} in duration {}", ascii_quoted(name), ascii_quoted(text)))?;
        let mut part = whole.checked_mul(unit).filter(|p| *p <= LIMIT).ok_or_else(invalid)?;
        if fraction > 0 {
            part += (fraction as f64 * (unit as f64 / scale)) as u64;
        }
        sum = sum.checked_add(part).filter(|s| *s <= LIMIT).ok_or_else(invalid)?;
    }
    if negative { Ok((sum as i64).wrapping_neg()) } else { i64::try_from(sum).map_err(|_| invalid()) }
}

fn unit(name: &[u8]) -> Option<u64> {
    Some(match std::str::from_utf8(name).ok()? {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

fn leading_integer(text: &[u8]) -> Option<(u64, &[u8])> {
    let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(count);
    let number = digits
        .iter()
        .try_fold(0_u64, |n, b| n.checked_mul(10)?.checked_add(u64::from(b - b'0')).filter(|n| *n <= LIMIT))?;
    Some((number, rest))
}

/// Digits behind a point: their number, what it is to be divided by, and what follows. Digits beyond 63 bits count nothing.
fn leading_fraction(text: &[u8]) -> (u64, f64, &[u8]) {
    let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(count);
    let (mut number, mut scale) = (0_u64, 1.0);
    for digit in digits {
        let Some(next) = number.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit - b'0'))) else { break };
        if next > LIMIT {
            break;
        }
        (number, scale) = (next, scale * 10.0);
    }
    (number, scale, rest)
}

#[test]
fn durations_are_those_of_go() {
    assert_eq!(nanoseconds(b"1h30m"), Ok(5_400_000_000_000));
    assert_eq!(nanoseconds("-1.5µs".as_bytes()), Ok(-1_500));
    assert_eq!(nanoseconds(b"+0"), Ok(0));
    assert_eq!(nanoseconds(b"-9223372036854775808ns"), Ok(i64::MIN));
    assert_eq!(nanoseconds(b"7"), Err("time: missing unit in duration \"7\"".to_owned()));
    for text in ["", "-", ".s", "9223372036854775808ns", "99999999999h", "h"] {
        assert_eq!(nanoseconds(text.as_bytes()), Err(format!("time: invalid duration \"{text}\"")), "{text}");
    }
}
