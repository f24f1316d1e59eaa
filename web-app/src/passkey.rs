//! Passkeys: WebAuthn's options and credentials between their JSON and what the browser takes. Not every browser converts
//! them itself.

use js_sys::{Array, ArrayBuffer, Function, JSON, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_model::text::Language;
use web_model::trouble::Trouble;

/// Does the browser know passkeys?
pub(crate) fn are_known() -> bool {
    get(&window(), "PublicKeyCredential").is_ok_and(|found| !found.is_undefined())
}

/// Lets the browser make a passkey. Options and answer are JSON.
pub(crate) async fn make(options: &str) -> Result<String, Trouble> {
    ask("create", options).await
}

/// Lets the browser show a passkey, likewise.
pub(crate) async fn show(options: &str) -> Result<String, Trouble> {
    ask("get", options).await
}

async fn ask(method: &str, options: &str) -> Result<String, Trouble> {
    // What goes wrong before the browser asks its user means that the browser knows no passkeys.
    let promise = call(method, options).map_err(|_| cannot())?;
    let credential = JsFuture::from(promise).await.map_err(|error| refused(&error))?;
    written(&credential).ok_or_else(cannot)
}

fn call(method: &str, options: &str) -> Result<Promise, JsValue> {
    let options = JSON::parse(options)?;
    let public_key = get(&options, "publicKey")?;
    decode(&public_key, "challenge")?;
    let user = get(&public_key, "user")?;
    if user.is_object() {
        decode(&user, "id")?;
    }
    for list in ["excludeCredentials", "allowCredentials"] {
        for known in get(&public_key, list)?.dyn_into::<Array>().unwrap_or_default() {
            decode(&known, "id")?;
        }
    }
    let credentials = get(&window().navigator(), "credentials")?;
    get(&credentials, method)?.dyn_into::<Function>()?.call1(&credentials, &options)?.dyn_into()
}

/// The credential as WebAuthn's `PublicKeyCredential.toJSON` writes it.
fn written(credential: &JsValue) -> Option<String> {
    let (out, response) = (Object::new(), Object::new());
    let set = |object: &Object, name: &str, value: &JsValue| Reflect::set(object, &name.into(), value).ok();
    for name in ["id", "type", "authenticatorAttachment"] {
        let value = get(credential, name).ok()?;
        if value.is_string() {
            set(&out, name, &value)?;
        }
    }
    set(&out, "rawId", &encoded(&get(credential, "rawId").ok()?)?)?;
    let found = get(credential, "response").ok()?;
    for name in ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"] {
        if let Some(text) = encoded(&get(&found, name).ok()?) {
            set(&response, name, &text)?;
        }
    }
    if let Ok(transports) = get(&found, "getTransports").ok()?.dyn_into::<Function>() {
        set(&response, "transports", &transports.call0(&found).ok()?)?;
    }
    set(&out, "response", &response)?;
    // None of the extensions that we ask for answers with bytes.
    let extensions: Function = get(credential, "getClientExtensionResults").ok()?.dyn_into().ok()?;
    set(&out, "clientExtensionResults", &extensions.call0(credential).ok()?)?;
    JSON::stringify(&out).ok().map(String::from)
}

fn get(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &name.into())
}

/// Puts bytes in the place of their base64url.
fn decode(object: &JsValue, name: &str) -> Result<(), JsValue> {
    let text = get(object, name)?.as_string().ok_or(JsValue::NULL)?;
    let binary = window().atob(&text.replace('-', "+").replace('_', "/"))?;
    let bytes: Vec<u8> = binary.chars().filter_map(|byte| u8::try_from(u32::from(byte)).ok()).collect();
    Reflect::set(object, &name.into(), &Uint8Array::from(bytes.as_slice()).buffer())?;
    Ok(())
}

/// Bytes as base64url; nothing for what is no buffer.
fn encoded(value: &JsValue) -> Option<JsValue> {
    let buffer: &ArrayBuffer = value.dyn_ref()?;
    let binary: String = Uint8Array::new(buffer).to_vec().into_iter().map(char::from).collect();
    let text = window().btoa(&binary).ok()?;
    Some(text.replace('+', "-").replace('/', "_").trim_end_matches('=').into())
}

/// The browser's user did not go on, or the device holds a passkey of this account already.
fn refused(error: &JsValue) -> Trouble {
    let name = get(error, "name").ok().and_then(|name| name.as_string()).unwrap_or_default();
    match name.as_str() {
        "NotAllowedError" | "AbortError" => Trouble::told("passkey-not-used", Language::passkey_not_used),
        "InvalidStateError" => Trouble::told("passkey-known", Language::passkey_known),
        _ => cannot(),
    }
}

fn cannot() -> Trouble {
    Trouble::told("passkey-impossible", Language::passkey_impossible)
}
