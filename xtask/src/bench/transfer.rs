//! Uploads and downloads by the product's own pages, beside plain ones by the same browser of the same server.

use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::{
    Figure, Target, rounds, siegel,
    stage::{PART_BYTES, Sample, Stage},
};

/// Parts that the product has on their way at a time.
const IN_FLIGHT: u32 = 2;
const UPLOAD: &str = include_str!("www/upload.js");

/// Upload: from the click to the link, beside the same bytes PUT as they are.
pub(super) fn upload(root: &Path, out: &mut dyn FnMut(Figure)) -> Result<()> {
    let folder = siegel::scratch(root)?;
    let mut stage = Stage::new(root, &folder)?;
    let sample = Sample::new(&folder, 512)?;
    let mut pairs = Vec::new();
    for _ in 0..rounds(5) {
        pairs.push((upload_ours(&mut stage, &sample)?, upload_plain(&mut stage, &sample)?));
    }
    let target = Some(Target::AtLeast(0.85));
    out(Figure::compared("upload_loopback", "MiB/s", "plain PUT of the same bytes", &pairs, target));
    Ok(())
}

/// MiB a second by the product's page.
fn upload_ours(stage: &mut Stage, sample: &Sample) -> Result<f64> {
    let mut page = stage.new_delivery()?;
    page.compose(&sample.path)?;
    let milliseconds = page.send()?;
    let link = page.link()?;
    page.delete(&link)?;
    Ok(sample.mib / milliseconds * 1000.0)
}

/// MiB a second by a worker of ours in the same page.
fn upload_plain(stage: &mut Stage, sample: &Sample) -> Result<f64> {
    let mut page = stage.new_delivery()?;
    page.value("bench.input()")?;
    page.choose("#bench-file", &[&sample.path])?;
    let delivery = page.value("bench.begin()")?;
    let job = json!({
        "digests": sample.digests, "partBytes": PART_BYTES, "inFlight": IN_FLIGHT, "blob": delivery["blob"],
    });
    let milliseconds = page.number(&format!(
        "bench.work({}, {{ ...{job}, file: document.querySelector('#bench-file').files[0] }})",
        json!(UPLOAD)
    ))?;
    page.value(&format!("bench.ask('DELETE', {}).then(() => true)", delivery["url"]))?;
    Ok(sample.mib / milliseconds * 1000.0)
}
