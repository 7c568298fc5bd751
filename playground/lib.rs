//! This is empty. Your program is `src/main.rs` beside it, which git ignores. The first chapter of the tutorial begins it.
