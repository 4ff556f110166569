//! The tokens of a predicate.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{anychar, digit1, multispace1, none_of};
use nom::combinator::{map, opt, recognize, value};
use nom::multi::fold_many0;
use nom::sequence::{pair, preceded};
use nom::{IResult, Parser};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    /// A bare or double-quoted name.
    Name,
    /// Digits, with a point or a unit of time.
    Number,
    Boolean,
    /// A single-quoted text.
    Text,
    /// A quoted text that does not end, or with an escape that there is not.
    BadText,
    And,
    Or,
    Equal,
    NotEqual,
    /// `=~` or `!~`.
    Regex,
    /// An operator of comparison or arithmetic that predicates do not have.
    OtherOperator,
    Minus,
    Open,
    Close,
    #[default]
    End,
    Illegal,
}

/// Where a token stands, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) char: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// What a name, number or text means; how an operator is written.
    pub(super) text: String,
    pub(super) place: Place,
}

impl Token {
    /// What InfluxQL calls it in a message.
    pub(super) fn name(&self) -> String {
        let name = match self.kind {
            Kind::Name => "IDENT",
            Kind::Number => self.number_name(),
            Kind::Boolean => return self.text.to_uppercase(),
            Kind::Text => "STRING",
            Kind::BadText => "BADSTRING",
            Kind::And => "AND",
            Kind::Or => "OR",
            Kind::End => "EOF",
            Kind::Illegal => "ILLEGAL",
            _ => self.text.as_str(),
        };
        name.to_owned()
    }

    fn number_name(&self) -> &'static str {
        if self.text.ends_with(char::is_alphabetic) {
            "DURATIONVAL"
        } else if self.text.contains('.') {
            "NUMBER"
        } else {
            "INTEGER"
        }
    }
}

/// A token's kind and meaning, and whether it is quoted.
type Lexeme = (Kind, String, bool);

fn name(input: &str) -> IResult<&str, Lexeme> {
    let first = take_while1(|c: char| c.is_ascii_alphabetic() || c == '_');
    let word = recognize(pair(first, take_while(|c: char| c.is_ascii_alphanumeric() || c == '_')));
    map(word, |word: &str| {
        let kind = match word.to_ascii_lowercase().as_str() {
            "and" => Kind::And,
            "or" => Kind::Or,
            "true" | "false" => return (Kind::Boolean, word.to_ascii_lowercase(), false),
            _ => Kind::Name,
        };
        (kind, word.to_owned(), false)
    })
    .parse(input)
}

fn number(input: &str) -> IResult<&str, Lexeme> {
    let whole = (digit1, opt(pair(tag("."), digit1)));
    let fraction = pair(tag("."), digit1);
    let size = alt((recognize(whole), recognize(fraction)));
    let unit = take_while(|c: char| c.is_alphanumeric());
    map(recognize(pair(size, unit)), |text: &str| (Kind::Number, text.to_owned(), false)).parse(input)
}

/// A text in `quote`s with the escapes `\n \\ \" \'`.
fn quoted(quote: char, kind: Kind) -> impl Fn(&str) -> IResult<&str, Lexeme> {
    move |input| {
        let (rest, _) = nom::character::complete::char(quote).parse(input)?;
        let escape = alt((value('\n', tag("n")), value('\\', tag("\\")), value('"', tag("\"")), value('\'', tag("'"))));
        let stops: &[char] = if quote == '"' { &['"', '\\', '\n'] } else { &['\'', '\\', '\n'] };
        let plain = none_of(stops);
        let piece = alt((plain, preceded(tag("\\"), escape)));
        let (rest, text) = fold_many0(piece, String::new, |mut text: String, c| {
            text.push(c);
            text
        })
        .parse(rest)?;
        Ok(match rest.strip_prefix(quote) {
            Some(rest) => (rest, (kind, text, true)),
            None => ("", (Kind::BadText, text, true)),
        })
    }
}

fn operator(input: &str) -> IResult<&str, Lexeme> {
    let one = |text: &'static str, kind: Kind| map(tag(text), move |t: &str| (kind, t.to_owned(), false));
    let long = alt((
        one("=~", Kind::Regex),
        one("!~", Kind::Regex),
        one("!=", Kind::NotEqual),
        one("<>", Kind::NotEqual),
        one("<=", Kind::OtherOperator),
        one(">=", Kind::OtherOperator),
    ));
    let short = alt((
        map(tag("="), |_| (Kind::Equal, String::new(), false)),
        one("(", Kind::Open),
        one(")", Kind::Close),
        one("-", Kind::Minus),
        map(nom::character::complete::one_of("<>+*/%&|^,;:."), |c| (Kind::OtherOperator, c.to_string(), false)),
    ));
    alt((long, short)).parse(input)
}

fn lexeme(input: &str) -> IResult<&str, Lexeme> {
    let illegal = map(anychar, |c| (Kind::Illegal, c.to_string(), false));
    alt((name, number, quoted('"', Kind::Name), quoted('\'', Kind::Text), operator, illegal)).parse(input)
}

/// The tokens of a text without its blanks, [`Kind::End`] last.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    let (mut rest, mut ended, mut place) = (text, false, Place::default());
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        if let Ok((behind, blanks)) = multispace1::<_, nom::error::Error<&str>>(rest) {
            place = advanced(place, blanks);
            rest = behind;
        }
        let Ok((behind, (kind, text, quoted))) = lexeme(rest) else {
            ended = true;
            return Some(Token { place: Place { char: place.char + 1, ..place }, ..Token::default() });
        };
        let at = Place { char: place.char.saturating_sub(usize::from(quoted)), ..place };
        let read = rest.len() - behind.len();
        place = advanced(place, rest.get(..read).unwrap_or_default());
        rest = behind;
        Some(Token { kind, text, place: at })
    })
}

fn advanced(mut place: Place, over: &str) -> Place {
    for c in over.chars() {
        if c == '\n' {
            place = Place { line: place.line + 1, char: 0 };
        } else {
            place.char += 1;
        }
    }
    place
}
