use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Boots systemd in namespaces and a control group of its own. `$1` is the name of the group. The root has the files of this
/// machine, and what is changed there is in memory only. If the test or `unshare` ends, the kernel kills all processes.
const BOOT: &str = r#"
for folder in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
  if [ -e $folder/cgroup.procs ]; then mkdir $folder/$1; echo $$ >$folder/$1/cgroup.procs; fi
done
exec setpriv --pdeathsig KILL unshare --mount --propagation private --pid --mount-proc --fork --kill-child bash -ec '
  mount -t tmpfs tmpfs /run
  mkdir /run/upper /run/work /run/root
  mount -t overlay -o lowerdir=/,upperdir=/run/upper,workdir=/run/work overlay /run/root
  rm -f /run/root/var/log/nginx/* # on a new machine, the log is empty
  export SYSTEMD_NSPAWN_TMPFS_TMP=0 # /tmp has the files of this machine too
  exec systemd-nspawn --directory=/run/root --boot --private-network --register=no --keep-unit --settings=no \
    --link-journal=no --console=pipe'
"#;

/// A throw-away Debian with the files of this machine, where systemd runs. It has no network but loopback, and nothing that
/// happens there changes this machine.
pub struct Machine {
    supervisor: Child,
    systemd: u32,
    group: String,
}

impl Machine {
    /// Starts the machine, and waits until all its services have started.
    pub fn boot() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let group = format!("deployment-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut command = Command::new("bash");
        command.args(["-ec", BOOT, "boot", &group]).stdin(Stdio::null()).stdout(Stdio::null());
        let mut machine = Self { supervisor: command.spawn().unwrap(), systemd: 0, group };
        poll(|| {
            let status = machine.supervisor.try_wait().unwrap();
            assert!(status.is_none(), "the machine did not boot: are you root, and is systemd-container installed?");
            let systemd = child(machine.supervisor.id()).and_then(child)?;
            machine.systemd = systemd;
            (fs::read_to_string(format!("/proc/{systemd}/comm")).ok()?.trim() == "systemd").then_some(())
        })
        .expect("systemd should start");
        poll(|| {
            let state = machine.run("systemctl is-system-running").stdout;
            ["running\n", "degraded\n"].iter().any(|started| started.as_bytes() == state).then_some(())
        })
        .expect("the services of the machine should start");
        machine
    }

    /// Runs a script of bash in the folder of this project, until a command fails.
    pub fn run(&self, script: &str) -> Output {
        let mut command = Command::new("nsenter");
        command.arg(format!("--target={}", self.systemd)).args(["--mount", "--uts", "--ipc", "--net", "--pid"]);
        command.args(["bash", "-o", "pipefail", "-exc", &format!("cd {}\n{script}", env!("CARGO_MANIFEST_DIR"))]);
        command.env_clear().envs([
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ("LANG", "C.UTF-8"),
            ("CURL_CA_BUNDLE", "/etc/letsencrypt/live/example.org/fullchain.pem"),
        ]);
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// Runs a script that has to succeed, and returns what it printed.
    pub fn type_in(&self, script: &str) -> String {
        let output = self.run(script);
        let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}\n{script}\n{printed}\n{errors}", output.status);
        printed.into_owned()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.supervisor.kill().and_then(|()| self.supervisor.wait());
        let folders = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"];
        for folder in folders.map(|folder| Path::new(folder).join(&self.group)) {
            let _ = poll(|| remove_group(&folder).ok()); // the processes may still be ending
        }
    }
}

fn remove_group(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        for entry in fs::read_dir(folder)?.flatten().filter(|entry| entry.path().is_dir()) {
            remove_group(&entry.path())?;
        }
        fs::remove_dir(folder)?;
    }
    Ok(())
}

/// Returns the first child of a process.
fn child(process: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

/// Calls a function until it returns something, for two minutes at most.
fn poll(mut condition: impl FnMut() -> Option<()>) -> Option<()> {
    let end = Instant::now() + Duration::from_secs(120);
    while Instant::now() < end {
        if condition().is_some() {
            return Some(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    None
}
