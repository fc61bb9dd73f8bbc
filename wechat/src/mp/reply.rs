//! Passive answers to a push (mp §4): within 5 seconds, otherwise answer `success` and send a message later.

use super::inbound::Inbound;
use super::xml::cdata;
use crate::crypto::message::MessageCrypto;

/// The body that tells WeChat that the push arrived and nothing is to be said.
pub const ACKNOWLEDGE: &str = "success";
/// A text answer may have this many bytes.
const TEXT_BYTES_MAX: usize = 2048;

/// One article of a news answer; WeChat shows one only for most triggers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Headline.
    pub title: String,
    /// Text below.
    pub description: String,
    /// Picture; empty for none.
    pub picture_url: String,
    /// Page it opens.
    pub url: String,
}

/// A text answer to the sender of `inbound`; longer texts are cut at 2,048 bytes. `now` is unix seconds.
pub fn text(inbound: &Inbound, content: &str, now: i64) -> String {
    let content = &content[..content.floor_char_boundary(TEXT_BYTES_MAX)];
    document(inbound, now, "text", &format!("<Content>{}</Content>", cdata(content)))
}

/// A news answer with one article.
pub fn news(inbound: &Inbound, article: &Article, now: i64) -> String {
    let item = format!(
        "<ArticleCount>1</ArticleCount><Articles><item><Title>{}</Title><Description>{}</Description>\
         <PicUrl>{}</PicUrl><Url>{}</Url></item></Articles>",
        cdata(&article.title),
        cdata(&article.description),
        cdata(&article.picture_url),
        cdata(&article.url)
    );
    document(inbound, now, "news", &item)
}

/// Encrypts and signs an answer, with given randomness so that it can be reproduced.
pub fn seal(crypto: &MessageCrypto, reply_xml: &str, random: &[u8; 16], timestamp: &str, nonce: &str) -> String {
    let ciphertext = crypto.encrypt_with(random, reply_xml);
    let signature = crypto.signature(timestamp, nonce, &ciphertext);
    format!(
        "<xml>\n<Encrypt>{}</Encrypt>\n<MsgSignature>{}</MsgSignature>\n<TimeStamp>{timestamp}</TimeStamp>\n\
         <Nonce>{}</Nonce>\n</xml>",
        cdata(&ciphertext),
        cdata(&signature),
        cdata(nonce)
    )
}

fn document(inbound: &Inbound, now: i64, message_type: &str, content: &str) -> String {
    format!(
        "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName><CreateTime>{now}</CreateTime>\
         <MsgType>{}</MsgType>{content}</xml>",
        cdata(&inbound.from_user),
        cdata(&inbound.to_user),
        cdata(message_type)
    )
}
