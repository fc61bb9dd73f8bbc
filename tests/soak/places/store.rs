//! An S3 server (`moto_server`) behind a line that can fail. It keeps everything in memory, so it lives as long as the soak.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;

use super::link::Link;
use super::programs::{free_address, reachable};

/// Names the program when it is not on the path.
const PROGRAM_VARIABLE: &str = "TEJIAN_SOAK_S3_SERVER";
const BUCKET: &str = "tejian";

/// The server and the line to it.
pub struct Store {
    /// What nodes use.
    pub link: Link,
    child: Child,
}

impl Store {
    /// Starts one with an empty bucket; its log goes into `directory`.
    pub async fn start(directory: &Path) -> anyhow::Result<Self> {
        let address = free_address()?;
        let log = File::create(directory.join("store.log"))?;
        let program = std::env::var(PROGRAM_VARIABLE).unwrap_or_else(|_| "moto_server".to_owned());
        let child = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &address.port().to_string()])
            .stdout(Stdio::from(log.try_clone()?))
            .stderr(Stdio::from(log))
            .spawn()
            .with_context(|| format!("{program} cannot be started; scripts/setup.sh soak installs it"))?;
        let store = Self { link: Link::to(address).await?, child };
        reachable("the S3 server", address).await?;
        let made = reqwest::Client::builder().no_proxy().build()?.put(format!("http://{address}/{BUCKET}"));
        made.send().await?.error_for_status().context("the bucket cannot be made")?;
        Ok(store)
    }

    /// For `[files]`.
    pub fn settings(&self) -> [(&'static str, String); 5] {
        [
            ("TEJIAN__FILES__S3_BUCKET", BUCKET.to_owned()),
            ("TEJIAN__FILES__S3_ENDPOINT", format!("http://{}", self.link.address)),
            ("TEJIAN__FILES__S3_REGION", "us-east-1".to_owned()),
            ("TEJIAN__FILES__S3_ACCESS_KEY", "soak".to_owned()),
            ("TEJIAN__FILES__S3_SECRET_KEY", "soak".to_owned()),
        ]
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // It may be dead already.
        let _ended = (self.child.kill(), self.child.wait());
    }
}
