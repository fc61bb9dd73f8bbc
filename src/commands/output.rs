//! Words on standard output. Whoever reads them may stop reading (`tejian doctor | head`): then there is nobody left to
//! tell, and that is no error.

use std::fmt::Display;
use std::io::Write;

/// Prints a text as it is.
pub fn say(text: impl Display) {
    let mut output = std::io::stdout().lock();
    let _reader_may_be_gone = write!(output, "{text}").and_then(|()| output.flush());
}

/// Prints a line.
pub fn say_line(text: impl Display) {
    say(format_args!("{text}\n"));
}
