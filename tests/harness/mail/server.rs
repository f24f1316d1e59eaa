//! A real mail server on this machine: Postfix takes mails, by STARTTLS or TLS and with a login; Dovecot checks the login and
//! keeps the mailboxes. Every address below `test.example` has a mailbox, but for `nosuch@`.

use std::{io, os::unix::fs::PermissionsExt, process::Stdio};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::{net::TcpStream, process::Command};

use super::Letterbox;
use crate::{
    port::Port,
    wait::{SOON, until},
};

/// The domain of the mailboxes.
const DOMAIN: &str = "test.example";
/// Who may hand mails over.
const USER: &str = "siegel@test.example";
/// With this password.
const PASSWORD: &str = "p4ssword-of-the-mail-server";

/// How mails are handed over.
#[derive(Debug, Clone, Copy)]
pub enum Door {
    /// In the open at first, then by STARTTLS.
    StartTls,
    /// By TLS from the first byte on.
    Tls,
}

/// Postfix and Dovecot with a folder of their own.
pub struct MailServer {
    folder: TempDir,
    ports: Ports,
    letterbox: Letterbox,
}

struct Ports {
    starttls: Port,
    tls: Port,
}

impl Ports {
    fn numbers(&self) -> [u16; 2] {
        [&self.starttls, &self.tls].map(Port::number)
    }
}

impl MailServer {
    /// Starts both and waits until they answer.
    ///
    /// # Errors
    /// When they do not start, as without root's rights, which Postfix needs.
    pub async fn start() -> Result<Self> {
        ensure!(rustix::process::geteuid().is_root(), "Postfix can be started by root alone");
        let folder = tempfile::tempdir()?;
        let ports = Ports { starttls: Port::hold()?, tls: Port::hold()? };
        let letterbox = Letterbox::new(folder.path().join("mail"));
        let server = Self { folder, ports, letterbox };
        server.prepare().await?;
        server.run("dovecot", &["-c", &server.path("dovecot/dovecot.conf")]).await?;
        server.resume().await?;
        Ok(server)
    }

    /// The mailboxes.
    pub fn letterbox(&self) -> &Letterbox {
        &self.letterbox
    }

    /// The settings with which our server hands its mails over here.
    pub fn settings(&self, door: Door) -> Vec<(&'static str, String)> {
        let (security, port) = match door {
            Door::StartTls => ("starttls", self.ports.starttls.number()),
            Door::Tls => ("tls", self.ports.tls.number()),
        };
        vec![
            ("SIEGEL_SMTP_SERVER", format!("localhost:{port}")),
            ("SIEGEL_SMTP_SECURITY", security.to_owned()),
            ("SIEGEL_SMTP_USER", USER.to_owned()),
            ("SIEGEL_SMTP_PASSWORD_FILE", self.path("password")),
            ("SIEGEL_SMTP_CA_FILE", self.path("tls/ca.pem")),
            ("SIEGEL_MAIL_FROM", USER.to_owned()),
            ("SIEGEL_PUBLIC_URL", crate::server::ORIGIN.to_owned()),
        ]
    }

