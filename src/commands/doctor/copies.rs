//! How old the last copy of everything is.

use foundation::calendar::beijing_minute_text;
use foundation::database::Database;

use super::plain::plain;
use super::report::Report;
use crate::backup::{LATE_AFTER_MS, last_made_at};

/// Tells of the last whole copy.
pub async fn examine(database: &Database, now_ms: i64, report: &mut Report) {
    match last_made_at(database.reader()).await {
        Ok(made_at) => judge(made_at, now_ms, report),
        Err(error) => report.note(format!("无法查看最近一次备份：{}", plain(&error.to_string()))),
    }
}

fn judge(made_at: Option<i64>, now_ms: i64, report: &mut Report) {
    let Some(made_at) = made_at else {
        return report.note("还没有用 tejian backup 做过备份：设好每晚的定时（运维手册「备份与恢复」）");
    };
    let at = beijing_minute_text(made_at);
    if now_ms - made_at <= LATE_AFTER_MS {
        return report.fine(format!("最近一次完整的备份：{at}"));
    }
    let hours = (now_ms - made_at) / 3_600_000;
    report.wrong(
        format!("最近一次完整的备份是 {at}，已过 {hours} 小时"),
        "看夜里的备份为什么没有做成（运维手册「备份太旧」），修好后马上做一次",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_785_722_400_000;

    #[test]
    fn a_copy_of_last_night_is_fine_one_of_before_is_wrong_and_none_is_a_note() {
        let told = |made_at: Option<i64>| {
            let mut report = Report::default();
            judge(made_at, NOW, &mut report);
            (report.is_healthy(), report.to_string())
        };
        let (healthy, text) = told(Some(NOW - LATE_AFTER_MS));
        assert!(healthy && text.contains("[正常] 最近一次完整的备份"), "{text}");
        let (healthy, text) = told(Some(NOW - LATE_AFTER_MS - 1));
        assert!(!healthy && text.contains("已过 36 小时") && text.contains("备份太旧"), "{text}");
        let (healthy, text) = told(None);
        assert!(healthy && text.contains("[提示] 还没有"), "{text}");
    }
}
