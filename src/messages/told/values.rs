//! How what an event names is written: amounts, days, moments, and the key by which it is told once.

use foundation::calendar::beijing_time;
use foundation::money::Fen;

use crate::app::App;
use crate::messages::kinds::MessageKind;
use crate::messages::wording::Values;

/// `2026年11月22日`.
pub fn day_text(day: time::Date) -> String {
    format!("{}年{}月{}日", day.year(), u8::from(day.month()), day.day())
}

/// What makes an event of an order (or request) unique; each account is told of it once.
pub fn key_of(kind: MessageKind, order_id: &str, part: &str) -> String {
    format!("{}:{order_id}:{part}", kind.as_str())
}

/// The amount that an event is about, as a sentence and as a field of a template have it.
pub fn set_amount(values: &mut Values, amount: Fen) {
    let yuan = amount.to_yuan_text();
    set(values, "amount", &format!("{yuan} 元"));
    // Template fields of kind amount take no separators.
    set(values, "amount_plain", &format!("{}元", yuan.replace(',', "")));
}

/// What every text may name: the amount, the phone of the institute, and when it is told.
pub fn common_values(app: &App, amount: Fen) -> Values {
    let mut values = Values::new();
    set_amount(&mut values, amount);
    set(&mut values, "phone", &app.config.service.service_phone);
    set(&mut values, "time", &moment_text(app.now_ms()));
    values
}

/// `2026年11月22日 09:05` in Beijing.
pub fn moment_text(at_ms: i64) -> String {
    let moment = beijing_time(at_ms);
    let (year, month, day) = (moment.year(), u8::from(moment.month()), moment.day());
    format!("{year}年{month}月{day}日 {:02}:{:02}", moment.hour(), moment.minute())
}

/// Fills a name.
pub fn set(values: &mut Values, name: &str, value: &str) {
    values.insert(name.to_owned(), value.to_owned());
}
