//! An order's reports as one ZIP, packed while it is sent: memory holds some pieces, never the whole.

use std::io::{self, Write};
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use foundation::files::FileStore;
use foundation::problem::Problem;
use futures_util::{StreamExt, stream};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Pieces that may wait for a slow receiver.
const PIECES_WAITING_MAX: usize = 8;
const PIECE_BYTES: usize = 64 * 1024;
/// A receiver that takes nothing for so long has gone.
const STALL_MAX: Duration = Duration::from_secs(60);

/// ZIPs in the making at one time; each holds a thread.
static PACKERS: Semaphore = Semaphore::const_new(16);

/// Streams a ZIP of `files` (name in the ZIP, key in the store). A file that cannot be read breaks the stream off, so
/// that nobody takes half a ZIP for a whole one. 503 while too many others are being packed.
pub(super) fn body(store: FileStore, files: Vec<(String, String)>) -> Result<Body, Problem> {
    let permit = PACKERS.try_acquire().map_err(|_| busy())?;
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(PIECES_WAITING_MAX);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let _until_packed = permit;
        let writer = ChannelWriter { runtime: runtime.clone(), sender: sender.clone(), piece: Vec::new() };
        if let Err(error) = pack(&runtime, &store, files, writer)
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
    Ok(Body::from_stream(pieces))
}

fn busy() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "downloads_busy", "现在打包下载的人较多")
        .advice("请稍后再试，或在报告清单中逐份下载")
        .retry_after_s(15)
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
    runtime: Handle,
    sender: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
}

impl ChannelWriter {
    fn send_piece(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.piece));
        let sending = tokio::time::timeout(STALL_MAX, self.sender.send(Ok(piece)));
        match self.runtime.block_on(sending) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
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
