//! Where a stream of line protocol may be cut: at line ends, but not at those inside a quoted field value.

/// Reads line protocol as it comes and remembers where it stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LineEnds {
    place: Place,
    /// The next byte stands for itself.
    escaped: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// Nothing of a line was seen but blanks.
    #[default]
    Start,
    Comment,
    /// Measurement and tags.
    Series,
    /// Names, numbers and the time.
    Fields,
    /// Right behind the `=` of a field.
    Value,
    /// Inside a quoted value.
    Text,
}

impl LineEnds {
    /// Reads on; the length up to and with the last line end that a request may end with.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut last = None;
        for (at, byte) in bytes.iter().enumerate() {
            if self.step(*byte) {
                last = Some(at + 1);
            }
        }
        last
    }

    fn step(&mut self, byte: u8) -> bool {
        if std::mem::take(&mut self.escaped) {
            return false;
        }
        let (place, ended) = match (self.place, byte) {
            (Place::Text, b'\\') => {
                self.escaped = true;
                (Place::Text, false)
            }
            (Place::Text, b'"') => (Place::Fields, false),
            (Place::Text, _) => (Place::Text, false),
            (_, b'\n') => (Place::Start, true),
            (Place::Start, b' ' | b'\t' | b'\r' | 0) => (Place::Start, false),
            (Place::Start, b'#') | (Place::Comment, _) => (Place::Comment, false),
            (Place::Start | Place::Series | Place::Fields, b'\\') => {
                self.escaped = true;
                (if self.place == Place::Fields { Place::Fields } else { Place::Series }, false)
            }
            (Place::Series, b' ') => (Place::Fields, false),
            (Place::Start | Place::Series, _) => (Place::Series, false),
            (Place::Value, b'"') => (Place::Text, false),
            (Place::Fields, b'=') => (Place::Value, false),
            (Place::Fields | Place::Value, _) => (Place::Fields, false),
        };
        self.place = place;
        ended
    }
}

#[test]
fn lines_end_outside_of_quoted_values_only() {
    let cut = |text: &str| LineEnds::default().read(text.as_bytes());
    assert_eq!(cut("m v=1\nm v=2"), Some(6));
    assert_eq!(cut("m v=1"), None);
    assert_eq!(cut("m v=\"a\nb\""), None);
    assert_eq!(cut("m v=\"a\nb\",w=1 7\n"), Some(16));
    assert_eq!(cut("m v=\"\\\"\n\"\n"), Some(10));
    assert_eq!(cut("m,t=a\\ b v=1\n"), Some(13));
    assert_eq!(cut("# \"=\"\nm v=1\n"), Some(12));
    assert_eq!(cut("m\",t=\" v=1\nx"), Some(11), "quotes mean nothing in names and tags");
    assert_eq!(cut("m v=1i\" \nx"), Some(9), "and nothing inside a number");
}

#[test]
fn a_text_may_come_in_pieces() {
    let text = "m v=\"a\\\"\nb\" 1\nm v=2 2\n";
    for at in 0..text.len() {
        let (first, second) = text.as_bytes().split_at(at);
        let mut ends = LineEnds::default();
        let (a, b) = (ends.read(first), ends.read(second));
        assert_eq!(b.map(|b| at + b).or(a), Some(text.len()), "cut at {at}");
    }
}
