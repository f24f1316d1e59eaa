//! What the log must not hold.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use blob_api::*;
use reqwest::Method;

use crate::harness::*;

#[tokio::test]
async fn the_log_holds_no_secret_no_link_and_no_person() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = server.send(&admin, &[b"canary-ciphertext"], 100).await;
    let opening = sealed.open(&server).await;
    let blob = sealed.files[0].0;
    sealed
        .fetch(&server, &opening, &path::blob(&sealed.id, &blob))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    // Failures of every sort as well, and the forms in which links go astray.
    sealed.try_open(&server, &Token([1; 32])).await;
    let secret = Base64UrlUnpadded::encode_string(&random::<32>());
    for path in
        [format!("/d/{}%231.{secret}.", sealed.id), format!("/api/{secret}"), format!("/{secret}?q={secret}")]
    {
        server.get(&path).await;
    }
    let strange = Method::from_bytes(&secret.as_bytes()[..20]).unwrap();
    server.call(strange, "/").header("referer", &secret).header("user-agent", &secret).send().await.unwrap();
    // An object that is gone makes the server report trouble in its log.
    std::fs::remove_dir_all(server.folder.path().join("blobs/deliveries").join(sealed.id.to_string()))
        .unwrap();
    let broken =
        async { sealed.fetch(&server, &opening, &path::blob(&sealed.id, &blob)).send().await?.bytes().await };
    assert!(broken.await.is_err());

    let log = LOG.text();
    let setup = server.setup_token.clone().unwrap();
    let session = admin.cookie.strip_prefix("siegel=").unwrap();
    let mut secrets = vec![secret.clone(), session.to_owned(), sealed.id.to_string(), blob.to_string()];
    for token in [&setup, &opening, &sealed.gate, &sealed.auth] {
        secrets.extend([token.to_text(), Base64::encode_string(&token.0), format!("{:?}", token.0)]);
    }
    let people = ["admin@amt.example", "Rita", "post.example", "Erika", "127.0.0.1", "canary-ciphertext"];
    secrets.extend(people.map(str::to_owned));
    secrets.extend([secret[..20].to_owned(), server.folder.path().display().to_string()]);
    for secret in secrets {
        assert!(!log.contains(&secret), "the log holds {secret}");
    }
    // The search would find something, and the lines are there.
    for line in [
        r#"method="GET" route="/api/deliveries/{delivery}/blobs/{blob}" status=200"#,
        r#"method="POST" route="/api/deliveries/{delivery}/openings" status=403"#,
        r#"method="GET" route="/d/{delivery}" status=404"#,
        r#"method="GET" route="-" status=404"#,
        r#"method="-" route="/" status=405"#,
        "bytes=17 ",
        r#"an answer broke off error="#,
    ] {
        assert!(log.contains(line), "the log lacks {line}");
    }
}
