//! Rendering within bounds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use bytes::Bytes;
use foundation::problem::Problem;
use tokio::sync::{Semaphore, oneshot};

use super::render::{self, PageSize};

/// Pages that are rendered at the same time; one that never ends keeps its place and nothing else.
const PLACES: usize = 2;
/// How long a page may take, and how long one waits for a place.
const TIME_MAX: Duration = Duration::from_secs(12);
/// Deeply nested files need a deep stack.
const STACK_BYTES: usize = 32 * 1024 * 1024;
/// Pictures kept in memory.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;
const KEPT_FOR: Duration = Duration::from_secs(15 * 60);

/// Renders pages, at most so many at once, and keeps pictures for a while.
#[derive(Debug, Clone)]
pub struct Previews {
    places: Arc<Semaphore>,
    pictures: moka::future::Cache<String, Bytes>,
}

impl Default for Previews {
    fn default() -> Self {
        let weigh = |_: &String, picture: &Bytes| u32::try_from(picture.len()).unwrap_or(u32::MAX);
        let pictures = moka::future::Cache::builder().weigher(weigh).max_capacity(KEPT_BYTES).time_to_live(KEPT_FOR);
        Self { places: Arc::new(Semaphore::new(PLACES)), pictures: pictures.build() }
    }
}

impl Previews {
    /// The sizes of the pages of a file, in pixels of their pictures.
    pub async fn sizes(&self, file: Bytes) -> Result<Vec<PageSize>, Problem> {
        self.run(move || render::sizes(&file)).await
    }

    /// The picture of a page (from 1) as PNG. `key` names file and page; `file` is only asked when it is not kept.
    pub async fn picture<F>(&self, key: &str, number: usize, file: F) -> Result<Bytes, Problem>
    where
        F: Future<Output = Result<Bytes, Problem>>,
    {
        if let Some(picture) = self.pictures.get(key).await {
            return Ok(picture);
        }
        let file = file.await?;
        let picture = Bytes::from(self.run(move || render::picture(&file, number)).await?);
        self.pictures.insert(key.to_owned(), picture.clone()).await;
        Ok(picture)
    }

    /// A file that is made of another one, such as a copy with a watermark; kept as pictures are, and made once however
    /// many ask for it at the same time.
    pub async fn kept<F>(&self, key: &str, make: F) -> Result<Bytes, Problem>
    where
        F: Future<Output = Result<Bytes, Problem>>,
    {
        self.pictures.try_get_with(key.to_owned(), make).await.map_err(|problem| (*problem).clone())
    }

    /// Does heavy work on a thread of its own, within the bounds of this module.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let place = tokio::time::timeout(TIME_MAX, self.places.clone().acquire_owned()).await;
        let place = place.map_err(|_| busy())?.map_err(Problem::internal)?;
        let (tell, told) = oneshot::channel();
        let thread = std::thread::Builder::new().name("preview".to_owned()).stack_size(STACK_BYTES);
        let begun = thread.spawn(move || {
            // A file that the renderer cannot take must not take the process along.
            let done = catch_unwind(AssertUnwindSafe(work));
            drop(place);
            // Nobody listens any more when it took too long.
            let _ = tell.send(done.unwrap_or_else(|_| Err(anyhow::anyhow!("the renderer panicked"))));
        });
        begun.map_err(Problem::internal)?;
        match tokio::time::timeout(TIME_MAX, told).await {
            Ok(Ok(Ok(done))) => Ok(done),
            Ok(Ok(Err(error))) => Err(unavailable().cause(format!("{error:#}"))),
            Ok(Err(error)) => Err(Problem::internal(error)),
            Err(_) => Err(unavailable().cause("rendering takes too long")),
        }
    }
}

fn unavailable() -> Problem {
    Problem::conflict("preview_unavailable", "这份文件暂时不能在页面上显示").advice("请下载原件查看")
}

fn busy() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "preview_busy", "预览的人太多，请稍后再看")
        .advice("请稍后再试，或下载原件查看")
        .retry_after_s(10)
}
