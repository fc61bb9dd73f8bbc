//! Louder or quieter logs without a restart: `tejian log-level info,tejian=debug` on the node's own machine, or in its
//! container. Everybody whom the operator's listener reaches may look; only who is on the machine changes it, for logs that
//! are silent hide what somebody does, and loud ones tell more than they should.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use foundation::telemetry;

/// What is logged now, in the language of `service.log_level`.
pub(super) async fn show() -> String {
    format!("{}\n", telemetry::log_level())
}

/// Changes it for this process until it ends.
pub(super) async fn change(ConnectInfo(caller): ConnectInfo<SocketAddr>, wanted: String) -> Response {
    if !caller.ip().to_canonical().is_loopback() {
        tracing::warn!(%caller, "somebody elsewhere wanted to change the log level");
        let told = "日志级别没有改变：只能在节点所在的机器上（容器里）改，运行 tejian log-level\n";
        return (StatusCode::FORBIDDEN, told).into_response();
    }
    let wanted = wanted.trim();
    // Said before: `off` would keep the line from being written that tells of it.
    tracing::warn!(level = wanted, "the log level is being changed");
    match telemetry::set_log_level(wanted) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, format!("日志级别没有改变：{error:#}\n")).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;
    use crate::testing;
    use crate::watch::routes::operators_router;

    #[tokio::test]
    async fn the_log_level_is_changed_from_its_own_machine_alone() {
        let (app, _clock) = testing::app().await;
        let put = async |caller: Option<&str>| {
            // No level at all: whoever may change it is told so, and the logs of other tests stay as they are.
            let mut request = Request::put("/log-level").body(Body::from("tejian=loud=very")).unwrap();
            if let Some(caller) = caller {
                request.extensions_mut().insert(ConnectInfo(caller.parse::<SocketAddr>().unwrap()));
            }
            operators_router(app.clone()).oneshot(request).await.unwrap().status()
        };
        for elsewhere in ["10.42.0.7:40000", "172.30.80.1:40000", "[2001:db8::7]:40000", "[::ffff:10.0.0.1]:40000"] {
            assert_eq!(put(Some(elsewhere)).await, StatusCode::FORBIDDEN, "{elsewhere}");
        }
        for here in ["127.0.0.1:40000", "[::1]:40000", "[::ffff:127.0.0.1]:40000"] {
            assert_eq!(put(Some(here)).await, StatusCode::UNPROCESSABLE_ENTITY, "{here}");
        }
        assert!(put(None).await.is_server_error(), "nobody knows who asks");
    }
}
