//! Where events may be sent: https to a public address, unless the configuration allows the private network.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, ensure};
use foundation::addresses::resolve;
use foundation::config::WebhooksConfig;
use foundation::problem::Problem;
use url::Url;

const URL_BYTES_MAX: usize = 500;

/// A destination whose address was looked at just now.
pub(super) struct Destination {
    url: Url,
    host: String,
    addresses: Vec<SocketAddr>,
}

impl Destination {
    /// Looks at an address.
    ///
    /// # Errors
    /// In Chinese: it is none, is not https, or leads where events must not go.
    pub(super) async fn of(text: &str, config: &WebhooksConfig) -> anyhow::Result<Self> {
        ensure!(text.len() <= URL_BYTES_MAX, "地址太长");
        let url = Url::parse(text.trim()).context("不是有效的网址")?;
        let scheme_fits = url.scheme() == "https" || (url.scheme() == "http" && config.allow_private);
        ensure!(scheme_fits, "必须是 https 地址");
        ensure!(url.username().is_empty() && url.password().is_none(), "地址里不能带用户名或密码");
        let host = url.host_str().context("地址没有主机名")?.to_owned();
        let port = url.port_or_known_default().context("地址没有端口")?;
        let addresses = resolve(&host, port, config.allow_private).await?;
        Ok(Self { url, host, addresses })
    }

    /// The address as it is written down.
    pub(super) fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// A client that reaches this destination at the looked-at address and nothing else.
    pub(super) fn client(&self, config: &WebhooksConfig) -> reqwest::Result<reqwest::Client> {
        reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_millis(config.timeout_ms))
            .resolve_to_addrs(&self.host, &self.addresses)
            .user_agent("tejian-webhooks")
            .build()
    }
}

/// The refusal of an address that a person typed.
pub(super) fn refused(error: &anyhow::Error) -> Problem {
    Problem::unacceptable("webhook_url", "接收地址不能使用，没有保存")
        .field("url", error.to_string())
        .advice("请填写对方系统的 https 地址")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(allow_private: bool) -> WebhooksConfig {
        WebhooksConfig { allow_private, timeout_ms: 1_000, kept_days: 180 }
    }

    #[tokio::test]
    async fn only_public_https_addresses_are_called_unless_the_house_is_private() {
        for wrong in [
            "http://8.8.8.8/hook",
            "https://127.0.0.1/hook",
            "https://[::1]/hook",
            "https://10.0.0.8/hook",
            "https://169.254.169.254/latest",
            "https://user:secret@8.8.8.8/",
            // The same address, written so that a list of texts does not know it.
            "https://localhost/hook",
            "https://2130706433/hook",
            "https://0x7f.1/hook",
            "https://017700000001/hook",
            "https://127.1/hook",
            "https://①②⑦.⓪.⓪.①/hook",
            "https://127。0。0。1/hook",
            "https://[::ffff:127.0.0.1]/hook",
            "https://[::ffff:7f00:1]/hook",
            "https://[64:ff9b::7f00:1]/hook",
            "https://[fe80::1]/hook",
            "https://0/hook",
            "ftp://8.8.8.8/",
            "hook",
        ] {
            assert!(Destination::of(wrong, &config(false)).await.is_err(), "{wrong}");
        }
        assert!(Destination::of("https://8.8.8.8/hook", &config(false)).await.is_ok());
        assert!(Destination::of("http://127.0.0.1:9/hook", &config(true)).await.is_ok());
        assert!(Destination::of("ftp://127.0.0.1/", &config(true)).await.is_err());
    }

    #[tokio::test]
    async fn the_address_that_was_looked_at_is_called_whatever_the_name_leads_to_since() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let looked_at = listener.local_addr().unwrap();
        // A name that no server of names knows any more: whoever asked again would reach nothing, or somebody else.
        let url = format!("http://hooks.invalid:{}/in", looked_at.port());
        let destination = Destination {
            url: Url::parse(&url).unwrap(),
            host: "hooks.invalid".to_owned(),
            addresses: vec![looked_at],
        };
        let client = destination.client(&config(false)).unwrap();
        let asked = tokio::spawn(client.post(destination.as_str()).body("{}").send());
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut head = [0; 1_024];
        let read = tokio::io::AsyncReadExt::read(&mut connection, &mut head).await.unwrap();
        assert!(String::from_utf8_lossy(&head[..read]).contains("host: hooks.invalid"));
        // A destination that sends us on is not followed.
        let inside = "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut connection, inside.as_bytes()).await.unwrap();
        assert_eq!(asked.await.unwrap().unwrap().status(), 307);
    }
}
