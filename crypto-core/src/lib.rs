//! All of Siegel's cryptography: pure functions over bytes, without I/O, clock or logging, for native code and
//! WebAssembly. `SPEC.md` beside this crate pins down every byte; the code quotes it where it does it.
//!
//! # The key hierarchy of a delivery at level 1 or 2
//!
//! ```text
//! recipient's own secret ─ HKDF ─┬─ gate token ► server keeps SHA-256: "holds this recipient's link"
//!  (in their link after #)       └─ personal key ─ + salt ► wrap key, commitment ► the link secret
//!
//! link secret (32 random bytes, in the delivery's own link after #, if it has one)
//!  ├─ gate token ───────────────► server keeps SHA-256: "holds the link"
//!  ├─ salt ─┐
//!  │        ▼
//!  │  password ─ Argon2id ─┐    (only when the sender set one)
//!  ▼                       ▼
//!  └───────── HKDF ────────┘
//!              ├─ auth token ───► server keeps SHA-256: "holds link and password"
//!              └─ cover key       never leaves the browser
//!                  ├─ + salt ► wrap key, commitment ► cover: the manifest
//!                  └─ + salt, delivery, file, level ► file key, commitment ► chunks of one file
//! ```
//!
//! # From level 3 on
//!
//! ```text
//! SecuPass, recovery code ─ lock ► account key ─┬─ seeds of the identity: Ed25519, X-Wing ─ public halves ► card
//!                                               └─ vault: pins, link secrets, invitations
//!
//! delivery key (32 random bytes)
//!  ├─ + salt ► wrap key, commitment ► sealed part: the manifest, and its sender's statement
//!  ├─ + salt, delivery, file, level ► file key, commitment ► chunks of one file
//!  └─ with the link secret, to each recipient's card (HPKE), signed by who gives ► grant
//! ```
//!
//! A card is believed as far as [`trust`] says; only a [`trust::VerifiedKey`] can be sealed to.
//!
//! # Reading order
//!
//! | module | what |
//! |---|---|
//! | [`error`], [`id`] | how things fail; what keys are bound to |
//! | `secret`, `label`, `suite`, `codec` | the ground floor: secrets as types, domain separation, primitives, encodings |
//! | [`kdf`] | passwords |
//! | [`link`], [`access`] | the link and what it gives; what the server may check |
//! | [`personal`] | a recipient's own link, which leads to the delivery's |
//! | `text`, `padding` | NFC; lengths that say little |
//! | `wrap` | a short message under a committing key |
//! | [`stream`] | one file |
//! | [`manifest`], [`delivery`] | what a delivery holds, and its encryption |
//! | [`draft`] | what an unfinished delivery leaves in its sender's browser |
//! | [`login`] | OPAQUE |
//! | [`words`] | numbers as words, in German and English |
//! | [`identity`] | account key, seeds, card, fingerprint; what SecuPass and recovery code open |
//! | [`trust`], [`vault`] | whose key it is, and where that is remembered |
//! | [`sealed`], [`grant`] | what only the granted open, and how they are granted it |
//! | [`invitation`], [`release`], [`deputy`] | two who never met; granting later; granting in somebody's place |
//! | [`submit_box`], [`submission`] | a letterbox, and what somebody without an account sends into it |
//! | [`request`], [`receipt`] | what somebody is asked for; what arrived |
//! | [`testkit`] | hostile and good cases that every implementation must pass |
//!
//! `examples/` has one small program for each safe operation.

#![forbid(unsafe_code)]

pub mod error;
pub mod id;

pub(crate) mod codec;
pub(crate) mod label;
pub(crate) mod padding;
pub(crate) mod secret;
pub(crate) mod suite;
pub(crate) mod text;
pub(crate) mod wrap;

pub mod access;
pub mod delivery;
pub mod deputy;
pub mod draft;
pub mod grant;
pub mod identity;
pub mod invitation;
pub mod kdf;
pub mod link;
pub mod login;
pub mod manifest;
pub mod personal;
pub mod receipt;
pub mod release;
pub mod request;
pub mod sealed;
pub mod stream;
pub mod submission;
pub mod submit_box;
pub mod testkit;
pub mod trust;
pub mod vault;
pub mod words;
