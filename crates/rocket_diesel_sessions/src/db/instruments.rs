use std::fmt;
use std::sync::Arc;

use diesel::connection::Instrumentation;

/// The function that makes an instrumentation for each connection.
#[derive(Clone)]
pub(crate) struct Instruments(Arc<dyn Fn() -> Box<dyn Instrumentation> + Send + Sync>);

impl Instruments {
    pub fn new(make: impl Fn() -> Box<dyn Instrumentation> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    pub fn make(&self) -> Box<dyn Instrumentation> {
        (self.0)()
    }
}

impl fmt::Debug for Instruments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Instruments(…)")
    }
}
