//! Somebody's private keys, and those of what they have sent: opened with their recovery code from what the server has stored, so
//! that a journey can look for them where they must not be.

use anyhow::{Context, Result, anyhow, bail, ensure};
use base64ct::{Base64UrlUnpadded, Encoding};
use blob_api::{SendDelivery, Submit};
use crypto_core::{
    grant::{self, Access, Place},
    id::{AccountId, BoxId, DeliveryId, Level},
    identity::{AccountKey, Card, Identity, RecoveryCode},
    login::LoginName,
    submission::TicketLink,
    trust,
    vault::Vault,
};

use crate::{canary::Canary, crowd::database, proxy::Proxy, server::Server};

/// The keys of the account with this address, by its recovery code.
async fn identity(server: &Server, email: &str, code: &str) -> Result<Identity> {
    let meta = database(server).await?;
    let account = meta.account(email).await?.context("no such account")?;
    let keys = meta.keys(account.id).await?.context("an account without keys")?;
    let (id, card) = (AccountId(account.public_id.0), keys.cards.last().context("no card")?);
    let code = RecoveryCode::read(code).map_err(|error| anyhow!("{error:?}"))?;
    let key = AccountKey::unlock_with_code(id, &keys.recovery, &code)?;
    Ok(Identity::open(key, id, &keys.identity, card)?)
}

fn canaries(whose: &str, identity: &Identity) -> Vec<Canary> {
    identity.canaries().map(|(what, bytes)| Canary::new(&format!("the {what} of {whose}"), bytes)).into()
}

/// The private keys of the account, and the delivery keys of all that it has sent at level 3 or 4 through the proxy.
///
/// # Errors
/// When the code does not open what is stored, or nothing was sent.
pub async fn of_sender(server: &Server, proxy: &Proxy, email: &str, code: &str) -> Result<Vec<Canary>> {
    let identity = identity(server, email, code).await?;
    let mut all = canaries(email, &identity);
    for seen in proxy.seen().with("POST", "/send") {
        let sent: SendDelivery = serde_json::from_slice(&seen.body())?;
        let Some(own) = sent.own_grant else { continue };
        let delivery = delivery(&seen.target).context("a delivery")?;
        let open = |level| grant::open_own(&identity, Place { delivery, level }, &own.0);
        let access: Access = open(Level::Four).or_else(|_| open(Level::Three))?;
        all.push(Canary::new("a delivery key", access.key().canary()));
    }
    ensure!(all.len() > 3, "nothing was sent");
    Ok(all)
}

/// What made the submissions that came through the proxy: the secret that is kept in the receipt's link, the private keys that follow
/// from it, and the delivery's key, which the owner of the box opens with this recovery code.
///
/// # Errors
/// When link or code do not open what is stored, or nothing was submitted.
pub async fn of_submitter(
    server: &Server,
    proxy: &Proxy,
    (email, kept): (&str, &str),
    (owner, code): (&str, &str),
) -> Result<Vec<Canary>> {
    let identity = identity(server, owner, code).await?;
    let meta = database(server).await?;
    let account = meta.account(owner).await?.context("no such account")?;
    let keys = meta.keys(account.id).await?.context("an account without keys")?;
    let its = meta.box_of(account.id).await?.context("no box")?;
    let mut vault = Vault::open(&identity, &keys.vault, 0)?;
    let its = vault.box_keys(BoxId(its.settings.id.0)).context("a box without keys")?;
    let (_, fragment) = kept.split_once('#').context("no fragment")?;
    let TicketLink::Kept(receipt) = TicketLink::parse(fragment)? else { bail!("no receipt's link") };
    let name = LoginName::new(email).map_err(|_| anyhow!("{email} is no address"))?;

    let secret = fragment.split('.').nth(2).context("no secret")?;
    let mut all = vec![Canary::new("the receipt's secret", bytes(secret)?)];
    for seen in proxy.seen().with("POST", "/submit") {
        let submit: Submit = serde_json::from_slice(&seen.body())?;
        let (Some(grant), Some(card)) = (submit.grant, submit.submitter) else { continue };
        let delivery = delivery(&seen.target).context("a delivery")?;
        all.extend(canaries("a submitter", &receipt.secret.identity(delivery, &name)?));
        let submitter = trust::submitter(Card::parse(&card.0)?, delivery, &name)?;
        let place = Place { delivery, level: Level::Four };
        let access = grant::open_in_box(its, place, &submitter, &grant.grant.0)?;
        all.push(Canary::new("a delivery key", access.key().canary()));
    }
    ensure!(all.len() > 4, "nothing was submitted");
    Ok(all)
}

/// The delivery that a request is about.
fn delivery(target: &str) -> Option<DeliveryId> {
    let id: blob_api::DeliveryId = target.split('/').nth(3)?.parse().ok()?;
    Some(DeliveryId(id.0))
}

/// What a link carries, out of its text.
///
/// # Errors
/// When it is not base64url.
pub fn bytes(secret: &str) -> Result<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(secret).map_err(|_| anyhow!("not base64url"))
}
