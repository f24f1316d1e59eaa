//! Chromium by its own protocol over a pipe: no driver between, no network domain, nothing that slows transfers down.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// A command that is not answered for so long will never be. Scripts that wait for 4 GiB to move are commands, too.
const PATIENCE: Duration = Duration::from_secs(600);
/// The browser hands its two ends of the pipe over as the descriptors 3 (commands) and 4 (answers).
const WITH_PIPE: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null";

/// A running browser with a fresh profile; both go away when it is dropped.
pub(super) struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    last: u64,
    profile: PathBuf,
    /// What runs in workers before they start, where a page has asked for it.
    in_workers: String,
    /// The number of the last such command.
    in_worker: Option<u64>,
}

/// A tab.
pub(super) struct Page<'a> {
    browser: &'a mut Browser,
    target: String,
    session: String,
}

impl Browser {
    /// Starts Chromium with a profile in this folder, which is deleted before and afterwards.
    pub(super) fn start(profile: PathBuf) -> Result<Self> {
        if profile.exists() {
            fs::remove_dir_all(&profile)?;
        }
        let binary = std::env::var_os("SIEGEL_CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
        let mut child = Command::new("sh")
            .args(["-c", WITH_PIPE])
            .arg(binary)
            .args(["--headless", "--remote-debugging-pipe", "--disable-gpu", "--disable-quic", "--lang=en"])
            .args(["--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync", "--window-size=1280,900", "--no-sandbox"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting Chromium")?;
        let commands = child.stdin.take().context("stdin was piped")?;
        let mut answers = BufReader::new(child.stdout.take().context("stdout was piped")?);
        let (sender, messages) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            // Ends with the browser, or with us.
            while answers.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                let Ok(parsed) = serde_json::from_slice(&message) else { return };
                if sender.send(parsed).is_err() {
                    return;
                }
                message.clear();
            }
        });
        Ok(Self { child, commands, messages, last: 0, profile, in_workers: String::new(), in_worker: None })
    }

    /// Its process number; its renderers descend from it.
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Opens an empty tab whose pages take scripts from us in spite of their content security policy. `before` runs in
    /// each of its documents before anything else.
    pub(super) fn open(&mut self, before: &str) -> Result<Page<'_>> {
        let created = self.call(None, "Target.createTarget", json!({ "url": "about:blank" }))?;
        let target = text(&created, "targetId")?;
        let attached =
            self.call(None, "Target.attachToTarget", json!({ "targetId": target, "flatten": true }))?;
        let session = text(&attached, "sessionId")?;
        let mut page = Page { browser: self, target, session };
        page.call("Page.enable", json!({}))?;
        page.call("Page.setBypassCSP", json!({ "enabled": true }))?;
        page.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": before }))?;
        Ok(page)
    }

    fn call(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Result<Value> {
        let id = self.post(session, method, &parameters)?;
        loop {
            let message =
                self.messages.recv_timeout(PATIENCE).with_context(|| format!("{method}: no answer"))?;
            if message["method"] == "Target.attachedToTarget"
                && message["params"]["waitingForDebugger"] == true
            {
                // A worker that waits for us.
                let worker = text(&message["params"], "sessionId")?;
                let expression = json!({ "expression": self.in_workers });
                self.in_worker = Some(self.post(Some(&worker), "Runtime.evaluate", &expression)?);
                self.post(Some(&worker), "Runtime.runIfWaitingForDebugger", &json!({}))?;
            }
            if self.in_worker.is_some_and(|id| message["id"] == id)
                && let Some(exception) = message["result"].get("exceptionDetails")
            {
                bail!("a worker threw {exception}");
            }
            if message["id"] != id {
                continue; // another event; we wait for states, not for events
            }
            if let Some(error) = message.get("error") {
                bail!("{method}: {error}");
            }
            return Ok(message["result"].clone());
        }
    }

    /// Sends a command and returns the number that its answer will have.
    fn post(&mut self, session: Option<&str>, method: &str, parameters: &Value) -> Result<u64> {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let mut bytes = serde_json::to_vec(&command)?;
        bytes.push(0);
        self.commands.write_all(&bytes).with_context(|| format!("{method}: the browser is gone"))?;
        Ok(self.last)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let closed = self.call(None, "Browser.close", json!({}));
        if closed.is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}

impl Page<'_> {
    /// Goes to an address.
    pub(super) fn visit(&mut self, address: &str) -> Result<()> {
        let answer = self.call("Page.navigate", json!({ "url": address }))?;
        match answer.get("errorText") {
            Some(error) => bail!("{address}: {error}"),
            None => Ok(()),
        }
    }

    /// Runs a script in each worker that the page starts from now on, before it does anything.
    pub(super) fn in_workers(&mut self, script: &str) -> Result<()> {
        script.clone_into(&mut self.browser.in_workers);
        let attach = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        self.call("Target.setAutoAttach", attach).map(|_| ())
    }

    /// The value of an expression, awaited.
    pub(super) fn value(&mut self, expression: &str) -> Result<Value> {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", parameters)?;
        if let Some(exception) = answer.get("exceptionDetails") {
            let said = exception["exception"]["description"].as_str();
            bail!("the page threw {}", said.unwrap_or("something"));
        }
        Ok(answer["result"]["value"].clone())
    }

    /// The value of an expression, as a number.
    pub(super) fn number(&mut self, expression: &str) -> Result<f64> {
        self.value(expression)?.as_f64().with_context(|| format!("no number: {expression}"))
    }

    /// Waits until an expression is true. It may fail while the page is being loaded.
    pub(super) fn wait(&mut self, expression: &str) -> Result<()> {
        let started = Instant::now();
        loop {
            let last = self.value(expression);
            if matches!(last, Ok(Value::Bool(true))) {
                return Ok(());
            }
            if started.elapsed() > Duration::from_secs(60) {
                let shown = self.value("document.body.innerText").unwrap_or_default();
                bail!("waited in vain for {expression} ({last:?}); the page shows {shown}");
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Gives files to a file input.
    pub(super) fn choose(&mut self, selector: &str, files: &[&Path]) -> Result<()> {
        let expression = format!("document.querySelector({})", json!(selector));
        let input = self.call("Runtime.evaluate", json!({ "expression": expression }))?;
        let input = text(&input["result"], "objectId")?;
        self.call("DOM.setFileInputFiles", json!({ "files": files, "objectId": input }))?;
        Ok(())
    }

    /// One command for this tab.
    pub(super) fn call(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.browser.call(Some(&self.session), method, parameters)
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        // What cannot be closed ends with the browser.
        let _ = self.browser.call(None, "Target.closeTarget", json!({ "targetId": self.target }));
    }
}

fn text(value: &Value, key: &str) -> Result<String> {
    value[key].as_str().map(str::to_owned).with_context(|| format!("no {key} in {value}"))
}
