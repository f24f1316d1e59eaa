//! A disk that is really full, and has room again.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use blob_api::*;
use blob_server::clock::Clock;
use bytes::Bytes;
use futures_util::stream;
use reqwest::{Body, Method};
use tokio::sync::mpsc;

use crate::harness::*;

/// Set where the test runs in a mount namespace of its own.
const INSIDE: &str = "SIEGEL_TEST_INSIDE";

/// A small file system needs the right to mount one: root's, or that of a user in a namespace of their own.
#[test]
fn a_disk_that_is_really_full() {
    if std::env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(fill_and_go_on());
    }
    let root = rustix::process::geteuid().is_root();
    let namespace = || {
        let mut command = Command::new("unshare");
        command.arg("--mount").args(if root { &[][..] } else { &["--user", "--map-root-user"] });
        command
    };
    let allowed = namespace().arg("true").stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if !allowed && !root {
        eprintln!("SKIPPED: this system gives users no mount namespaces; run the test as root");
        return;
    }
    let mut again = namespace();
    again.arg(std::env::current_exe().unwrap()).args(["--exact", "disk::a_disk_that_is_really_full"]);
    let output = again.env(INSIDE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{complained}");
}

async fn fill_and_go_on() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    mount(folder.path(), 32);
    let server = Running::start_in(Arc::clone(&folder), Clock::default(), &[]).await;
    server.set_up("admin@amt.example").await;
    let admin = server.log_in("admin@amt.example", PASSWORD).await;
    let part = pattern(MAX_PART_BYTES as usize);
    let kept = server.send(&admin, &[&part], part.len()).await;
    let sealed = Sealed::new(&[b""]);
    let blob = sealed.files[0].0;
    sealed.create(&server, &admin).await;
    assert_eq!(sealed.put_part(&server, &admin, &blob, 0, &part).await.status(), 204);
    let stored = server.stored_files();

    // There was room when the part began to come, and none when its end came.
    let (sending, receiving) = mpsc::channel(1);
    let body = stream::unfold(receiving, async |mut receiving| Some((receiving.recv().await?, receiving)));
    let request = admin
        .call(&server, Method::PUT, &path::part(&sealed.id, &blob, 1))
        .header(CONTENT_DIGEST, digest(&part))
        .header("content-length", part.len())
        .body(Body::wrap_stream(body));
    let answer = tokio::spawn(request.send());
    let (first, rest) = part.split_at(part.len() / 2);
    for bytes in first.chunks(64 << 10) {
        sending.send(Ok::<_, std::io::Error>(Bytes::copy_from_slice(bytes))).await.unwrap();
    }
    let ballast = folder.path().join("ballast");
    fill(&ballast);
    for bytes in rest.chunks(64 << 10) {
        // Whoever is refused may stop sending.
        if sending.send(Ok(Bytes::copy_from_slice(bytes))).await.is_err() {
            break;
        }
    }
    drop(sending);
    refused(answer.await.unwrap().unwrap(), ProblemKind::StorageFull).await;
    assert_eq!(server.stored_files(), stored, "what was refused left nothing");
    fill(&ballast); // what was refused had made room
    refused(sealed.put_part(&server, &admin, &blob, 1, b"x").await, ProblemKind::StorageFull).await;
    assert_eq!(server.get(path::HEALTH).await.status(), 200);

    // Room again: the same upload goes on where it was. Another gigabyte is not there, and a delivery that goes makes room.
    std::fs::remove_file(ballast).unwrap();
    assert_eq!(sealed.put_part(&server, &admin, &blob, 1, &part).await.status(), 204);
    refused(sealed.put_part(&server, &admin, &blob, 2, &part).await, ProblemKind::StorageFull).await;
    let opening = kept.open(&server).await;
    let fetched = kept.fetch(&server, &opening, &path::blob(&kept.id, &kept.files[0].0)).send().await;
    assert!(fetched.unwrap().bytes().await.unwrap() == part, "what is stored can be fetched meanwhile");
    let delete = admin.call(&server, Method::DELETE, &path::delivery(&kept.id)).send().await.unwrap();
    assert_eq!(delete.status(), 204);
    assert_eq!(sealed.put_part(&server, &admin, &blob, 2, &part).await.status(), 204);

    let complete = CompleteBlob { parts: 3, size: 3 * part.len() as u64 };
    let complete = admin.call(&server, Method::POST, &path::complete(&sealed.id, &blob)).json(&complete);
    assert_eq!(complete.send().await.unwrap().status(), 204);
    sealed.put_cover(&server, &admin, COVER_BYTES).await;
    let _: Sent = ok(admin.call(&server, Method::POST, &path::send(&sealed.id)).json(&to_anyone())).await;
    let opening = sealed.open(&server).await;
    let fetched = sealed.fetch(&server, &opening, &path::blob(&sealed.id, &blob)).send().await.unwrap();
    assert!(fetched.bytes().await.unwrap() == [&part[..]; 3].concat());
    server.stop().await;
}

/// It goes with the namespace.
fn mount(folder: &Path, megabytes: u32) {
    let options = format!("size={megabytes}m");
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder).status();
    assert!(mount.unwrap().success());
}

/// Takes all room that there is.
fn fill(path: &Path) {
    let mut file = File::options().append(true).create(true).open(path).unwrap();
    for size in [1 << 20, 1 << 12] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}
