//! A server that is killed without warning while mails go.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use blob_api::Language;
use blob_server::store::{MetaStore, NewMail};
use fastrand::Rng;

use super::smtp::{Smtp, impatient};
use super::{invitation, parsed};
use crate::harness::random;
use crate::program::{Program, siegel};

const MAILS: usize = 60;
const KILLS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_mails_go_it_loses_none() {
    let seed = u64::from_ne_bytes(random());
    eprintln!("The moments follow from the seed {seed}.");
    let mut rng = Rng::with_seed(seed);
    let folder = tempfile::tempdir().unwrap();
    let smtp = Smtp::start().await;
    drop(start(folder.path(), &smtp).await);
    enqueue(&folder.path().join("data/siegel.db")).await;
    for kill in 1..=KILLS {
        let program = start(folder.path(), &smtp).await;
        // Each time some have gone, and some are on their way.
        let some = smtp.taken().len() + rng.usize(0..4);
        wait(|| smtp.taken().len() >= some.min(MAILS - KILLS + kill)).await;
        tokio::time::sleep(Duration::from_millis(rng.u64(0..15))).await;
        drop(program);
    }
    let program = start(folder.path(), &smtp).await;
    let addresses = || smtp.taken().into_iter().map(|taken| taken.to.join(" ")).collect::<BTreeSet<_>>();
    // Claims of the dead run out after ten times the time that one answer may take.
    wait(|| addresses().len() == MAILS).await;
    drop(program);

    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for taken in smtp.taken() {
        let id = parsed(&taken.message).message_id().unwrap().to_owned();
        ids.entry(taken.to.join(" ")).or_default().push(id);
    }
    let twice = ids.values().filter(|ids| ids.len() > 1).count();
    eprintln!("{twice} mails came more than once.");
    assert!(twice <= 3 * KILLS, "only mails on their way at a kill may come again");
    assert!(ids.values().all(|ids| ids.iter().all(|id| *id == ids[0])), "and they are the same mail");
    let different: BTreeSet<_> = ids.values().map(|ids| &ids[0]).collect();
    assert_eq!(different.len(), MAILS);
}

async fn start(folder: &Path, smtp: &Smtp) -> Program {
    let (folder, settings) = (folder.to_owned(), impatient(smtp.settings()));
    let starting = tokio::task::spawn_blocking(move || {
        let data = folder.join("data");
        let mut flags =
            vec!["--listen", "127.0.0.1:0", "--reserve-bytes", "0", "--data", data.to_str().unwrap()];
        flags.extend(settings.iter().map(String::as_str));
        let log = File::options().append(true).create(true).open(folder.join("log")).unwrap();
        let mut program = Program::spawn(siegel(&folder, &flags).stderr(log));
        program.site();
        program
    });
    starting.await.unwrap()
}

/// Into the database of a server that does not run.
async fn enqueue(database: &Path) {
    let meta = MetaStore::open(database).await.unwrap();
    let now = blob_server::clock::Clock::default().now();
    for number in 0..MAILS {
        let letter = invitation();
        let mail = NewMail {
            address: format!("rita{number}@post.example"),
            language: Language::De,
            kind: letter.kind(),
            payload: serde_json::to_string(&letter).unwrap(),
            message_id: format!("{number}@amt.example"),
            delivery: None,
            recipient: None,
            ticket: None,
            created: now,
        };
        meta.enqueue_mail(&mail).await.unwrap();
    }
    meta.close().await;
}

async fn wait(mut done: impl FnMut() -> bool) {
    super::eventually(async || done().then_some(())).await;
}
