//! A list that can be taken away.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Uri;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::staff::{Officer, Permission};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text, as it is: never a formula.
    Text(String),
    /// Money, shown in yuan; fen.
    Money(i64),
    /// A count.
    Number(i64),
    /// A moment, shown in Beijing time; epoch milliseconds.
    Moment(Option<i64>),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        Cell::Text(text.unwrap_or_default())
    }
}

/// A list that can be taken away as a spreadsheet.
#[async_trait]
pub trait ExportList: Send + Sync {
    /// As in the address.
    fn code(&self) -> &'static str;
    /// For people; becomes the name of the file.
    fn title(&self) -> &'static str;
    /// What it takes to see the list, besides the permission to export.
    fn permission(&self) -> Permission;
    /// Headers of the columns.
    fn header(&self) -> &'static [&'static str];
    /// One page of rows under the filter that the address carries, and where it goes on. 4xx for a wrong filter.
    async fn rows_for(
        &self,
        app: &App,
        officer: &Officer,
        address: &Uri,
        page: &PageRequest,
    ) -> Result<(Vec<Vec<Cell>>, Option<String>), Problem>;
}

/// The filter of a list from the query of the address.
pub fn parse_query<T: DeserializeOwned>(address: &Uri) -> Result<T, Problem> {
    let parsed = axum::extract::Query::<T>::try_from_uri(address);
    parsed.map(|axum::extract::Query(value)| value).map_err(|rejection| {
        Problem::unacceptable("invalid_query", "筛选条件不对，没有导出")
            .advice("请刷新页面后重试")
            .cause(rejection.body_text())
    })
}

/// All lists of this process.
#[derive(Default, Clone)]
pub struct Exports {
    all: Vec<Arc<dyn ExportList>>,
}

impl Exports {
    /// With one more.
    pub fn with(mut self, list: impl ExportList + 'static) -> Self {
        self.all.push(Arc::new(list));
        self
    }

    /// The list with this code.
    pub fn of(&self, code: &str) -> Option<Arc<dyn ExportList>> {
        self.all.iter().find(|list| list.code() == code).cloned()
    }
}

/// Rows of one page, and where it goes on.
pub(super) type Rows = (Vec<Vec<Cell>>, Option<String>);

/// A page as rows.
pub(super) fn rows<T>(page: Page<T>, row: impl FnMut(T) -> Vec<Cell>) -> Rows {
    (page.items.into_iter().map(row).collect(), page.next)
}

/// A list of this room: what is the same for all of them but for their words.
macro_rules! list {
    ($name:ident, $code:literal, $title:literal, $permission:ident, [$($column:literal),* $(,)?],
     |$app:ident, $officer:ident, $address:ident, $page:ident| $rows:block) => {
        pub(super) struct $name;

        #[async_trait]
        impl ExportList for $name {
            fn code(&self) -> &'static str {
                $code
            }
            fn title(&self) -> &'static str {
                $title
            }
            fn permission(&self) -> Permission {
                Permission::$permission
            }
            fn header(&self) -> &'static [&'static str] {
                &[$($column),*]
            }
            async fn rows_for(
                &self,
                $app: &App,
                $officer: &Officer,
                $address: &Uri,
                $page: &PageRequest,
            ) -> Result<Rows, Problem> {
                $rows
            }
        }
    };
}
