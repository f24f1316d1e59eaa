//! `cargo xtask serve`: from a fresh clone to a running product.

use std::{path::Path, process::Command};

use anyhow::Result;

use crate::{build, say};

/// Builds what changed and runs the server in the foreground with the given arguments.
pub(crate) fn serve(root: &Path, arguments: &[String]) -> Result<()> {
    let server = build::release(root)?;
    say("Starting the server");
    let mut command = Command::new(server);
    command.args(arguments).current_dir(root);
    #[cfg(unix)]
    {
        // The server takes our place, so that Ctrl-C and SIGTERM reach it.
        let error = std::os::unix::process::CommandExt::exec(&mut command);
        Err(error.into())
    }
    #[cfg(not(unix))]
    crate::run::check(&mut command)
}
