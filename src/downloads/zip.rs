//! An order's reports as one ZIP, packed while it is sent: memory holds some pieces, never the whole.

use std::io::{self, Write};

use axum::body::Body;
use bytes::Bytes;
use foundation::files::FileStore;
use futures_util::{StreamExt, stream};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Pieces that may wait for a slow receiver.
const PIECES_WAITING_MAX: usize = 8;
const PIECE_BYTES: usize = 64 * 1024;

/// Streams a ZIP of `files` (name in the ZIP, key in the store). A file that cannot be read breaks the stream off, so
/// that nobody takes half a ZIP for a whole one.
pub(super) fn body(store: FileStore, files: Vec<(String, String)>) -> Body {
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(PIECES_WAITING_MAX);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let outcome = pack(&runtime, &store, files, ChannelWriter { sender: sender.clone(), piece: Vec::new() });
        if let Err(error) = outcome
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            tracing::error!(%error, "a ZIP of reports could not be finished");
            // Nobody left to tell is fine: then the receiver has gone.
            let _gone = sender.blocking_send(Err(error));
        }
    });
    let pieces = stream::unfold(receiver, |mut receiver| async move {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    });
    Body::from_stream(pieces)
}

fn pack(runtime: &Handle, store: &FileStore, files: Vec<(String, String)>, writer: ChannelWriter) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(writer);
    // Deflated even though PDFs hardly shrink: streamed entries tell their size afterwards, and some readers take that
    // for deflated entries only.
    let options = SimpleFileOptions::default().compression_level(Some(1));
    for (name, key) in files {
        zip.start_file(name, options)?;
        let mut pieces = runtime.block_on(store.stream(&key)).map_err(io::Error::other)?;
        while let Some(piece) = runtime.block_on(pieces.next()) {
            zip.write_all(&piece.map_err(io::Error::other)?)?;
        }
    }
    zip.finish()?.into_inner().send_piece()
}

/// Collects what is written into pieces and waits while the receiver is slow.
struct ChannelWriter {
    sender: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
}

impl ChannelWriter {
    fn send_piece(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.piece));
        self.sender.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for ChannelWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.send_piece()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
