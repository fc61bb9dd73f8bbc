//! A mail server that takes mails for anybody, refuses them, or hangs up.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it does with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Takes,
    Refuses,
    HangsUp,
}

/// Mails as they came, headers and all.
#[derive(Clone)]
pub struct Mailbox {
    mails: Arc<Mutex<Vec<String>>>,
    mood: Arc<Mutex<Mood>>,
    pub port: u16,
}

impl Mailbox {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound address").port();
        let mailbox = Self { mails: Arc::default(), mood: Arc::new(Mutex::new(Mood::Takes)), port };
        let own = mailbox.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let own = own.clone();
                tokio::spawn(async move {
                    // Whoever hangs up has said enough.
                    let _ended = own.talk(stream).await;
                });
            }
        });
        mailbox
    }

    pub fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mood = *self.mood.lock().unwrap();
        if mood == Mood::HangsUp {
            return Ok(());
        }
        let mut stream = BufReader::new(stream);
        stream.get_mut().write_all(b"220 mail.example\r\n").await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let answer: &[u8] = match word.as_str() {
                "RCPT" if mood == Mood::Refuses => b"550 no such mailbox\r\n",
                "DATA" => b"354 go on\r\n",
                "QUIT" => b"221 bye\r\n",
                _ => b"250 fine\r\n",
            };
            stream.get_mut().write_all(answer).await?;
            if word == "QUIT" {
                return Ok(());
            }
            if word == "DATA" {
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut mail).await? == 0 {
                        return Ok(());
                    }
                }
                self.mails.lock().unwrap().push(mail);
                stream.get_mut().write_all(b"250 taken\r\n").await?;
            }
        }
    }
}

/// The settings that lead to it.
pub fn through(mailbox: &Mailbox, config: &mut foundation::config::Config) {
    config.mail.provider = "smtp".to_owned();
    config.mail.host = "127.0.0.1".to_owned();
    config.mail.port = mailbox.port;
    config.mail.security = "none".to_owned();
    config.mail.from = "示例特种设备检验检测院 <receipts@example.com>".to_owned();
}
