//! What networks, databases and files say when they fail, in plain words.

/// What the text of an error means; the first that fits counts, the more particular ones come first.
const MEANINGS: [(&str, &str); 26] = [
    ("password authentication failed", "用户名或密码不对"),
    ("no pg_hba.conf entry", "数据库不允许从本机连接（pg_hba.conf）"),
    ("role \"", "数据库用户不存在"),
    ("database \"", "数据库不存在"),
    ("file is not a database", "这个文件不是 SQLite 数据库"),
    ("unable to open database file", "打不开数据库文件，请检查路径和目录权限"),
    ("readonly database", "数据库文件是只读的"),
    ("database is locked", "数据库正被别的进程占用"),
    ("pool timed out", "一直连接不上"),
    ("wrongpass", "用户名或密码不对"),
    ("noauth", "需要密码"),
    ("invalid username-password", "用户名或密码不对"),
    ("connection refused", "对方拒绝连接（地址或端口不对，或服务没有启动）"),
    ("dns error", "域名无法解析"),
    ("failed to lookup address", "域名无法解析"),
    ("name or service not known", "域名无法解析"),
    ("network is unreachable", "网络不通"),
    ("no route to host", "网络不通"),
    ("connection reset", "连接被对方断开"),
    ("certificate", "对方的 TLS 证书不可信"),
    ("timed out", "超时没有回答"),
    ("no answer in time", "超时没有回答"),
    ("builder error", "地址写得不对"),
    ("permission denied", "没有权限"),
    ("no such file", "文件或目录不存在"),
    ("no space left", "磁盘已满"),
];

/// The error in Chinese; what is not known is told to be so, with the original for support.
pub fn plain(error: &str) -> String {
    let told = error.to_lowercase();
    if let Some((_, meaning)) = MEANINGS.iter().find(|(words, _)| told.contains(words)) {
        return (*meaning).to_owned();
    }
    match error.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character)) {
        true => error.to_owned(),
        false => format!("原因不明，请把这一行发给技术支持：{error}"),
    }
}

/// An error with its causes as one text, for [`plain`].
pub fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn known_errors_are_told_once_and_in_chinese_alone() {
        let refused = "WeChat Pay cannot be reached: error trying to connect: tcp connect error: Connection refused (os error \
                       111): Connection refused (os error 111)";
        assert_eq!(plain(refused), "对方拒绝连接（地址或端口不对，或服务没有启动）");
        assert_eq!(
            plain("error returned from database: password authentication failed for user \"a\""),
            "用户名或密码不对"
        );
        assert_eq!(plain("无法建立文件目录"), "无法建立文件目录");
        assert!(plain("flux capacitor").contains("技术支持：flux capacitor"));
    }
}
