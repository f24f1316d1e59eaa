//! The journeys: what the product must do, proven in a real browser against the real server.
//!
//! One file a journey; the name of each test begins with its journey's name, so that `cargo xtask test NAME` runs it.

mod accessibility;
mod answer;
mod archive;
mod bad_input;
mod blindness;
mod boxes;
mod compare_words;
mod folder;
mod halves;
mod harness;
mod hostile_server;
mod insecure;
mod keyboard;
mod language;
mod large_file;
mod leaving;
mod level_1;
mod level_2;
mod level_4;
mod lost_connection;
mod mailbox_down;
mod password_reset;
mod pause_cancel;
mod pictures;
mod preview;
mod preview_sandbox;
mod private_window;
mod register;
mod responsive;
mod resume;
mod resume_connection;
mod resume_restart;
mod saving;
mod scanners;
mod second_factor;
mod secupass;
mod sessions;
mod settings;
mod several_recipients;
mod speed;
mod start;
mod tamper;
mod tour;
mod worker_crash;
