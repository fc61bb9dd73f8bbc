//! One kind of line end, so that lines are counted alike in files of every system.

use std::io::{self, Read};

/// Turns CR LF, and a CR of its own (old spreadsheets end lines so), into LF.
pub struct LineEnds<R> {
    inner: R,
    /// A CR at the end of the last piece; what follows decides about it.
    held: bool,
}

impl<R: Read> LineEnds<R> {
    /// Over a reader of text.
    pub fn new(inner: R) -> Self {
        Self { inner, held: false }
    }
}

impl<R: Read> Read for LineEnds<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        loop {
            let held = usize::from(self.held);
            if output.len() <= held {
                return Err(io::Error::other("the buffer is too small for a line end"));
            }
            let read = self.inner.read(&mut output[held..])?;
            if self.held {
                output[0] = if read == 0 { b'\n' } else { b'\r' };
            }
            let filled = held + read;
            if read == 0 {
                self.held = false;
                return Ok(filled);
            }
            self.held = output[filled - 1] == b'\r';
            let kept = to_line_feeds(&mut output[..filled - usize::from(self.held)]);
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

/// Moves the text together over every CR that stands before an LF, and makes every other CR an LF; returns what is left of
/// its length.
fn to_line_feeds(text: &mut [u8]) -> usize {
    let mut kept = 0;
    for place in 0..text.len() {
        let is_doubled = text[place] == b'\r' && text.get(place + 1) == Some(&b'\n');
        if !is_doubled {
            text[kept] = if text[place] == b'\r' { b'\n' } else { text[place] };
            kept += 1;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, the worst that a reader may do.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            output[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn every_line_ends_alike_however_the_text_arrives() {
        for (given, wanted) in
            [("a\r\nb\r\n", "a\nb\n"), ("a\nb", "a\nb"), ("a\rb\r", "a\nb\n"), ("\r\r\n\r\n", "\n\n\n"), ("", "")]
        {
            for dropwise in [false, true] {
                let mut text = String::new();
                if dropwise {
                    LineEnds::new(Drops(given.as_bytes())).read_to_string(&mut text).unwrap();
                } else {
                    LineEnds::new(given.as_bytes()).read_to_string(&mut text).unwrap();
                }
                assert_eq!(text, wanted, "{given:?}");
            }
        }
    }
}
