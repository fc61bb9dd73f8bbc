//! As much of MIME as mails of applications use: encoded words, parts, base64 and quoted-printable, file names in any
//! alphabet. What cannot be read is left as it came.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Attachment, Mail};

/// Parts inside parts.
const DEPTH_MAX: usize = 5;

/// Reads a mail as it went over the wire.
pub(super) fn read(content: &str, id: u64, at: i64, to: Vec<String>) -> Mail {
    let whole = Part::of(content);
    let mut mail = Mail {
        id,
        at,
        from: decoded_words(whole.header("From")),
        to,
        subject: decoded_words(whole.header("Subject")),
        text: String::new(),
        attachments: Vec::new(),
    };
    collect(&whole, 0, &mut mail);
    mail
}

/// A head and what follows it.
struct Part<'a> {
    headers: Vec<(&'a str, String)>,
    body: &'a str,
}

impl<'a> Part<'a> {
    fn of(content: &'a str) -> Self {
        let (head, body) = match content.strip_prefix("\r\n") {
            Some(body) => ("", body),
            None => content.split_once("\r\n\r\n").unwrap_or((content, "")),
        };
        let mut headers: Vec<(&str, String)> = Vec::new();
        for line in head.split("\r\n") {
            match (line.starts_with([' ', '\t']), headers.last_mut()) {
                (true, Some((_, value))) => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                _ => {
                    if let Some((name, value)) = line.split_once(':') {
                        headers.push((name, value.trim().to_owned()));
                    }
                }
            }
        }
        Self { headers, body }
    }

    /// The value of a header; empty without one.
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value.as_str())
    }

    /// The body as it was before it was made fit for the wire.
    fn decoded(&self) -> Vec<u8> {
        match self.header("Content-Transfer-Encoding").to_ascii_lowercase().as_str() {
            "base64" => {
                let letters: String = self.body.split_ascii_whitespace().collect();
                STANDARD.decode(&letters).unwrap_or_else(|_| letters.into_bytes())
            }
            "quoted-printable" => quoted_printable(self.body),
            _ => self.body.as_bytes().to_vec(),
        }
    }
}

fn collect(part: &Part<'_>, depth: usize, mail: &mut Mail) {
    let kind = part.header("Content-Type");
    let media_type = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media_type.starts_with("multipart/") && depth < DEPTH_MAX {
        let boundary = parameter(kind, "boundary").unwrap_or_default();
        for inner in parts(part.body, &boundary) {
            collect(&Part::of(inner), depth + 1, mail);
        }
        return;
    }
    let disposition = part.header("Content-Disposition");
    let file_name = parameter(disposition, "filename").or_else(|| parameter(kind, "name"));
    let is_file = disposition.to_ascii_lowercase().starts_with("attachment") || file_name.is_some();
    if is_file {
        let content = part.decoded();
        mail.attachments.push(Attachment {
            file_name: file_name.unwrap_or_else(|| "附件".to_owned()),
            media_type,
            size: content.len(),
            content: Arc::new(content),
        });
    } else if mail.text.is_empty() {
        mail.text = String::from_utf8_lossy(&part.decoded()).replace("\r\n", "\n").trim_end().to_owned();
    }
}

/// What stands between the lines of a boundary.
fn parts<'a>(body: &'a str, boundary: &str) -> Vec<&'a str> {
    if boundary.is_empty() {
        return Vec::new();
    }
    let mark = format!("--{boundary}");
    let (mut found, mut begin, mut at) = (Vec::new(), None, 0);
    for line in body.split_inclusive("\r\n") {
        if let Some(rest) = line.strip_prefix(&mark) {
            if let Some(begin) = begin {
                // The line end before a boundary belongs to it.
                found.push(body[begin..at].strip_suffix("\r\n").unwrap_or(""));
            }
            if rest.starts_with("--") {
                return found;
            }
            begin = Some(at + line.len());
        }
        at += line.len();
    }
    found
}

/// A parameter behind the value of a header: plain, quoted, in pieces (`name*0`) and in any alphabet (`name*0*`).
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut found: Option<String> = None;
    for piece in pieces(value).into_iter().skip(1) {
        let Some((key, value)) = piece.split_once('=') else { continue };
        let key = key.trim().to_ascii_lowercase();
        let Some(rest) = key.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('*')) else {
            continue;
        };
        let value = value.trim();
        let plain = match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
            None => value.to_owned(),
        };
        let text = match rest.ends_with('*') {
            // The first piece begins with alphabet and language.
            true => percent_decoded(plain.rsplit('\'').next().unwrap_or_default()),
            false if rest.is_empty() => decoded_words(&plain),
            false => plain,
        };
        found.get_or_insert_default().push_str(&text);
    }
    found
}

