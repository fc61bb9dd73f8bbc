//! Identities on disk: `identities.json` is the truth; PEM files lie beside it for other tools.

use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;

use super::Identities;

impl Identities {
    /// Loads `identities.json` from `dir`, or makes new identities and writes them there, with
    /// PEM copies, readable by the owner alone (mode 0600).
    ///
    /// # Errors
    /// When the folder cannot be made, read or written, or the file is not ours.
    pub fn load_or_generate(dir: &Path) -> io::Result<Self> {
        let file = dir.join("identities.json");
        match fs::read(&file) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = Self::generate();
                made.write_to(dir)?;
                Ok(made)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes `identities.json` and the PEM files the merchant would download.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn write_to(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)?;
        write_private(&dir.join("apiclient_key.pem"), &self.merchant_private_key_pem)?;
        write_private(&dir.join("apiclient_cert.pem"), &self.merchant_certificate_pem)?;
        write_private(&dir.join("pub_key.pem"), &self.public_key_pem)?;
        for platform in &self.platform_certificates {
            let name = format!("wechatpay_{}.pem", platform.serial);
            write_private(&dir.join(name), &platform.certificate_pem)?;
        }
        let json = serde_json::to_string_pretty(self)?;
        write_private(&dir.join("identities.json"), &json)
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text.as_bytes())
}
