//! A desk: something that can be counted and worked on.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::reviews::Person;
use crate::staff::{Officer, Permission};

/// How much waits at a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeskCounts {
    /// In all.
    pub count: u64,
    /// Past their due time.
    pub overdue: u64,
    /// Claimed by the officer who asks.
    pub mine: u64,
}

/// One thing to do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Task {
    /// Id of the thing itself.
    pub id: String,
    /// Code of its desk.
    pub desk: String,
    /// What kind of work, for people.
    pub kind: String,
    /// What it is about.
    pub title: String,
    /// More.
    pub subtitle: String,
    /// Fen, where it is about money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<i64>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Until when, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
    /// Whether that is over.
    pub overdue: bool,
    /// Who is at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<Person>,
    /// Route of the console.
    pub link: String,
}

/// A place where work waits.
#[async_trait]
pub trait Desk: Send + Sync {
    /// As the console knows it.
    fn code(&self) -> &'static str;
    /// For people.
    fn title(&self) -> &'static str;
    /// What it takes to see it.
    fn permission(&self) -> Permission;
    /// How much waits.
    async fn counts(&self, app: &App, officer: &Officer) -> Result<DeskCounts, Problem>;
    /// One page of what waits, what should be done first on top; `mine`: only what the officer claimed.
    async fn tasks(&self, app: &App, officer: &Officer, mine: bool, page: &PageRequest) -> Result<Page<Task>, Problem>;
}

/// All desks of this process.
#[derive(Default, Clone)]
pub struct Desks {
    all: Vec<Arc<dyn Desk>>,
}

impl Desks {
    /// With one more.
    pub fn with(mut self, desk: impl Desk + 'static) -> Self {
        self.all.push(Arc::new(desk));
        self
    }

    /// With several more.
    pub fn with_all(mut self, desks: Vec<Arc<dyn Desk>>) -> Self {
        self.all.extend(desks);
        self
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Desk>> {
        self.all.iter()
    }

    /// Those that an officer may see.
    pub fn seen_by<'a>(&'a self, officer: &'a Officer) -> impl Iterator<Item = &'a Arc<dyn Desk>> {
        self.all.iter().filter(|desk| officer.may(desk.permission()))
    }
}
