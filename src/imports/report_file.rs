//! Where the PDF of a report may come from: a file beside the import file, or a host that the configuration trusts.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use url::Url;

use super::row::ReportFile;

/// Largest report file, bytes.
pub const REPORT_FILE_BYTES_MAX: u64 = 30 * 1024 * 1024;

/// How every PDF begins (some programs write a few bytes before it).
const PDF_MARK: &[u8] = b"%PDF-";
const PDF_MARK_WITHIN_BYTES: usize = 1_024;

/// Whether bytes look like a PDF: the type is told by the content, never by the name.
pub fn is_pdf(content: &[u8]) -> bool {
    let head = &content[..content.len().min(PDF_MARK_WITHIN_BYTES)];
    head.windows(PDF_MARK.len()).any(|window| window == PDF_MARK)
}

/// From where files are taken in one import.
#[derive(Debug, Clone, Default)]
pub struct FileRules {
    directory: Option<PathBuf>,
    allowed_hosts: Vec<String>,
}

impl FileRules {
    /// Files below `directory` (none for requests over the network) and addresses on `allowed_hosts`, a list with
    /// commas of `host` or `host:port`.
    pub fn new(directory: Option<&Path>, allowed_hosts: &str) -> Self {
        let hosts = allowed_hosts.split(',').map(|host| host.trim().to_lowercase());
        Self {
            // Resolved once, so that links in it do not matter and links out of it are seen.
            directory: directory.and_then(|directory| directory.canonicalize().ok()),
            allowed_hosts: hosts.filter(|host| !host.is_empty()).collect(),
        }
    }

    /// Looks at what a row names; the error is the reason for people.
    pub fn look_at(&self, text: &str) -> Result<ReportFile, String> {
        if text.is_empty() {
            return Ok(ReportFile::None);
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            return self.allowed_url(text).map(ReportFile::Remote);
        }
        self.local_file(text).map(ReportFile::Local)
    }

    /// The address, if its host is one that the configuration allows.
    pub fn allowed_url(&self, text: &str) -> Result<Url, String> {
        let url = Url::parse(text).map_err(|_| "报告文件的网址写法不对".to_owned())?;
        let host = url.host_str().unwrap_or("").to_lowercase();
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        let is_allowed = match &with_port {
            Some(with_port) => self.allowed_hosts.contains(with_port),
            None => self.allowed_hosts.contains(&host),
        };
        if !url.username().is_empty() || url.password().is_some() || !is_allowed {
            return Err(format!(
                "不允许从“{}”下载报告文件，请先在 imports.allowed_url_hosts 中登记",
                with_port.unwrap_or(host)
            ));
        }
        Ok(url)
    }

    fn local_file(&self, text: &str) -> Result<PathBuf, String> {
        let Some(directory) = &self.directory else {
            return Err("这里不能用文件路径，请填网址或另行上传报告文件".to_owned());
        };
        let relative = Path::new(text);
        let stays_inside = relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !stays_inside {
            return Err("报告文件应写成相对于导入文件的路径，不能用绝对路径或“..”".to_owned());
        }
        let shown: String = text.chars().take(60).collect();
        let path = directory.join(relative).canonicalize().map_err(|_| format!("找不到报告文件“{shown}”"))?;
        if !path.starts_with(directory) {
            return Err("报告文件必须在导入文件所在的目录内".to_owned());
        }
        let unreadable = |_| format!("无法读取报告文件“{shown}”");
        let file = File::open(&path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(format!("报告文件“{shown}”不是文件"));
        }
        if metadata.len() > REPORT_FILE_BYTES_MAX {
            return Err(format!("报告文件“{shown}”超过 30 MB"));
        }
        let mut head = Vec::with_capacity(PDF_MARK_WITHIN_BYTES);
        file.take(PDF_MARK_WITHIN_BYTES as u64).read_to_end(&mut head).map_err(unreadable)?;
        if !is_pdf(&head) {
            return Err(format!("报告文件“{shown}”不是 PDF"));
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> PathBuf {
        let directory = std::env::temp_dir().join(foundation::ids::new_id_text("report-files"));
        std::fs::create_dir_all(directory.join("pdf")).unwrap();
        directory
    }

    #[test]
    fn only_pdfs_inside_the_directory_are_taken() {
        let directory = directory();
        std::fs::write(directory.join("pdf/good.pdf"), b"%PDF-1.7\n").unwrap();
        std::fs::write(directory.join("pdf/picture.pdf"), b"\x89PNG").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", directory.join("pdf/link.pdf")).unwrap();
        let rules = FileRules::new(Some(&directory), "");
        assert!(matches!(rules.look_at("pdf/good.pdf"), Ok(ReportFile::Local(_))));
        assert_eq!(rules.look_at(""), Ok(ReportFile::None));
        for (text, reason) in [
            ("pdf/picture.pdf", "不是 PDF"),
            ("pdf/missing.pdf", "找不到"),
            ("pdf", "不是文件"),
            ("../secret.pdf", ".."),
            ("/etc/hostname", "绝对路径"),
            ("pdf/link.pdf", "目录内"),
        ] {
            assert!(rules.look_at(text).unwrap_err().contains(reason), "{text}");
        }
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_file_over_thirty_megabytes_is_refused_by_its_size_alone() {
        let directory = directory();
        let file = File::create(directory.join("large.pdf")).unwrap();
        file.set_len(REPORT_FILE_BYTES_MAX + 1).unwrap();
        let rules = FileRules::new(Some(&directory), "");
        assert!(rules.look_at("large.pdf").unwrap_err().contains("30 MB"));
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn addresses_outside_the_list_are_refused() {
        let rules = FileRules::new(None, "files.example.cn, core.example.cn:8443");
        for good in
            ["https://files.example.cn/a.pdf", "https://FILES.example.cn:443/a.pdf", "https://core.example.cn:8443/b"]
        {
            assert!(matches!(rules.look_at(good), Ok(ReportFile::Remote(_))), "{good}");
        }
        for bad in [
            "https://files.example.cn.evil.example/a.pdf",
            "https://files.example.cn@127.0.0.1/a.pdf",
            "https://user:word@files.example.cn/a.pdf",
            "http://169.254.169.254/latest",
            "https://files.example.cn:8443/a.pdf",
            "http://[::1]/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://files.example.cn。evil.example/",
            "http://[::ffff:127.0.0.1]/",
            "https://files.example.cn./a.pdf",
        ] {
            assert!(rules.look_at(bad).is_err(), "{bad}");
        }
        assert!(rules.look_at("a.pdf").is_err(), "a path over the network");
    }
}
