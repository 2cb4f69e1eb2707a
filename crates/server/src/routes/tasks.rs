//! `GET /tasks`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use wire::TaskList;

use crate::accounts::Caller;
use crate::app::App;
use crate::refusal::Refusal;

/// The tasks of the caller's tenant.
#[utoipa::path(
    get, path = "/tasks", tag = "recordings",
    operation_id = "tasks",
    responses((status = 200, description = "The tasks that the caller may choose", body = TaskList)),
    security(("bearer" = []))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<Json<TaskList>, Refusal> {
    let scope = app.database.scope(&caller.tenant, &caller.user);
    Ok(Json(TaskList {
        tasks: scope.tasks().await?,
    }))
}
