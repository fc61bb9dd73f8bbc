//! Files that staff send: papers scanned at a desk.

use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::routes::{WHOLE_BODY_BYTES_MAX, WholeFile, read_form};
use super::uploader::Uploader;
use super::view::Upload;
use super::{Purpose, receive};
use crate::app::SharedApp;
use crate::staff::{May, may};
use crate::web::LargeBody;

/// Routes of staff.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(post_scan)).layer(DefaultBodyLimit::max(WHOLE_BODY_BYTES_MAX))
}

/// Takes a scanned paper as a form: `purpose` (`paper_scan`) and `file`.
#[utoipa::path(post, path = "/staff/v1/uploads/whole", tag = "staff", request_body(content = WholeFile, content_type = "multipart/form-data"), responses((status = 201, body = Upload), (status = 422, body = ErrorAnswer)))]
async fn post_scan(
    State(app): State<SharedApp>,
    officer: May<may::Work>,
    form: LargeBody<Result<Multipart, MultipartRejection>>,
) -> Result<(StatusCode, axum::Json<Upload>), Problem> {
    let LargeBody(form, _room) = form;
    let (purpose, name, content) = read_form(&app, form).await?;
    if purpose != Purpose::PaperScan {
        return Err(Problem::unacceptable("purpose_unknown", "不能上传这类文件")
            .field("purpose", "应为 paper_scan")
            .advice("请刷新页面后重试"));
    }
    let row = receive::whole(&app, &Uploader::officer(&officer.id), purpose, name, &content).await?;
    Ok((StatusCode::CREATED, axum::Json(Upload::of(&app, row)?)))
}
