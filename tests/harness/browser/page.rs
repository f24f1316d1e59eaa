//! What a page shows and how it is used: waiting, filling in, clicking.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use thirtyfour::{By, Key, WebElement, error::WebDriverErrorInner};

use super::{Browser, Engine};
use crate::{
    files::walk,
    wait::{SOON, until},
};

/// Is the page at work? Its button says so.
const BUSY: &str = "return !!document.querySelector('main button:disabled, main button[aria-busy=true], main [aria-disabled=true]')";

/// What stands in the page's one place for errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its kind, for programs.
    pub kind: String,
    /// Its sentence, for people.
    pub text: String,
}

impl Browser {
    /// The element, once it is there and to be seen.
    ///
    /// # Errors
    /// When it does not appear in time; the error says what the page shows instead.
    pub async fn see(&self, selector: &str) -> Result<WebElement> {
        let found = until(selector, SOON, async || match self.find(selector).await? {
            Some(element) if element.is_displayed().await.unwrap_or(false) => Ok(Some(element)),
            _ => Ok(None),
        });
        self.explain(found.await).await
    }

    /// The element, if the page has it now, visible or not.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn find(&self, selector: &str) -> Result<Option<WebElement>> {
        match self.driver.find(By::Css(selector)).await {
            Ok(element) => Ok(Some(element)),
            Err(error) if matches!(error.as_inner(), WebDriverErrorInner::NoSuchElement(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// All elements of this kind that the page has now.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn find_all(&self, selector: &str) -> Result<Vec<WebElement>> {
        Ok(self.driver.find_all(By::Css(selector)).await?)
    }

    /// Waits until this page (`main[data-page]`) is shown.
    ///
    /// # Errors
    /// When another one stays; the error says which, and what it says.
    pub async fn at(&self, page: &str) -> Result<()> {
        self.at_within(page, SOON).await
    }

    /// As [`Browser::at`] with a longer patience.
    ///
    /// # Errors
    /// As there.
    pub async fn at_within(&self, page: &str, within: Duration) -> Result<()> {
        let what = format!("the page “{page}”");
        let found =
            until(what, within, async || Ok((self.page().await?.as_deref() == Some(page)).then_some(())));
        self.explain(found.await).await
    }

    /// The name of the page that is shown.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn page(&self) -> Result<Option<String>> {
        // The block for insecure origins lies in the document from the start, hidden: only what is visible counts.
        let script = "for (const m of document.querySelectorAll('main[data-page]')) \
                      if (m.getClientRects().length) return m.dataset.page; return null";
        Ok(self.script(script, &[]).await?.as_str().map(str::to_owned))
    }

    /// What the page says is wrong now: in its error place, or below the field that has to change.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn error(&self) -> Result<Option<Shown>> {
        let script = "const place = document.querySelector('#error'); \
                      const field = document.querySelector('main .kern-error'); \
                      const said = (place?.innerText || field?.innerText || '').trim(); \
                      return place?.dataset.kind && said ? [place.dataset.kind, said] : null";
        let found = self.script(script, &[]).await?;
        let part = |index: usize| found[index].as_str().map(str::to_owned);
        Ok(part(0).zip(part(1)).map(|(kind, text)| Shown { kind, text }))
    }

    /// Waits until the error place shows this kind, and demands that it is a real sentence.
    ///
    /// # Errors
    /// When another kind stays, or none.
    pub async fn see_error(&self, kind: &str) -> Result<Shown> {
        let what = format!("the error “{kind}”");
        let found = until(what, SOON, async || Ok(self.error().await?.filter(|shown| shown.kind == kind)));
        let shown = self.explain(found.await).await?;
        ensure!(shown.text.split_whitespace().count() >= 4, "“{}” is no sentence", shown.text);
        Ok(shown)
    }

    /// Waits for an error after a click that cleared the one before it, or replaces it.
    ///
    /// # Errors
    /// When none comes.
    pub async fn see_new_error(&self) -> Result<Shown> {
        let found = until("an error", SOON, async || {
            // While the page works, its button is disabled: what stands there then is left over.
            let busy = self.script(BUSY, &[]).await? == true;
            Ok(if busy { None } else { self.error().await? })
        });
        self.explain(found.await).await
    }

