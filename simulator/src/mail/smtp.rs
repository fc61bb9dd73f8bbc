//! As much of SMTP as a sender needs.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::shared::{Shared, WireLine};

/// A line of a mail is far shorter.
const LINE_BYTES_MAX: u64 = 64 * 1024;
const MAIL_BYTES_MAX: usize = 32 * 1024 * 1024;
const RECEIVERS_MAX: usize = 100;

/// Takes mails until the runtime stops.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            if let Err(error) = talk(stream, &shared).await {
                tracing::debug!(%error, "a sender of mails hung up");
            }
        });
    }
}

async fn talk(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    say(&mut stream, "220 simulator").await?;
    let mut to: Vec<String> = Vec::new();
    while let Some(line) = line(&mut stream).await? {
        let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "RCPT" if to.len() == RECEIVERS_MAX => say(&mut stream, "452 too many receivers").await?,
            "RCPT" => {
                to.push(address(&line));
                say(&mut stream, "250 fine").await?;
            }
            "DATA" if to.is_empty() => say(&mut stream, "503 for whom").await?,
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let Some(content) = content(&mut stream).await? else {
                    return say(&mut stream, "552 too large").await;
                };
                keep(shared, std::mem::take(&mut to), &content);
                say(&mut stream, "250 taken").await?;
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            "MAIL" | "RSET" => {
                to.clear();
                say(&mut stream, "250 fine").await?;
            }
            "EHLO" | "HELO" | "NOOP" => say(&mut stream, "250 fine").await?,
            _ => say(&mut stream, "502 not known here").await?,
        }
    }
    Ok(())
}

fn keep(shared: &Shared, to: Vec<String>, content: &str) {
    let mail = shared.mails.keep(shared.now(), to, content);
    shared.log(WireLine {
        at: shared.now(),
        direction: "in",
        method: "SMTP".into(),
        path: mail.to.join(", "),
        status: 250,
        note: format!("邮件 {}", mail.subject),
    });
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await
}

/// One line without its end; nothing when the sender is gone or a line has no end.
async fn line(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    (&mut *stream).take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes).await?;
    if bytes.pop() != Some(b'\n') {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Everything until the line with a dot alone; nothing when it is too large or breaks off.
async fn content(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let mut content = String::new();
    while let Some(line) = line(stream).await? {
        if line == "." {
            return Ok(Some(content));
        }
        // A dot at the beginning was doubled by the sender.
        content.push_str(line.strip_prefix('.').unwrap_or(&line));
        content.push_str("\r\n");
        if content.len() > MAIL_BYTES_MAX {
            return Ok(None);
        }
    }
    Ok(None)
}

/// `RCPT TO:<somebody@example.com>` → somebody@example.com
fn address(line: &str) -> String {
    let rest = line.split_once(':').map_or(line, |(_, rest)| rest);
    let inside = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(rest, |(inside, _)| inside);
    inside.trim().to_owned()
}
