/// The result of whatever can fail here. The error is boxed, because the program only prints it.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
