//! What people write to the service account: encrypted by WeChat, kept once, answered by a word that is known.

use wechat::crypto::message::MessageCrypto;

use crate::driver::{End, Outcome, drive, named, request};
use crate::limits::{Numbers, Script, run};
use crate::report::{Report, Row};
use crate::seed::BASE;
use crate::settings::Settings;
use crate::stage::Stage;

const CONNECTIONS: [usize; 2] = [1, 32];
/// Messages of the run that finds out how many are needed.
const TRIAL: i64 = 200;

/// Measures messages beside the limits of the database, in turn.
pub fn measure(stage: &Stage, settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let mut written = Messages { next: 0 };
    let mut expected = Vec::new();
    for connections in CONNECTIONS {
        let trial = written.send(stage, connections, TRIAL)?;
        expected.push((trial.per_second() * settings.duration.as_secs_f64()) as i64 + connections as i64);
    }
    for round in 0..settings.rounds {
        for (connections, count) in CONNECTIONS.into_iter().zip(&expected) {
            let name = named("message to the service account", connections);
            let outcome = written.send(stage, connections, *count)?;
            report.add(stage, &name, Row::of(&outcome, 1.0));
            let limit = written.keep_bare(stage, connections, *count)?;
            let limit_name = if stage.is_sqlite() { "one thread, same statements" } else { "pgbench, same statements" };
            report.add_limit(stage, &name, limit_name, Some(limit));
        }
        report.progress(&format!("{}: messages, round {} of {}", stage.name, round + 1, settings.rounds));
    }
    Ok(())
}

/// Numbers messages, so that each is kept.
struct Messages {
    next: i64,
}

impl Messages {
    fn take(&mut self, count: i64) -> i64 {
        let first = self.next;
        self.next += count;
        first
    }

    /// Over HTTP, and counts what was kept.
    fn send(&mut self, stage: &Stage, connections: usize, count: i64) -> anyhow::Result<Outcome> {
        let first = self.take(count);
        let before = kept(stage)?;
        let requests = (first..first + count).map(|number| push(stage, number)).collect::<anyhow::Result<Vec<_>>>()?;
        let outcome = drive(stage, connections, &requests, End::AfterAll, 200)?;
        anyhow::ensure!(kept(stage)? == before + count, "every message is kept once");
        Ok(outcome)
    }

    /// In bare SQL: the message is kept, and whether the service desk is talking with its writer is looked up.
    fn keep_bare(&mut self, stage: &Stage, clients: usize, count: i64) -> anyhow::Result<f64> {
        let clients_count = clients as i64;
        let count = (count / clients_count).max(1) * clients_count;
        let first = self.take(count);
        let statements = vec![
            format!(
                "INSERT INTO inbound_messages (dedup_key, openid, kind, content, received_at) \
                 VALUES ('k' || ({BASE} + :k), 'o' || ({BASE} + :k), 'text', '缴费', 0) ON CONFLICT (dedup_key) DO NOTHING"
            ),
            format!("SELECT * FROM conversations WHERE openid = 'o' || ({BASE} + :k)"),
            format!("SELECT * FROM wechat_users WHERE openid = 'o' || ({BASE} + :k) AND app_id = 'a'"),
        ];
        let script = Script { name: "message".to_owned(), statements, reads_only: false };
        run(stage, &script, Numbers::Once { first, count, step: 1 }, clients)
    }
}

fn kept(stage: &Stage) -> anyhow::Result<i64> {
    stage.number("SELECT COUNT(*) FROM inbound_messages WHERE dedup_key NOT LIKE 'k%'")
}

/// A push as WeChat sends it.
fn push(stage: &Stage, number: i64) -> anyhow::Result<Vec<u8>> {
    let account = &stage.app.config.wechat.mp;
    let crypto = MessageCrypto::new(account.token.expose(), &[account.encoding_aes_key.expose()], &account.app_id)?;
    let now = (stage.app.now_ms() / 1_000).to_string();
    let openid = format!("oUpF8u{:022}", BASE + number);
    let text = format!(
        "<xml><ToUserName><![CDATA[{}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>\
         <CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[缴费]]></Content>\
         <MsgId>{}</MsgId></xml>",
        account.original_id,
        BASE + number
    );
    let sealed = crypto.encrypt(&text);
    let nonce = format!("{}", BASE + number);
    let signature = crypto.signature(&now, &nonce, &sealed);
    let body = format!(
        "<xml><ToUserName><![CDATA[{}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>",
        account.original_id
    );
    let path = format!("/wechat/mp?timestamp={now}&nonce={nonce}&encrypt_type=aes&msg_signature={signature}");
    Ok(request("POST", &path, &[], body.as_bytes()))
}
