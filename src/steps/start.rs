use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// The reader's program at the start of each chapter. Each begins with the end of the chapter before.
const STARTS: [&str; 6] = [
    include_str!("../../examples/step_0.rs"),
    include_str!("../../examples/step_1.rs"),
    include_str!("../../examples/step_2.rs"),
    include_str!("../../examples/step_3.rs"),
    include_str!("../../examples/step_4.rs"),
    include_str!("../../examples/step_5.rs"),
];

const PROGRAM: &str = "playground/src/main.rs";

/// Writes the reader's program as it is at the start of a chapter. Returns what was done.
pub fn start(step: u8) -> Result<String, Box<dyn Error>> {
    let (path, start) = (Path::new(PROGRAM), STARTS[usize::from(step) - 1]);
    if !Path::new("playground").is_dir() {
        return Err("there is no folder `playground` here. Type this in the folder of the project".into());
    }
    fs::create_dir_all("playground/src")?;
    let kept = match fs::read(path) {
        Ok(program) if !STARTS.iter().any(|start| start.as_bytes() == program) => {
            let free = (1..).map(|number| PathBuf::from(format!("playground/src/kept_{number}.rs")));
            let kept = free.into_iter().find(|path| !path.exists()).ok_or("no file name is free")?;
            fs::rename(path, &kept)?;
            format!(" What you had written is in {}.", kept.display())
        }
        _ => String::new(),
    };
    fs::write(path, start)?;
    Ok(format!("{PROGRAM} is ready for chapter {step}.{kept} Run it: cargo run -p playground"))
}
