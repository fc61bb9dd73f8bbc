//! Until when something is to be decided.

use foundation::calendar::{beijing_date, start_of_beijing_day_ms};

use crate::app::App;

/// The last second of the day that is `working_days` working days after today (Beijing), epoch milliseconds (S0-40, B-21).
pub fn due_at(app: &App, working_days: u32) -> i64 {
    let day = app.calendar.add_working_days(beijing_date(app.now_ms()), working_days);
    start_of_beijing_day_ms(day) + 86_399_000
}
