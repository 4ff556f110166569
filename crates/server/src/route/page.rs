//! `GET /`: one page that says what runs and how to ask, until there is more to look at.

use axum::extract::State;
use axum::response::Html;

use crate::headers::{INFLUXDB_VERSION, TIDEGAUGE_VERSION};
use crate::state::AppState;
use crate::wire;

const PAGE: &str = include_str!("page.html");

/// The page, with versions and state filled in.
pub(crate) async fn show(State(state): State<AppState>) -> Html<String> {
    let set_up = if state.engine.is_onboarded() {
        "This server is set up."
    } else {
        "This server was not set up yet: run <code>tide setup</code>, or send the first request below."
    };
    Html(
        PAGE.replace("{version}", TIDEGAUGE_VERSION)
            .replace("{influxdb}", INFLUXDB_VERSION)
            .replace("{since}", &wire::rfc3339(state.started_ns))
            .replace("{set_up}", set_up),
    )
}