    /// Takes the mail server away: nobody listens any more.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn pause(&self) -> Result<()> {
        self.run("postfix", &["-c", &self.path("postfix"), "stop"]).await?;
        // The master has ended by now. Those who took connections for it end after it, and listen until then.
        self.until_listening(false).await
    }

    /// Brings it back.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn resume(&self) -> Result<()> {
        self.run("postfix", &["-c", &self.path("postfix"), "start"]).await?;
        self.until_listening(true).await
    }

    /// Waits until both doors are open, or both closed.
    async fn until_listening(&self, wanted: bool) -> Result<()> {
        for port in self.ports.numbers() {
            until(format!("the mail server's port to be open: {wanted}"), SOON, async || {
                let open = match TcpStream::connect(("127.0.0.1", port)).await {
                    Ok(_) => true,
                    Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => false,
                    // As when the last who listened ended with us in its queue.
                    Err(_) => return Ok(None),
                };
                Ok((open == wanted).then_some(()))
            })
            .await?;
        }
        Ok(())
    }

    /// Stops both.
    ///
    /// # Errors
    /// When one does not stop.
    pub async fn stop(&self) -> Result<()> {
        self.pause().await?;
        self.run("doveadm", &["-c", &self.path("dovecot/dovecot.conf"), "stop"]).await
    }

    async fn prepare(&self) -> Result<()> {
        // Both drop root's rights, and must get in.
        std::fs::set_permissions(self.folder.path(), std::fs::Permissions::from_mode(0o755))?;
        for name in ["dovecot", "postfix", "queue", "queue/private", "data", "mail", "tls"] {
            std::fs::create_dir(self.folder.path().join(name))?;
        }
        self.run("chown", &["postfix", &self.path("data"), &self.path("queue/private")]).await?;
        std::fs::set_permissions(self.path("queue/private"), std::fs::Permissions::from_mode(0o700))?;
        self.run("chown", &["nobody:nogroup", &self.path("mail")]).await?;
        self.write("password", &format!("{PASSWORD}\n"))?;
        self.certificates().await?;
        self.write("dovecot/dovecot.conf", &self.filled(DOVECOT))?;
        self.write("postfix/main.cf", &self.filled(POSTFIX))?;
        self.write("postfix/mailboxes", MAILBOXES)?;
        self.write("postfix/master.cf", &self.services()?)
    }

    /// An authority, and a certificate for `localhost` from it.
    async fn certificates(&self) -> Result<()> {
        let path = |name: &str| self.path(&format!("tls/{name}"));
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let (ca, ca_key, key, request, certificate, extensions) = (
            path("ca.pem"),
            path("ca.key"),
            path("server.key"),
            path("server.csr"),
            path("server.pem"),
            path("extensions"),
        );
        let authority =
            ["req", "-x509", "-days", "2", "-subj", "/CN=Test CA", "-keyout", &ca_key, "-out", &ca];
        self.run("openssl", &[&authority[..], &curve[..]].concat()).await?;
        let asked = ["req", "-new", "-subj", "/CN=localhost", "-keyout", &key, "-out", &request];
        self.run("openssl", &[&asked[..], &curve[..]].concat()).await?;
        self.write("tls/extensions", "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")?;
        let sign = ["x509", "-req", "-days", "2", "-CAcreateserial", "-extfile", &extensions];
        let with = ["-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-out", &certificate];
        self.run("openssl", &[&sign[..], &with[..]].concat()).await
    }

    /// Debian's table of Postfix's services, none of them locked into a folder, with our two doors in place of its own.
    fn services(&self) -> Result<String> {
        let table = std::fs::read_to_string("/usr/share/postfix/master.cf.dist")
            .context("Postfix's own table of services; is Postfix installed?")?;
        let mut services = format!(
            "127.0.0.1:{} inet n - n - - smtpd\n127.0.0.1:{} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n",
            self.ports.starttls.number(),
            self.ports.tls.number()
        );
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<_> = line.split_whitespace().collect();
            match words[..] {
                // The fifth column says whether it is locked in.
                ["smtp", "inet", ..] => {}
                [name, "unix" | "inet" | "fifo", private, rights, _, ref rest @ ..] => {
                    services.push_str(&format!(
                        "{name} {} {private} {rights} n {}\n",
                        words[1],
                        rest.join(" ")
                    ));
                }
                _ => services.push_str(&format!("{line}\n")),
            }
        }
        Ok(services)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        Ok(std::fs::write(self.folder.path().join(name), text)?)
    }

    fn filled(&self, template: &str) -> String {
        let folder = self.folder.path().display().to_string();
        template.replace("{folder}", &folder).replace("{domain}", DOMAIN).replace("{password}", PASSWORD)
    }

    async fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let said = self.folder.path().join("said");
        let log = std::fs::File::options().create(true).append(true).open(&said)?;
        let status = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .status()
            .await
            .with_context(|| format!("starting {program}; is it installed?"))?;
        if status.success() {
            return Ok(());
        }
        bail!("{program} {} ended with {status}: {}", arguments.join(" "), self.said())
    }

    /// All that both have said, for whoever looks for a failure.
    pub fn said(&self) -> String {
        // What cannot be read was not said.
        let log = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        ["said", "mail.log", "dovecot/log"].map(log).concat()
    }
}

impl Drop for MailServer {
    /// A journey that failed leaves none behind.
    fn drop(&mut self) {
        let quiet = |program: &str, arguments: &[&str]| {
            let mut command = std::process::Command::new(program);
            let _ = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        };
        quiet("postfix", &["-c", &self.path("postfix"), "stop"]);
        quiet("doveadm", &["-c", &self.path("dovecot/dovecot.conf"), "stop"]);
    }
}

/// No IMAP: mailboxes are read as files.
const DOVECOT: &str = "\
base_dir = {folder}/dovecot/run
log_path = {folder}/dovecot/log
protocols = lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
passdb {
  driver = static
  args = password={password}
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%u
}
service auth {
  unix_listener {folder}/queue/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
service lmtp {
  unix_listener {folder}/queue/private/dovecot-lmtp {
    mode = 0600
    user = postfix
    group = postfix
  }
}
protocol lmtp {
  postmaster_address = postmaster@{domain}
}
service stats {
  chroot =
}
service anvil {
  chroot =
}
";

const POSTFIX: &str = "\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.{domain}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
virtual_mailbox_domains = {domain}
virtual_transport = lmtp:unix:private/dovecot-lmtp
virtual_mailbox_maps = regexp:{folder}/postfix/mailboxes
smtpd_tls_cert_file = {folder}/tls/server.pem
smtpd_tls_key_file = {folder}/tls/server.key
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_sasl_authenticated, reject
default_transport = error:5.4.4 this server is for tests
relay_transport = error:5.4.4 this server is for tests
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
";

const MAILBOXES: &str = "\
if !/^nosuch@/
/@test\\.example$/  OK
endif
";
