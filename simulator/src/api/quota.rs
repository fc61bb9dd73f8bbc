//! Daily quotas: 45009 beyond them until 00:00 Beijing.

use super::{ApiAnswer, ApiError, ApiRequest, App, ok};
use crate::instants;
use crate::shared::Shared;

/// Calls of one path in one day.
fn limit(path: &str) -> u32 {
    match path {
        "/cgi-bin/menu/create" | "/cgi-bin/menu/delete" => 1000,
        "/cgi-bin/menu/get" => 10_000,
        "/cgi-bin/message/template/send" => 100_000,
        "/cgi-bin/clear_quota" => 10,
        _ => 1_000_000,
    }
}

pub(super) fn count(shared: &Shared, app: App, path: &str) -> Result<(), ApiError> {
    let day = instants::day(shared.now());
    shared.change(|world| {
        let state = app.state(world);
        if state.calls_day != day {
            state.calls_day = day;
            state.calls_today.clear();
        }
        let calls = state.calls_today.entry(path.to_owned()).or_default();
        *calls += 1;
        if *calls > limit(path) {
            return Err(ApiError::new(45009, "reach max api daily quota limit"));
        }
        Ok(())
    })
}

/// POST /cgi-bin/clear_quota {appid}
pub(super) fn clear(shared: &Shared, app: App, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    if request.json()?["appid"].as_str() != Some(&app.identity(shared).app_id) {
        return Err(ApiError::new(40013, "invalid appid"));
    }
    shared.change(|world| {
        let calls = &mut app.state(world).calls_today;
        calls.retain(|path, _| path == "/cgi-bin/clear_quota");
    });
    Ok(ok())
}
