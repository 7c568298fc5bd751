/// A part of a list: which page, and how many entries it has.
///
/// ```
/// use rocket_diesel_sessions::Page;
///
/// assert_eq!((Page::first().offset(), Page::number(3).offset()), (0, 200));
/// assert_eq!(Page::number(3).with_size(20).offset(), 40);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    number: usize,
    size: usize,
}

impl Page {
    /// The number of entries on a page, unless another is asked for. Django's admin has the same.
    pub const SIZE: usize = 100;

    /// Returns the first page.
    pub fn first() -> Self {
        Self::number(1)
    }

    /// Returns the page with this number, counted from 1. 0 is the first page too.
    pub fn number(number: usize) -> Self {
        Self { number: number.max(1), size: Self::SIZE }
    }

    /// Returns the page with another number of entries, from 1 to 1000.
    pub fn with_size(self, size: usize) -> Self {
        Self { size: size.clamp(1, 1000), ..self }
    }

    /// Returns the following page.
    pub fn next(self) -> Self {
        Self { number: self.number.saturating_add(1), ..self }
    }

    /// Returns how many entries the page has at most.
    pub fn size(self) -> usize {
        self.size
    }

    /// Returns how many entries are before the page.
    pub fn offset(self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }
}
