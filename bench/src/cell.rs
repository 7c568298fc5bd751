/// One kind of request. All render a page of the same size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// The page itself: no guard asks for the session, and there is no cookie.
    Page,
    /// The same page for a visitor with a cookie: what costs nothing as long as no guard asks.
    CookieOnly,
    /// A session's two values are shown.
    Reading,
    /// A value is removed and, at the visitor's next request, inserted again: each request saves.
    Changing,
    /// Values are inserted that are there already, so that nothing is to be saved.
    SameAgain,
    /// A visitor without a cookie gets a session.
    NewVisitor,
}

/// Whose cookies are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookies {
    None,
    /// Of sessions that stay as they are.
    Living,
    /// Of sessions that only [`Cell::Changing`] asks for: what it leaves half changed would make the others' pages
    /// differ.
    Changing,
}

impl Cell {
    pub const ALL: [Self; 6] =
        [Self::Page, Self::CookieOnly, Self::Reading, Self::Changing, Self::SameAgain, Self::NewVisitor];

    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::CookieOnly => "cookie, no guard",
            Self::Reading => "reading",
            Self::Changing => "changing",
            Self::SameAgain => "same again",
            Self::NewVisitor => "new visitor",
        }
    }

    /// Asked for one after the other.
    pub fn paths(self) -> &'static [&'static str] {
        match self {
            Self::Page | Self::CookieOnly => &["/bench/plain"],
            Self::Reading => &["/get/"],
            Self::Changing => &["/del/", "/set/"],
            Self::SameAgain | Self::NewVisitor => &["/set/"],
        }
    }

    pub fn cookies(self) -> Cookies {
        match self {
            Self::Page | Self::NewVisitor => Cookies::None,
            Self::CookieOnly | Self::Reading | Self::SameAgain => Cookies::Living,
            Self::Changing => Cookies::Changing,
        }
    }
}