/// The parts between semicolons, but for those inside quotes.
fn pieces(value: &str) -> Vec<&str> {
    let (mut found, mut begin, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, letter) in value.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                found.push(&value[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    found.push(&value[begin..]);
    found
}

fn percent_decoded(text: &str) -> String {
    // A plus sign is a plus sign here; the form decoder would make it a blank.
    let form = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// `=?utf-8?b?…?=` and `=?utf-8?q?…?=` as what they say; blanks between two of them belong to neither.
fn decoded_words(text: &str) -> String {
    let (mut told, mut rest, mut after_word) = (String::new(), text, false);
    while let Some((before, behind)) = rest.split_once("=?") {
        let mut fields = behind.splitn(3, '?');
        let word = (fields.next(), fields.next(), fields.next().and_then(|field| field.split_once("?=")));
        let (Some(_alphabet), Some(form), Some((content, next))) = word else { break };
        if !(after_word && before.trim().is_empty()) {
            told.push_str(before);
        }
        let bytes = match form {
            "b" | "B" => STANDARD.decode(content).unwrap_or_default(),
            _ => quoted_printable(&content.replace('_', " ")),
        };
        told.push_str(&String::from_utf8_lossy(&bytes));
        (rest, after_word) = (next, true);
    }
    told.push_str(rest);
    told
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut told, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let pair = bytes.get(at + 1..at + 3);
        match (byte, pair) {
            (b'=', Some(b"\r\n")) => at += 3,
            (b'=', Some(pair)) if pair.iter().all(u8::is_ascii_hexdigit) => {
                let digits = pair.iter().map(|digit| char::from(*digit).to_digit(16).unwrap_or_default());
                told.push(u8::try_from(digits.fold(0, |sum, digit| sum * 16 + digit)).unwrap_or_default());
                at += 3;
            }
            _ => {
                told.push(*byte);
                at += 1;
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_text_and_files_come_out_as_they_went_in() {
        let content = "From: =?utf-8?b?56S65L6L?= <a@example.com>\r\nSubject: =?utf-8?b?55S15a2Q?=\r\n =?utf-8?q?=E5=8F=91=E7=A5=A8_1?=\r\n\
             Content-Type: multipart/mixed;\r\n boundary=\"b 1\"\r\n\r\n\
             --b 1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
             =E6=82=A8=\r\n=E5=A5=BD\r\n--b 1\r\nContent-Type: application/pdf\r\n\
             Content-Disposition: attachment;\r\n filename*0*=utf-8''%E5%8F%91%E7%A5%A8%20;\r\n filename*1*=1.pdf\r\n\
             Content-Transfer-Encoding: base64\r\n\r\nJVBE\r\nRg==\r\n--b 1\r\nContent-Type: text/csv; name=\"a;b\\\".csv\"\r\n\r\n1,2\r\n--b 1--\r\n";
        let mail = read(content, 1, 2, vec!["c@example.com".to_owned()]);
        assert_eq!((mail.from.as_str(), mail.subject.as_str()), ("示例 <a@example.com>", "电子发票 1"));
        assert_eq!(mail.text, "您好");
        let files: Vec<_> =
            mail.attachments.iter().map(|file| (file.file_name.as_str(), file.content.as_slice())).collect();
        assert_eq!(files, [("发票 1.pdf", b"%PDF".as_slice()), ("a;b\".csv", b"1,2".as_slice())]);
        assert_eq!(mail.attachments[0].media_type, "application/pdf");
    }

    #[test]
    fn a_mail_that_is_no_mime_or_breaks_off_is_kept_as_it_came() {
        let plain = read("Subject: =?utf-8?b?half\r\n\r\nHello\r\n", 1, 2, Vec::new());
        assert_eq!((plain.subject.as_str(), plain.text.as_str()), ("=?utf-8?b?half", "Hello"));
        let nothing = read("", 1, 2, Vec::new());
        assert_eq!((nothing.subject.as_str(), nothing.text.as_str()), ("", ""));
        let broken = read("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx=", 1, 2, Vec::new());
        assert!(broken.text.is_empty() && broken.attachments.is_empty());
        let odd = read("Content-Transfer-Encoding: quoted-printable\r\n\r\na=\r\nb=4=zz=", 1, 2, Vec::new());
        assert_eq!(odd.text, "ab=4=zz=");
    }
}
