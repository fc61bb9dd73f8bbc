//! Room for large bodies. A file that somebody sends lies in memory while it is received and looked at; five hundred of them
//! at once would be more than a node has. Whatever reads more than 64 KiB takes room here before it reads, and is refused when
//! there is none: files as long as they are looked at, JSON as long as it is received. Of bodies whose sender is not known yet
//! all together take no more than half of the room, so that nobody keeps the files of others out without signing in.

use std::convert::Infallible;
use std::sync::Arc;

use axum::RequestExt;
use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use foundation::config::HttpConfig;
use foundation::problem::Problem;
use futures_util::stream;
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
    /// In KiB, what those may take of it whose senders are not known yet.
    room_for_strangers: Arc<Semaphore>,
    /// The largest single one.
    one_bytes_max: u64,
}

/// Room that a body was given; given back when it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Room {
    _taken: Option<OwnedSemaphorePermit>,
    /// What is taken of the strangers' share meanwhile.
    _taken_as_stranger: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// The same room, now that it is known who sent the body.
    pub fn of_somebody_known(self) -> Self {
        Self { _taken_as_stranger: None, ..self }
    }
}

impl LargeBodies {
    /// `http.large_bodies_limit_bytes` together, `http.import_limit_bytes` each.
    pub fn of_config(http: &HttpConfig) -> Self {
        let room_kib = kib(http.large_bodies_limit_bytes as u64);
        // The largest single one fits in any case.
        let strangers_kib = (room_kib / 2).max(kib(http.import_limit_bytes as u64)).min(room_kib);
        Self {
            room: Arc::new(Semaphore::new(room_kib as usize)),
            room_kib,
            room_for_strangers: Arc::new(Semaphore::new(strangers_kib as usize)),
            one_bytes_max: http.import_limit_bytes as u64,
        }
    }

    /// What is taken now, bytes.
    pub fn taken_bytes(&self) -> u64 {
        u64::from(self.room_kib).saturating_sub(self.room.available_permits() as u64) * KIB
    }

    /// Room for the body of a request that is not read yet, by its announced size. One whose size is not announced may become
    /// as large as its route takes any, and takes as much.
    ///
    /// # Errors
    /// 413 for one larger than any of the route may be, 503 when there is no room now.
    pub fn room_for(&self, request: &Request) -> Result<Room, Problem> {
        self.take(self.bytes_of(request)?)
    }

    /// The same for a body whose sender is not known before it is read. Of the room all these together take a share.
    ///
    /// # Errors
    /// As [`Self::room_for`].
    pub fn room_for_stranger(&self, request: &Request) -> Result<Room, Problem> {
        let bytes = self.bytes_of(request)?;
        let taken_as_stranger = taken_of(&self.room_for_strangers, bytes)?;
        Ok(Room { _taken_as_stranger: taken_as_stranger, ..self.take(bytes)? })
    }

    /// Room for so many bytes.
    ///
    /// # Errors
    /// 503 when there is none now.
    pub fn take(&self, bytes: u64) -> Result<Room, Problem> {
        Ok(Room { _taken: taken_of(&self.room, bytes)?, _taken_as_stranger: None })
    }

    /// As many bytes as the body may become.
    fn bytes_of(&self, request: &Request) -> Result<u64, Problem> {
        let announced = request.body().size_hint();
        let most = limit_of_route(request).map_or(self.one_bytes_max, |limit| limit.min(self.one_bytes_max));
        let bytes = announced.upper().unwrap_or(most);
        if announced.lower() > most || bytes > most {
            return Err(wording::too_large());
        }
        Ok(bytes)
    }
}

/// What [`axum::extract::DefaultBodyLimit`] lets a body of this route become, bytes; nothing where it was switched off. It
/// can be read only of a body that it limits.
fn limit_of_route(request: &Request) -> Option<u64> {
    let endless = stream::pending::<Result<bytes::Bytes, Infallible>>();
    let mut limited = Request::new(Body::from_stream(endless));
    *limited.extensions_mut() = request.extensions().clone();
    limited.with_limited_body().body().size_hint().upper()
}

fn taken_of(room: &Arc<Semaphore>, bytes: u64) -> Result<Option<OwnedSemaphorePermit>, Problem> {
    if bytes <= SMALL_BYTES_MAX {
        return Ok(None);
    }
    Arc::clone(room).try_acquire_many_owned(kib(bytes)).map(Some).map_err(|_| no_room())
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
        let room = app.large_bodies.room_for(&request)?;
        match T::from_request(request, app).await {
            Ok(content) => Ok(Self(content, room)),
            Err(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::DefaultBodyLimit;

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

    /// As a route that takes so many bytes is asked.
    fn asked(limit: usize, body: impl Into<Body>) -> Request {
        let mut request = Request::new(body.into());
        DefaultBodyLimit::max(limit).apply(&mut request);
        request
    }

    #[test]
    fn what_does_not_say_how_large_it_is_counts_as_the_largest() {
        let bodies = of(2 * ONE);
        let first = bodies.room_for(&asked(2 * ONE, endless())).unwrap();
        let second = bodies.room_for(&asked(ONE, vec![0_u8; ONE])).unwrap();
        assert_eq!(bodies.taken_bytes(), 2 * ONE as u64);
        let refused = bodies.room_for(&asked(ONE, vec![0_u8; ONE / 2])).unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (503, "too_many_large_bodies"));
        let small = bodies.room_for(&asked(ONE, "a word")).unwrap();
        drop((first, small));
        assert_eq!(bodies.taken_bytes(), ONE as u64);
        drop(second);
        assert_eq!(bodies.taken_bytes(), 0);
    }

    #[test]
    fn what_is_larger_than_any_may_be_is_refused_unread() {
        for limit in [ONE, 4 * ONE] {
            let refused = of(2 * ONE).room_for(&asked(limit, vec![0_u8; ONE + 1])).unwrap_err();
            assert_eq!(refused.status().as_u16(), 413);
        }
        let refused = of(2 * ONE).room_for(&asked(ONE / 4, vec![0_u8; ONE / 2])).unwrap_err();
        assert_eq!(refused.status().as_u16(), 413, "than any of this route");
    }

    #[test]
    fn what_does_not_say_how_large_it_is_takes_no_more_than_its_route_would() {
        let bodies = of(2 * ONE);
        let _room = bodies.room_for(&asked(ONE / 8, endless())).unwrap();
        assert_eq!(bodies.taken_bytes(), ONE as u64 / 8);
    }

    #[test]
    fn what_nobody_signed_leaves_half_of_the_room_to_those_who_are_known() {
        let bodies = of(4 * ONE);
        let stranger = || bodies.room_for_stranger(&asked(ONE, endless()));
        let strangers = [stranger().unwrap(), stranger().unwrap()];
        assert_eq!(stranger().unwrap_err().code(), "too_many_large_bodies");
        assert_eq!(bodies.taken_bytes(), 2 * ONE as u64);
        let known = [bodies.take(ONE as u64).unwrap(), bodies.take(ONE as u64).unwrap()];
        drop(known);
        let signed = strangers.map(Room::of_somebody_known);
        let _next = stranger().unwrap();
        assert_eq!(bodies.taken_bytes(), 3 * ONE as u64, "what was signed keeps its room and leaves the strangers'");
        drop(signed);
    }
}
