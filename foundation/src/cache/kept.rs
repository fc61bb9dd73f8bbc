//! A connection that everybody shares. It is made in a task of its own: whoever waits for it may give up, and who comes
//! later finds it made. Asking a machine that has gone silent takes longer than anybody who wants a page will wait.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ::redis::{RedisError, RedisResult};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

/// Longer than asking several silent machines one after another takes.
const PATIENCE: Duration = Duration::from_secs(20);

type Making<C> = Shared<BoxFuture<'static, RedisResult<C>>>;

/// A connection, once it is made, until it is forgotten.
pub(super) struct Kept<C: Clone> {
    now: Mutex<Numbered<C>>,
}

struct Numbered<C: Clone> {
    /// Which try this is: who doubts an older connection does not take the newer one away.
    number: u64,
    making: Option<Making<C>>,
}

impl<C: Clone + Send + Sync + 'static> Kept<C> {
    pub(super) fn nothing() -> Self {
        Self { now: Mutex::new(Numbered { number: 0, making: None }) }
    }

    /// The connection and its number. When there is none, `connect` makes one; a try that failed is told to those who
    /// waited for it, and the next who comes begins another.
    pub(super) async fn get<F>(&self, connect: impl FnOnce() -> F) -> RedisResult<(u64, C)>
    where
        F: Future<Output = RedisResult<C>> + Send + 'static,
    {
        let (number, making) = self.making(connect);
        Ok((number, making.await?))
    }

    fn making<F>(&self, connect: impl FnOnce() -> F) -> (u64, Making<C>)
    where
        F: Future<Output = RedisResult<C>> + Send + 'static,
    {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(making) = &now.making
            && !matches!(making.clone().now_or_never(), Some(Err(_)))
        {
            return (now.number, making.clone());
        }
        let task = tokio::spawn(tokio::time::timeout(PATIENCE, connect()));
        let made = async move {
            match task.await {
                Ok(Ok(made)) => made,
                Ok(Err(_)) => Err(RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))),
                Err(ended) => Err(RedisError::from(std::io::Error::other(ended))),
            }
        };
        let making = made.boxed().shared();
        now.number += 1;
        now.making = Some(making.clone());
        (now.number, making)
    }

    /// The connection of this number is not to be used any more.
    pub(super) fn forget(&self, number: u64) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.number == number {
            now.making = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn who_gives_up_waiting_finds_the_connection_later_and_only_its_own_doubt_takes_it_away() {
        let (kept, door, tries) = (Kept::nothing(), Arc::new(Semaphore::new(0)), Arc::new(AtomicU32::new(0)));
        let connect = || {
            let (door, tries) = (door.clone(), tries.clone());
            async move {
                let number = tries.fetch_add(1, Ordering::SeqCst) + 1;
                let Ok(permit) = door.acquire().await else {
                    return Err(RedisError::from(std::io::Error::other("closed")));
                };
                permit.forget();
                Ok(number)
            }
        };
        assert!(kept.get(connect).now_or_never().is_none(), "nobody waits so long");
        assert!(kept.get(connect).now_or_never().is_none());
        door.add_permits(1);
        assert_eq!(kept.get(connect).await.unwrap(), (1, 1), "the first try went on by itself");
        assert_eq!(kept.get(connect).await.unwrap(), (1, 1));
        kept.forget(1);
        door.add_permits(1);
        assert_eq!(kept.get(connect).await.unwrap(), (2, 2));
        kept.forget(1);
        assert_eq!(kept.get(connect).await.unwrap(), (2, 2), "the doubt was about another");
        kept.forget(2);
        door.close();
        assert!(kept.get(connect).await.is_err());
        assert!(kept.get(connect).await.is_err());
        assert_eq!(tries.load(Ordering::SeqCst), 4, "after a failure it is tried anew");
    }
}
