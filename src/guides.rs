//! Compiles and runs the code of the guides with `cargo test`.

#[doc = include_str!("../docs/use-in-your-app.md")]
struct UseInYourApp;

#[doc = include_str!("../docs/coming-from-django.md")]
struct ComingFromDjango;

#[allow(rustdoc::invalid_codeblock_attributes)] // `source=…` is for the test that compares listings
#[doc = include_str!("../docs/accounts.md")]
struct Accounts;

#[doc = include_str!("../docs/watch.md")]
struct Watch;
