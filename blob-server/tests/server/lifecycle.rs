//! Starting, stopping, and what stops a start.

use std::sync::Arc;

use blob_api::*;
use blob_server::clock::Clock;
use futures_util::StreamExt;
use sqlx::SqlitePool;

use crate::harness::*;
use crate::program::{Program, siegel};

#[tokio::test]
async fn two_servers_do_not_share_a_folder() {
    let server = Running::start(&[]).await;
    let second = bind(server.folder.path(), Clock::default(), &[]).await;
    let sentence = second.err().unwrap().to_string();
    assert!(sentence.starts_with("Another server is already using the data folder"), "{sentence}");
    let folder = Arc::clone(&server.folder);
    server.stop().await;
    assert!(bind(folder.path(), Clock::default(), &[]).await.is_ok());
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let server = Running::start(&[]).await;
    let folder = Arc::clone(&server.folder);
    server.stop().await;
    let pool = SqlitePool::connect(folder.path().join("siegel.db").to_str().unwrap()).await.unwrap();
    let from_the_future =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                           VALUES (9999, 'later', TRUE, x'00', 0)";
    sqlx::query(from_the_future).execute(&pool).await.unwrap();
    pool.close().await;
    let sentence = bind(folder.path(), Clock::default(), &[]).await.err().unwrap().to_string();
    assert!(sentence.contains("newer version of Siegel (schema 9999)"), "{sentence}");
}

#[tokio::test]
async fn what_is_kept_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let (server, admin) = Running::with_admin(&[]).await;
    server.send(&admin, &[b"x"], 10).await;
    let mode = |name: &str| server.folder.path().join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("."), mode("blobs"), mode("siegel.db")), (0o700, 0o700, 0o600));
    assert_eq!(mode("siegel.db-wal"), 0o600);
}

#[tokio::test]
async fn deliveries_survive_a_restart() {
    let (server, admin) = Running::with_admin(&[]).await;
    let bytes = pattern(100_000);
    let sealed = server.send(&admin, &[&bytes], 30_000).await;
    let opening = sealed.open(&server).await;
    let server = server.restart(&[]).await;
    let session: Session = ok(admin.call(&server, reqwest::Method::GET, path::SESSION)).await;
    assert_eq!(session.role, Role::Admin);
    let fetched =
        sealed.fetch(&server, &opening, &path::blob(&sealed.id, &sealed.files[0].0)).send().await.unwrap();
    assert!(fetched.bytes().await.unwrap() == bytes);
}

#[tokio::test]
async fn running_transfers_finish_before_the_end() {
    transfers_finish_before_the_end(|server| server).await;
}

/// A transfer over `protocol` that runs when the server is told to stop comes to its end.
pub(crate) async fn transfers_finish_before_the_end(protocol: impl FnOnce(Running) -> Running) {
    let (server, admin) = Running::with_admin(&[]).await;
    // More than the sockets' buffers hold, so that the download cannot be over before it is read.
    let bytes = pattern(30_000_000);
    let sealed = server.send(&admin, &[&bytes], 8_000_000).await;
    let opening = sealed.open(&server).await;
    let server = protocol(server);
    let url = path::blob(&sealed.id, &sealed.files[0].0);
    let mut body = sealed.fetch(&server, &opening, &url).send().await.unwrap().bytes_stream();
    let mut received = body.next().await.unwrap().unwrap().to_vec();
    let stopping = tokio::spawn(server.stop());
    while let Some(bytes) = body.next().await {
        received.extend_from_slice(&bytes.unwrap());
    }
    assert!(received == bytes);
    drop(body);
    assert!(stopping.await.unwrap(), "everything finished");
}

#[test]
fn the_program_says_what_runs_where_and_ends_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--data", "kept", "--clock-skew-seconds", "60"];
    let mut program = Program::spawn(&mut siegel(folder.path(), &arguments));
    let mut lines = program.lines();
    let first = lines.next().unwrap();
    assert!(
        first.contains("runs at http://localhost:") && first.contains("(listening on 127.0.0.1:"),
        "{first}"
    );
    assert!(lines.next().unwrap().ends_with("/kept."));
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("ATTENTION: this is a rehearsal. The clock is shifted by 60 seconds")
    );
    let link = lines.find(|line| line.contains("/setup#")).unwrap();
    let token = link.split_once("/setup#").unwrap().1.to_owned();
    assert!(Token::from_text(&token).is_some());
    assert_eq!(lines.next().unwrap(), "");
    assert_eq!(lines.next().unwrap(), "Stop it with Ctrl+C.");
    let ended = program.terminate();
    assert_eq!(ended.status.code(), Some(0));
    let log = String::from_utf8(ended.stderr).unwrap();
    assert!(log.contains("stopping") && !log.contains(&token), "{log}");
}

#[test]
fn a_wrong_setting_stops_the_program_with_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("siegel.toml"), "max_days = \"never\"").unwrap();
    let refused = siegel(folder.path(), &[]).output().unwrap();
    let sentence = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(
        sentence,
        "The setting `max_days` from siegel.toml must be a whole number from 1 to 65535; it is `never`.\n"
    );
    let help = siegel(folder.path(), &["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for setting in blob_server::config::SETTINGS {
        assert!(
            help.contains(&format!("--{}", setting.flag())) && help.contains(&setting.variable()),
            "{help}"
        );
    }
}

#[test]
fn a_taken_address_stops_the_program_with_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = siegel(folder.path(), &["--listen", &address]).output().unwrap();
    let sentence = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(sentence.starts_with(&format!("The server cannot listen on {address}: ")), "{sentence}");
}
