//! Templates of `#concat`: text with `${LABEL}` in it.

/// Text, or the label of a column whose value goes there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(Vec<u8>),
    Label(Vec<u8>),
}

/// The pieces of a template; `${}` and a `${` that is not closed are text.
pub(super) fn pieces(text: &[u8]) -> Vec<Piece> {
    let (mut all, mut plain, mut rest) = (Vec::new(), Vec::new(), text);
    while let Some((first, behind)) = rest.split_first() {
        let label = rest.strip_prefix(b"${").and_then(|inside| {
            let end = memchr::memchr(b'}', inside).filter(|end| *end > 0)?;
            Some((inside.get(..end)?, inside.get(end + 1..)?))
        });
        match label {
            Some((label, behind)) => {
                if !plain.is_empty() {
                    all.push(Piece::Text(std::mem::take(&mut plain)));
                }
                all.push(Piece::Label(label.to_vec()));
                rest = behind;
            }
            None => {
                plain.push(*first);
                rest = behind;
            }
        }
    }
    if !plain.is_empty() {
        all.push(Piece::Text(plain));
    }
    all
}

#[test]
fn templates_come_apart() {
    let (text, label) = (|t: &str| Piece::Text(t.into()), |t: &str| Piece::Label(t.into()));
    assert_eq!(pieces(b"a-${b}${c d}."), [text("a-"), label("b"), label("c d"), text(".")]);
    assert_eq!(pieces(b"${}$x${y"), [text("${}$x${y")]);
    assert_eq!(pieces(b"${a${b}"), [label("a${b")]);
}