    /// Waits until the error place is empty.
    ///
    /// # Errors
    /// When the error stays.
    pub async fn see_no_error(&self) -> Result<()> {
        let found = until("no error", SOON, async || Ok(self.error().await?.is_none().then_some(())));
        self.explain(found.await).await
    }

    /// Waits until the focus is within what the selector names.
    ///
    /// # Errors
    /// When it stays elsewhere.
    pub async fn see_focus_in(&self, selector: &str) -> Result<()> {
        let found = until(format!("the focus in {selector}"), SOON, async || {
            let inside = "return !!document.activeElement?.closest(arguments[0])";
            Ok((self.script(inside, &[selector.into()]).await? == true).then_some(()))
        });
        self.explain(found.await).await
    }

    /// Clicks what the selector names, once it is there and enabled.
    ///
    /// # Errors
    /// When it does not become so, or something lies over it.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let element = self.see(selector).await?;
        let enabled = until(format!("{selector} to be enabled"), SOON, async || {
            Ok(element.is_enabled().await?.then_some(()))
        });
        self.explain(enabled.await).await?;
        // Where pages scroll smoothly, the driver would click before they have arrived.
        let centre = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        self.script(centre, &[element.to_json()?]).await?;
        element.click().await.with_context(|| format!("clicking {selector}"))
    }

    /// Waits until the browser asks whether to leave the page, and answers. Only for a [`super::Look`] that is `asked`.
    ///
    /// # Errors
    /// When it does not ask.
    pub async fn answer_leaving(&self, leave: bool) -> Result<()> {
        until("the browser to ask", SOON, async || {
            let answered =
                if leave { self.driver.accept_alert().await } else { self.driver.dismiss_alert().await };
            match answered {
                Err(error) if matches!(error.as_inner(), WebDriverErrorInner::NoSuchAlert(_)) => Ok(None),
                answered => Ok(answered.map(Some)?),
            }
        })
        .await
    }

    /// Presses the browser's own “back”. When it asks first, it is not waited for.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn go_back(&self) -> Result<()> {
        self.script("setTimeout(() => history.back())", &[]).await.map(drop)
    }

    /// Moves the pointer to the corner, where it hovers over nothing.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn rest_pointer(&self) -> Result<()> {
        Ok(self.driver.action_chain().move_to(0, 0).perform().await?)
    }

    /// Replaces the text in a field as a person would: marks all, then types.
    ///
    /// # Errors
    /// When there is no such field.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<()> {
        let field = self.see(selector).await?;
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(Key::Delete).await?;
        // Two drivers type only the basic plane, and one no new lines; an input method gives the browser the rest in these
        // ways.
        let new_lines = self.engine() != Engine::WebKit;
        let typed = |letter: char| u32::from(letter) <= 0xffff && (new_lines || letter != '\n');
        let basic = text.chars().all(typed);
        match self.engine() {
            Engine::Chromium if !basic => {
                self.devtools("Input.insertText", json!({ "text": text })).await?;
            }
            Engine::WebKit if !basic => {
                let insert = "arguments[0].focus(); document.execCommand('insertText', false, arguments[1])";
                self.script(insert, &[field.to_json()?, text.into()]).await?;
            }
            _ if text.is_empty() => {} // WebKit's driver takes it for a mistake
            _ => field.send_keys(text).await?,
        }
        Ok(())
    }

    /// The text in a field.
    ///
    /// # Errors
    /// When there is no such field.
    pub async fn value(&self, selector: &str) -> Result<String> {
        Ok(self.see(selector).await?.prop("value").await?.unwrap_or_default())
    }

    /// The text of an element as the page shows it.
    ///
    /// # Errors
    /// When there is no such element.
    pub async fn text(&self, selector: &str) -> Result<String> {
        Ok(self.see(selector).await?.text().await?)
    }

    /// What would stand on paper if the page were printed. Chromium only.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn printed(&self) -> Result<String> {
        self.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" })).await?;
        let printed = self.script("return document.body.innerText", &[]).await?;
        self.devtools("Emulation.setEmulatedMedia", json!({ "media": "" })).await?;
        Ok(printed.as_str().context("a text")?.to_owned())
    }

    /// An attribute of an element, visible or not.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn attribute(&self, selector: &str, name: &str) -> Result<Option<String>> {
        let script = "return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? null";
        Ok(self.script(script, &[selector.into(), name.into()]).await?.as_str().map(str::to_owned))
    }

    /// Waits until an attribute has one of these values, and says which.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn attribute_becomes(
        &self,
        selector: &str,
        name: &str,
        values: &[&str],
        within: Duration,
    ) -> Result<String> {
        let found = until(format!("{selector} with {name} {values:?}"), within, async || {
            let now = self.attribute(selector, name).await?;
            Ok(now.filter(|value| values.contains(&value.as_str())))
        });
        self.explain(found.await).await
    }

    /// Gives files, or one folder, to a file input, as the system's file picker would.
    ///
    /// # Errors
    /// When there is no such input.
    pub async fn choose(&self, selector: &str, files: &[PathBuf]) -> Result<()> {
        let input = until(selector, SOON, async || self.find(selector).await).await?;
        if let [folder] = files
            && folder.is_dir()
            && self.engine() != Engine::Chromium
        {
            return self.choose_folder(selector, folder).await;
        }
        let paths: Vec<_> = files.iter().map(|path| path.to_string_lossy()).collect();
        Ok(input.send_keys(paths.join("\n")).await?)
    }

    /// Two drivers give no folders to the page. Here they give it the folder's files, as to an input of files, and then each
    /// file gets the path that it has when a folder is chosen.
    async fn choose_folder(&self, selector: &str, folder: &Path) -> Result<()> {
        let files = walk(folder)?;
        let above = folder.parent().unwrap_or(folder);
        let paths = files.iter().map(|file| Ok(file.strip_prefix(above)?.to_string_lossy().into_owned()));
        let paths = json!(paths.collect::<Result<Vec<_>>>()?);
        let make = "const given = document.createElement('input'); given.type = 'file'; given.multiple = true; \
                    given.id = 'given'; document.body.append(given)";
        self.script(make, &[]).await?;
        Box::pin(self.choose("#given", &files)).await?;
        // The page asks for these very objects: they are kept, or they would lose what is written on them.
        let hand_on = "const [selector, paths] = arguments, given = document.querySelector('#given'); \
                       const folder = document.querySelector(selector), files = window.keptFiles = [...given.files]; \
                       files.forEach((file, place) => { \
                       if (!paths[place].endsWith(file.name)) throw new Error('another order of files'); \
                       Object.defineProperty(file, 'webkitRelativePath', { value: paths[place] }) }); \
                       folder.files = given.files; given.remove(); \
                       folder.dispatchEvent(new Event('change', { bubbles: true })); return files.length";
        let given = self.script(hand_on, &[selector.into(), paths]).await?;
        ensure!(given == files.len(), "{given} of {} files were given", files.len());
        Ok(())
    }

    /// Drops files and folders of this machine on an element, as from the desktop. Chromium only.
    ///
    /// # Errors
    /// When there is no such element.
    pub async fn drop_files(&self, selector: &str, files: &[PathBuf]) -> Result<()> {
        let target = self.see(selector).await?;
        let middle = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' }); \
                      const r = arguments[0].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]";
        let middle = self.script(middle, &[target.to_json()?]).await?;
        let files: Vec<_> = files.iter().map(|path| path.to_string_lossy()).collect();
        let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({ "type": kind, "x": middle[0], "y": middle[1], "data": data });
            self.devtools("Input.dispatchDragEvent", event).await?;
        }
        Ok(())
    }

    /// Adds to a failure what the page shows.
    async fn explain<T>(&self, result: Result<T>) -> Result<T> {
        let Err(failure) = result else { return result };
        let page = self.page().await.ok().flatten();
        match self.error().await.ok().flatten() {
            Some(shown) => {
                bail!("{failure:#}; the page is {page:?} and says [{}] {}", shown.kind, shown.text)
            }
            None => bail!("{failure:#}; the page is {page:?} and shows no error"),
        }
    }
}
