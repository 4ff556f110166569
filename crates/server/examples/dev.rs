//! A server for development: `cargo run -p tidegauge-server --example dev [PORT] [--fresh]` opens a temporary folder, sets it up
//! (user `dev-user`, password `dev-password`, organisation `dev-org`, bucket `dev-bucket`, token `dev-token`) unless told
//! otherwise, and serves it until it is interrupted.

use std::error::Error;

use engine::management::OnboardingRequest;
use engine::{Engine, EngineOptions};
use tidegauge_server::ServerOptions;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let fresh = arguments.iter().any(|a| a == "--fresh");
    let port: u16 = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(8086);

    let folder = tempfile::tempdir()?;
    let engine = Engine::open(EngineOptions::new(folder.path())).await?;
    if !fresh {
        let request = OnboardingRequest {
            username: "dev-user".to_owned(),
            password: Some("dev-password".to_owned()),
            org: "dev-org".to_owned(),
            bucket: "dev-bucket".to_owned(),
            token: Some("dev-token".to_owned()),
            ..OnboardingRequest::default()
        };
        engine.onboard(request).await?;
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    tracing::info!("listening on {}", listener.local_addr()?);
    let interrupted = async {
        // Without signals the server runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let options = ServerOptions {
        config: vec![("bolt-path".into(), String::new()), ("http-bind-address".into(), format!(":{port}"))],
        ..ServerOptions::default()
    };
    tidegauge_server::serve(engine.clone(), options, listener, interrupted).await?;
    engine.close().await?;
    Ok(())
}
