use std::fs;

/// Returns the lines that a reader of docs/deploy.md types, for each section.
pub fn sections() -> Vec<String> {
    let page = fs::read_to_string("docs/deploy.md").unwrap();
    let blocks = |section: &str| {
        let blocks = section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
        blocks.collect::<String>()
    };
    let sections = page.split("\n## ").map(blocks).filter(|lines| !lines.is_empty());
    sections.map(|lines| lines.lines().map(|line| replaced(line) + "\n").collect()).collect()
}

/// Replaces the lines that need the internet, minutes or a person.
fn replaced(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["apt-get", "update"] => ":".into(),
        ["apt-get", "install", ..] if line.contains("certbot") => ":".into(),
        // .ci/run has installed them.
        ["apt-get", "install", "-y", "--no-install-recommends", ..] => {
            format!("dpkg --status {} >/dev/null", words[4..].join(" "))
        }
        ["cargo", "build", ..] => {
            let program = env!("CARGO_BIN_EXE_session_tutorial");
            format!("mkdir -p target/release && cp {program} target/release/session_tutorial")
        }
        // Nobody but this test trusts this certificate.
        ["certbot", ..] => "echo 127.0.0.1 $name >>/etc/hosts\n\
             folder=/etc/letsencrypt/live/$name\n\
             mkdir -p $folder\n\
             openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=$name -addext subjectAltName=DNS:$name \
             -keyout $folder/privkey.pem -out $folder/fullchain.pem"
            .into(),
        [.., "createsuperuser"] => {
            format!("SUPERUSER_USERNAME=root SUPERUSER_PASSWORD=$(openssl rand -base64 32) {line} --noinput")
        }
        _ => line.into(),
    }
}
