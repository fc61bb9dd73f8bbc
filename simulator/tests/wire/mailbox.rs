//! The mailbox: mails go in as SMTP and come out on a page.

use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::Stage;

async fn mailbox(stage: &Stage) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    stage.simulator.open_mailbox(listener);
    port
}

/// Says these lines, and gives the codes that came back.
async fn said(port: u16, lines: &[&str]) -> Vec<String> {
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.expect("a mail server"));
    let mut codes = Vec::new();
    for line in ["", "EHLO me"].iter().chain(lines) {
        if !line.is_empty() {
            stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.expect("said");
        }
        let mut answer = String::new();
        stream.read_line(&mut answer).await.expect("an answer");
        codes.push(answer.chars().take(3).collect());
    }
    codes
}

async fn send(port: u16, to: &str, content: &str) {
    let receiver = format!("RCPT TO:<{to}>");
    let whole = format!("{content}\r\n.");
    let codes = said(port, &["MAIL FROM:<a@example.com>", &receiver, "DATA", &whole, "QUIT"]).await;
    assert_eq!(codes, ["220", "250", "250", "250", "354", "250", "221"]);
}

#[tokio::test]
async fn a_mail_is_listed_with_its_files_and_they_can_be_downloaded() {
    let stage = Stage::new().await;
    let port = mailbox(&stage).await;
    let content = "Subject: =?utf-8?b?55S15a2Q5Y+R56Wo?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
                   Content-Type: text/plain; charset=utf-8\r\n\r\n..<b>hello</b>\r\n--b\r\nContent-Type: application/pdf\r\n\
                   Content-Disposition: attachment; filename*0*=utf-8''%E5%8F%91%E7%A5%A8.pdf\r\n\
                   Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--";
    send(port, "caiwu@example.com", content).await;
    let listed = stage.get("/_sim/mails").await;
    assert_eq!((&listed["total"], &listed["pages"]), (&json!(1), &json!(1)), "{listed}");
    let mail = &listed["items"][0];
    assert_eq!((&mail["subject"], &mail["to"][0]), (&json!("电子发票"), &json!("caiwu@example.com")));
    assert_eq!(mail["text"], ".<b>hello</b>");
    assert_eq!(
        (&mail["attachments"][0]["file_name"], &mail["attachments"][0]["size"]),
        (&json!("发票.pdf"), &json!(4))
    );
    assert!(mail["attachments"][0].get("content").is_none());
    let base = stage.simulator.base_url();
    let path = format!("{base}/_sim/mails/{}/attachments/0", mail["id"]);
    let file = stage.http.get(path).send().await.expect("an answer");
    assert_eq!(file.headers()["content-type"], "application/octet-stream");
    assert_eq!(file.headers()["content-disposition"], "attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf");
    assert_eq!(file.bytes().await.expect("bytes").as_ref(), b"%PDF");
    for nothing in ["/_sim/mails/1/attachments/1", "/_sim/mails/2/attachments/0"] {
        let answer = stage.http.get(format!("{base}{nothing}")).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{nothing}");
    }
    assert_eq!(stage.get("/_sim/state").await["mails"], 1, "the phones tell that there is one");
}

#[tokio::test]
async fn mails_come_page_by_page_newest_first_and_the_page_of_them_is_there() {
    let stage = Stage::new().await;
    let port = mailbox(&stage).await;
    for number in 1..=21 {
        send(port, "caiwu@example.com", &format!("Subject: {number}\r\n\r\nhello")).await;
    }
    let first = stage.get("/_sim/mails?page=1").await;
    assert_eq!((first["items"].as_array().expect("mails").len(), &first["items"][0]["subject"]), (20, &json!("21")));
    let last = stage.get("/_sim/mails?page=2").await;
    assert_eq!((last["items"].as_array().expect("mails").len(), &last["items"][0]["subject"]), (1, &json!("1")));
    let base = stage.simulator.base_url();
    for (path, kind) in [("/mail", "text/html"), ("/phone/mail.js", "text/javascript"), ("/phone/mail.css", "text/css")]
    {
        let answer = stage.http.get(format!("{base}{path}")).send().await.expect("an answer");
        assert!(answer.headers()["content-type"].to_str().expect("text").starts_with(kind), "{path}");
    }
}

#[tokio::test]
async fn a_sender_who_breaks_off_or_names_nobody_leaves_nothing() {
    let stage = Stage::new().await;
    let port = mailbox(&stage).await;
    assert_eq!(said(port, &["DATA", "AUTH PLAIN", "QUIT"]).await, ["220", "250", "503", "502", "221"]);
    assert_eq!(
        said(port, &["MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA"]).await.last().unwrap(),
        "354"
    );
    assert_eq!(stage.get("/_sim/mails").await["total"], 0);
}
