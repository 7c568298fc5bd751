use rocket_dyn_templates::Engines;

use crate::accounts::Accounts;

/// The pages, by the names under which an application can replace them.
const PAGES: [(&str, &str); 11] = [
    ("accounts/login", include_str!("../templates/accounts/login.html.tera")),
    ("accounts/password", include_str!("../templates/accounts/password.html.tera")),
    ("accounts/sessions", include_str!("../templates/accounts/sessions.html.tera")),
    ("accounts/confirm", include_str!("../templates/accounts/confirm.html.tera")),
    ("admin/index", include_str!("../templates/admin/index.html.tera")),
    ("admin/sessions", include_str!("../templates/admin/sessions.html.tera")),
    ("admin/session", include_str!("../templates/admin/session.html.tera")),
    ("admin/end_sessions", include_str!("../templates/admin/end_sessions.html.tera")),
    ("admin/users", include_str!("../templates/admin/users.html.tera")),
    ("admin/user", include_str!("../templates/admin/user.html.tera")),
    ("admin/log", include_str!("../templates/admin/log.html.tera")),
];

/// What the pages are made of.
const PARTS: [(&str, &str); 3] = [
    ("accounts/base", include_str!("../templates/accounts/base.html.tera")),
    ("accounts/nav", include_str!("../templates/accounts/nav.html.tera")),
    ("admin/macros", include_str!("../templates/admin/macros.html.tera")),
];

impl Accounts {
    /// Adds the templates of the pages to Tera. Pass it to
    /// [`Template::custom`](rocket_dyn_templates::Template::custom).
    ///
    /// A template of the application replaces the one with its name, for example `templates/accounts/login.html.tera`. It can
    /// extend other templates of the application only. To give all pages the look of the application, replace
    /// `accounts/base`: it has the blocks `title` and `page`, and includes `accounts/nav`.
    ///
    /// ```
    /// use rocket_diesel_accounts::Accounts;
    /// use rocket_dyn_templates::Template;
    ///
    /// let fairing = Template::custom(|engines| {
    ///     Accounts::templates(engines);
    ///     engines.tera.register_filter("shout", |value: &_, _: &_| Ok(format!("{value}!").into()));
    /// });
    /// ```
    pub fn templates(engines: &mut Engines) {
        let tera = &mut engines.tera;
        let parts = PARTS.into_iter().filter(|(name, _)| tera.get_template(name).is_err());
        let parts: Vec<_> = parts.map(|(name, source)| (name.to_owned(), source.to_owned())).collect();
        // Tera escapes values if the name of the page ends with `.html`. So a page has that name, also if the application has
        // replaced it.
        let pages = PAGES.map(|(name, source)| match tera.get_template(name) {
            Ok(_) => (page(name), format!("{{% extends \"{name}\" %}}")),
            Err(_) => (page(name), source.to_owned()),
        });
        tera.add_raw_templates(parts.into_iter().chain(pages)).expect("the templates are valid");
    }
}

/// Returns the name under which a page is rendered.
pub(crate) fn page(name: &str) -> String {
    format!("{name}.html")
}
