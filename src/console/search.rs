//! One box that finds anything by any number, name or phone: each room that has something to be found brings a [`Finder`],
//! and an officer's words reach those that his permissions open.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::{App, SharedApp};
use crate::staff::{May, Permission, may};
use crate::web::{Json, Query};

/// Longer words find nothing.
const WORDS_CHARACTERS_MAX: usize = 64;

/// Something that was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Found {
    /// Which.
    pub id: String,
    /// What stands first.
    pub title: String,
    /// What stands below.
    pub subtitle: String,
    /// How it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_text: Option<String>,
    /// Route of the console.
    pub link: String,
}

/// Things of one kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FoundGroup {
    /// For programs.
    pub kind: String,
    /// For people.
    pub title: String,
    /// The first few.
    pub items: Vec<Found>,
}

/// Somebody who can find things of one kind.
#[async_trait]
pub trait Finder: Send + Sync {
    /// For programs: `order`, `fee` …
    fn kind(&self) -> &'static str;
    /// For people.
    fn title(&self) -> &'static str;
    /// What it takes to see them.
    fn permission(&self) -> Permission;
    /// The first few that fit the words.
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem>;
}

/// All finders of this process.
#[derive(Default, Clone)]
pub struct Finders {
    all: Vec<Arc<dyn Finder>>,
}

impl Finders {
    /// With one more.
    pub fn with(mut self, finder: impl Finder + 'static) -> Self {
        self.all.push(Arc::new(finder));
        self
    }
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// A number, a name, a phone; at most 64 characters.
    q: Option<String>,
}

/// What was found, by kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    groups: Vec<FoundGroup>,
}

/// Finds anything by any number, name or phone.
#[utoipa::path(get, path = "/staff/v1/search", tag = "staff", params(SearchQuery), responses((status = 200, body = SearchAnswer)))]
pub async fn search(
    State(app): State<SharedApp>,
    officer: May<may::Work>,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchAnswer>, Problem> {
    let words: String = query.q.unwrap_or_default().trim().chars().take(WORDS_CHARACTERS_MAX).collect();
    let mut groups = Vec::new();
    if words.is_empty() {
        return Ok(Json(SearchAnswer { groups }));
    }
    for finder in app.finders.all.iter().filter(|finder| officer.may(finder.permission())) {
        let items = app.database.behind(app.now_ms(), || finder.find(&app, &words)).await?;
        if !items.is_empty() {
            groups.push(FoundGroup { kind: finder.kind().to_owned(), title: finder.title().to_owned(), items });
        }
    }
    Ok(Json(SearchAnswer { groups }))
}
