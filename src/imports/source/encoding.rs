//! Which encoding a text file has, and reading it as UTF-8.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8};

const CHUNK_BYTES: usize = 64 * 1024;

/// The encoding of a file: its mark if it has one, UTF-8 if every byte of it fits, GB18030 otherwise (what Chinese
/// spreadsheets write when nobody chose). Leaves the file at its beginning.
pub fn detect(file: &mut File) -> io::Result<&'static Encoding> {
    let mut head = [0u8; 4];
    let read = file.read(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    if let Some((encoding, _)) = Encoding::for_bom(&head[..read]) {
        return Ok(encoding);
    }
    let encoding = if is_utf8(file)? { UTF_8 } else { GB18030 };
    file.seek(SeekFrom::Start(0))?;
    Ok(encoding)
}

fn is_utf8(file: &mut File) -> io::Result<bool> {
    let mut buffer = vec![0u8; CHUNK_BYTES];
    let mut kept = 0;
    loop {
        let read = file.read(&mut buffer[kept..])?;
        let filled = kept + read;
        match std::str::from_utf8(&buffer[..filled]) {
            Ok(_) => kept = 0,
            // A character may be cut by the end of the chunk: its beginning is kept for the next one.
            Err(error) if error.error_len().is_none() && read > 0 => {
                let valid = error.valid_up_to();
                buffer.copy_within(valid..filled, 0);
                kept = filled - valid;
            }
            Err(_) => return Ok(false),
        }
        if read == 0 {
            return Ok(kept == 0);
        }
    }
}

/// Reads any encoding as UTF-8; what cannot be decoded becomes U+FFFD, which rows are refused for.
pub struct Utf8Reader<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    consumed: usize,
    ended: bool,
    finished: bool,
}

impl<R: Read> Utf8Reader<R> {
    /// Decodes `inner`; a byte order mark is left out.
    pub fn new(inner: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { inner, decoder, input: Vec::new(), consumed: 0, ended: false, finished: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.input.resize(CHUNK_BYTES, 0);
        let read = self.inner.read(&mut self.input)?;
        self.input.truncate(read);
        self.consumed = 0;
        self.ended = read == 0;
        Ok(())
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        // A decoder needs room for one character at least; the CSV reader asks for far more.
        if output.len() < 8 {
            return Err(io::Error::other("the buffer is too small for a character"));
        }
        while !self.finished {
            if self.consumed == self.input.len() && !self.ended {
                self.refill()?;
            }
            let (result, read, written, _) =
                self.decoder.decode_to_utf8(&self.input[self.consumed..], output, self.ended);
            self.consumed += read;
            self.finished = self.ended && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}
