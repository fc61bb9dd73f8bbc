//! Room for large bodies. A file that somebody sends lies in memory while it is received and looked at; five hundred of them
//! at once would be more than a node has. Every route that collects more than an ordinary request takes room here before it
//! reads, and is refused when there is none.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use foundation::config::HttpConfig;
use foundation::problem::Problem;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::wording;
use crate::app::SharedApp;

const KIB: u64 = 1_024;
/// Smaller ones need no room: as many of them as there are places for requests fit beside everything else.
const SMALL_BYTES_MAX: u64 = 64 * KIB;
/// A file that is received and kept takes about so long.
const RETRY_AFTER_S: u64 = 5;

/// What large bodies take of this process's memory, and may take; one for all routes.
#[derive(Debug)]
pub struct LargeBodies {
    /// In KiB.
    room: Arc<Semaphore>,
    room_kib: u32,
    /// The largest single one.
    one_bytes_max: u64,
}

/// Room that a body was given; given back when it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Room {
    _taken: Option<OwnedSemaphorePermit>,
}

impl LargeBodies {
    /// `http.large_bodies_limit_bytes` together, `http.import_limit_bytes` each.
    pub fn of_config(http: &HttpConfig) -> Self {
        let room_kib = kib(http.large_bodies_limit_bytes as u64);
        Self {
            room: Arc::new(Semaphore::new(room_kib as usize)),
            room_kib,
            one_bytes_max: http.import_limit_bytes as u64,
        }
    }

    /// What is taken now, bytes.
    pub fn taken_bytes(&self) -> u64 {
        u64::from(self.room_kib).saturating_sub(self.room.available_permits() as u64) * KIB
    }

    /// Room for a body that is not read yet, by its announced size. One whose size is not announced may become as large as
    /// any, and takes as much.
    ///
    /// # Errors
    /// 413 for one larger than any may be, 503 when there is no room now.
    pub fn room_for(&self, body: &Body) -> Result<Room, Problem> {
        let announced = body.size_hint();
        let bytes = announced.upper().unwrap_or(self.one_bytes_max);
        if announced.lower() > self.one_bytes_max || bytes > self.one_bytes_max {
            return Err(wording::too_large());
        }
        if bytes <= SMALL_BYTES_MAX {
            return Ok(Room { _taken: None });
        }
        match Arc::clone(&self.room).try_acquire_many_owned(kib(bytes)) {
            Ok(taken) => Ok(Room { _taken: Some(taken) }),
            Err(_) => Err(no_room()),
        }
    }
}

/// Rounded up.
fn kib(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(KIB)).unwrap_or(u32::MAX)
}

fn no_room() -> Problem {
    metrics::counter!("tejian_http_refused_total", "kind" => "large_bodies").increment(1);
    let told = "现在同时上传的文件太多，这个文件没有接收，没有扣款";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_large_bodies", told)
        .advice("请过几秒再上传一次")
        .retry_after_s(RETRY_AFTER_S)
}

/// A body that may be large, read by `T` once there is room for it. Keep the room for as long as what was read. Stands after
/// whatever says who asks: strangers take no room.
#[derive(Debug)]
pub struct LargeBody<T>(pub T, pub Room);

impl<T: FromRequest<SharedApp, Rejection = Infallible>> FromRequest<SharedApp> for LargeBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &SharedApp) -> Result<Self, Problem> {
        let room = app.large_bodies.room_for(request.body())?;
        match T::from_request(request, app).await {
            Ok(content) => Ok(Self(content, room)),
            Err(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    const ONE: usize = 1_048_576;

    fn of(together: usize) -> LargeBodies {
        let mut http = crate::testing::config().http;
        http.import_limit_bytes = ONE;
        http.large_bodies_limit_bytes = together;
        LargeBodies::of_config(&http)
    }

    fn endless() -> Body {
        Body::from_stream(stream::pending::<Result<bytes::Bytes, Infallible>>())
    }

    #[test]
    fn what_does_not_say_how_large_it_is_counts_as_the_largest() {
        let bodies = of(2 * ONE);
        let first = bodies.room_for(&endless()).unwrap();
        let second = bodies.room_for(&Body::from(vec![0_u8; ONE])).unwrap();
        assert_eq!(bodies.taken_bytes(), 2 * ONE as u64);
        let refused = bodies.room_for(&Body::from(vec![0_u8; ONE / 2])).unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (503, "too_many_large_bodies"));
        let small = bodies.room_for(&Body::from("a word")).unwrap();
        drop((first, small));
        assert_eq!(bodies.taken_bytes(), ONE as u64);
        drop(second);
        assert_eq!(bodies.taken_bytes(), 0);
    }

    #[test]
    fn what_is_larger_than_any_may_be_is_refused_unread() {
        let refused = of(2 * ONE).room_for(&Body::from(vec![0_u8; ONE + 1])).unwrap_err();
        assert_eq!(refused.status().as_u16(), 413);
    }
}
