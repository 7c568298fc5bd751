//! The program: what stops it from launching, and its commands.

mod binary; // the real program, with an environment and a database of its own
mod server; // the real program as a server, and browsers without a screen

mod check_step; // the commands for the reader of the tutorial
mod commands; // migrate, clearsessions, check
mod copies; // backup and copy
mod launch; // what stops a launch, and which message it prints
mod shutdown; // how it ends
mod troubleshooting; // problems that beginners have
mod watch; // metrics and the log as JSON
