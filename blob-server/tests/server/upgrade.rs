//! Databases of earlier versions.

use std::path::Path;
use std::sync::Arc;

use blob_api::*;
use reqwest::Method;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Row, SqlitePool};

use crate::harness::*;

/// As far as the program's own migrations go.
fn migrations() -> Vec<(i64, std::path::PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut found: Vec<_> = files_below(&folder)
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            (name.split_once('_').unwrap().0.parse().unwrap(), path.clone())
        })
        .collect();
    found.sort();
    found
}

/// Makes a database as version `schema` had it, and copies into it what it knows of the rows of today's.
async fn as_of_old(folder: &Path, schema: i64) {
    let (today, old) = (folder.join("today.db"), folder.join("siegel.db"));
    std::fs::rename(&old, &today).unwrap();
    let known = tempfile::tempdir().unwrap();
    for (_, path) in migrations().iter().filter(|(version, _)| *version <= schema) {
        std::fs::copy(path, known.path().join(path.file_name().unwrap())).unwrap();
    }
    let options = SqliteConnectOptions::new().filename(&old).create_if_missing(true).foreign_keys(false);
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    Migrator::new(known.path()).await.unwrap().run(&pool).await.unwrap();
    let run = async |text: String| sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&pool).await.unwrap();
    run(format!("ATTACH '{}' AS today", today.display())).await;
    let names = |rows: Vec<sqlx::sqlite::SqliteRow>| -> Vec<String> {
        rows.iter().map(|row| row.get::<String, _>("name")).collect()
    };
    let tables =
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'
                      AND name NOT LIKE 'sqlite%'";
    for table in names(run(tables.to_owned()).await) {
        let columns = async |of: &str| {
            names(run(format!("SELECT name FROM pragma_table_info('{table}', '{of}')")).await)
        };
        let new = columns("today").await;
        let both: Vec<_> = columns("main").await.into_iter().filter(|column| new.contains(column)).collect();
        let both = both.join(", ");
        run(format!("INSERT INTO main.{table} ({both}) SELECT {both} FROM today.{table}")).await;
    }
    pool.close().await;
    std::fs::remove_file(today).unwrap();
}

async fn count(folder: &Path, query: &'static str) -> i64 {
    let pool = SqlitePool::connect(folder.join("siegel.db").to_str().unwrap()).await.unwrap();
    let count = sqlx::query_scalar(query).fetch_one(&pool).await.unwrap();
    pool.close().await;
    count
}

/// Nothing is lost on the way from any version: accounts, sessions and deliveries go on.
#[tokio::test]
async fn a_database_of_every_schema_is_brought_up_to_date() {
    let latest = migrations().last().unwrap().0;
    for schema in migrations().into_iter().map(|(version, _)| version).filter(|version| *version < latest) {
        let (server, admin, colleague) = Running::with_colleague().await;
        let (old, moved) = (Sealed::new(&[b""]), server.send(&admin, &[b"sent"], 10).await);
        old.create(&server, &admin).await;
        moved.open(&server).await;
        let (folder, clock) = (Arc::clone(&server.folder), server.clock.clone());
        server.stop().await;
        as_of_old(folder.path(), schema).await;
        // Full to the byte: what was stored before is counted.
        let limit = (4 + COVER_BYTES.len() + 1).to_string();
        let server = Running::start_in(folder, clock, &["--storage-bytes", &limit]).await;

        for (person, role) in [(&admin, Role::Admin), (&colleague, Role::Staff)] {
            let info: AccountInfo = ok(person.call(&server, Method::GET, path::ACCOUNT)).await;
            assert_eq!((info.session.role, info.session.language), (role, Language::De), "schema {schema}");
            assert_eq!((info.sessions.len(), info.notices), (1, true));
        }
        server.log_in("colleague@amt.example", PASSWORD).await;
        let broken = "SELECT (SELECT COUNT(*) FROM pragma_foreign_key_check) + (SELECT COUNT(*) FROM session WHERE id = x'')";
        assert_eq!(count(server.folder.path(), broken).await, 0, "schema {schema}");
        assert_eq!(count(server.folder.path(), "SELECT COUNT(*) FROM opening").await, 1);

        assert_eq!(moved.state(&server).await.status(), 200);
        let put = async |number| old.put_part(&server, &admin, &old.files[0].0, number, b"x").await;
        assert_eq!(put(0).await.status(), 204);
        refused(put(1).await, ProblemKind::StorageFull).await;
        let drafts: Drafts = ok(admin.call(&server, Method::GET, path::DRAFTS)).await;
        let resumable: Vec<_> = drafts.drafts.iter().map(|draft| draft.delivery).collect();
        // Those from before drafts could be resumed cannot be.
        assert_eq!(resumable, if schema < 2 { vec![] } else { vec![old.id] });
        let new = Sealed::new(&[]);
        new.create(&server, &admin).await;
        let drafts: Drafts = ok(admin.call(&server, Method::GET, path::DRAFTS)).await;
        assert!(drafts.drafts.iter().any(|draft| draft.delivery == new.id));
    }
}
