/// A kind of request. The pages of all kinds have the same size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// Asks for the page without a cookie. No guard loads a session.
    Page,
    /// Asks for the same page with a cookie. No guard loads a session, so this should cost nothing more.
    CookieOnly,
    /// Shows two values of a session.
    Reading,
    /// Removes a value, and inserts it again with the visitor's next request. Each request saves the session.
    Changing,
    /// Inserts values that the session already has, so there is nothing to save.
    SameAgain,
    /// Comes without a cookie and gets a new session.
    NewVisitor,
}

/// Which visitors' cookies a kind of request sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieSet {
    None,
    /// Cookies of sessions whose data never changes.
    Unchanging,
    /// Cookies of sessions that only [`RequestKind::Changing`] uses. A value may be missing from such a session, so
    /// its pages would differ from those of the other kinds.
    Changing,
}

impl RequestKind {
    pub const ALL: [Self; 6] =
        [Self::Page, Self::CookieOnly, Self::Reading, Self::Changing, Self::SameAgain, Self::NewVisitor];

    /// Returns the name that tables and charts show.
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

    /// Returns the paths to request, one after the other.
    pub fn paths(self) -> &'static [&'static str] {
        match self {
            Self::Page | Self::CookieOnly => &["/bench/plain"],
            Self::Reading => &["/get/"],
            Self::Changing => &["/del/", "/set/"],
            Self::SameAgain | Self::NewVisitor => &["/set/"],
        }
    }

    /// Returns which cookies to send.
    pub fn cookies(self) -> CookieSet {
        match self {
            Self::Page | Self::NewVisitor => CookieSet::None,
            Self::CookieOnly | Self::Reading | Self::SameAgain => CookieSet::Unchanging,
            Self::Changing => CookieSet::Changing,
        }
    }
}
