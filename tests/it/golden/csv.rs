//! CSV as the recorded answers have it: quoted cells, CRLF.

/// The records of a text; an empty line is a record of one empty cell.
pub(super) fn records(text: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut record: Vec<String> = Vec::new();
    let mut cell = String::new();
    let mut chars = text.chars().peekable();
    let (mut quoted, mut any) = (false, false);
    while let Some(c) = chars.next() {
        any = true;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                all.push(std::mem::take(&mut record));
                any = false;
            }
            other => cell.push(other),
        }
    }
    if any {
        record.push(cell);
        all.push(record);
    }
    all
}
