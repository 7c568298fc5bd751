//! The commands, each in a process of its own: they read the environment.

use std::process::{Command as Process, ExitCode, Stdio};
use std::{env, process};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordVerifier};
use clap::Parser;
use diesel::prelude::*;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket_diesel_accounts::schema::{audit_log, users};
use rocket_diesel_accounts::{Accounts, MIGRATIONS, commands};
use rocket_diesel_sessions::db::DbConnection;
use rocket_diesel_sessions::schema::sessions;
use rocket_diesel_sessions::testing::{connect, new_database};
use tempfile::TempDir;
use time::{Date, PrimitiveDateTime, Time};

const PASSWORD: &str = "correct horse battery staple";
const NEW_PASSWORD: &str = "seven green umbrellas sing";

/// The lines of Rocket.toml for [`program`], and its arguments.
const TOML: &str = "ACCOUNTS_TEST_TOML";
const ARGUMENTS: &str = "ACCOUNTS_TEST_ARGUMENTS";

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: commands::Command,
}

/// In a process that [`Folder::run`] has started, this is the program that has the commands. Otherwise it does nothing.
#[test]
fn program() {
    let (Ok(toml), Ok(arguments)) = (env::var(TOML), env::var(ARGUMENTS)) else { return };
    let figment = Figment::from(rocket::Config::debug_default()).merge(Toml::string(&toml));
    let arguments = Arguments::parse_from(["program"].into_iter().chain(arguments.split(' ')));
    let status = rocket::async_test(arguments.command.run(&figment, &MIGRATIONS));
    process::exit(if status == ExitCode::SUCCESS { 0 } else { 1 });
}

/// A folder with a database that does not exist yet.
struct Folder {
    url: String,
    _folder: TempDir,
}

#[derive(Clone, Debug, PartialEq)]
struct User {
    name: String,
    hash: String,
    stamp: String,
    /// Staff, superuser, active.
    flags: [i16; 3],
}

struct Output {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: new_database(folder.path()), _folder: folder }
    }

    fn toml(&self, settings: &str) -> String {
        format!("databases.sessions.url = '{}'\n{settings}", self.url)
    }

    /// Runs the program with these arguments and this environment, and without a terminal.
    fn run(&self, arguments: &str, environment: &[(&str, &str)]) -> Output {
        self.run_with("", arguments, environment)
    }

    fn run_with(&self, settings: &str, arguments: &str, environment: &[(&str, &str)]) -> Output {
        let output = Process::new(env::current_exe().unwrap())
            .args(["--exact", "program", "--nocapture"])
            .env(TOML, self.toml(settings))
            .env(ARGUMENTS, arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let all = format!("{stdout}{stderr}");
        assert!(!all.contains(PASSWORD) && !all.contains(NEW_PASSWORD), "no password is printed: {all}");
        Output { status: output.status.code(), stdout, stderr }
    }

    fn create(&self, name: &str) {
        let output =
            self.run("createsuperuser --noinput", &[("SUPERUSER_USERNAME", name), ("SUPERUSER_PASSWORD", PASSWORD)]);
        assert_eq!(output.status, Some(0), "{}", output.stderr);
    }

    fn connection(&self) -> DbConnection {
        connect(&self.url)
    }

    fn users(&self) -> Vec<User> {
        let flags = (users::is_staff, users::is_superuser, users::is_active);
        let columns = (users::name, users::password_hash, users::stamp, flags);
        let rows = users::table.select(columns).load::<(_, _, _, (i16, i16, i16))>(&mut self.connection()).unwrap();
        rows.into_iter().map(|(name, hash, stamp, flags)| User { name, hash, stamp, flags: flags.into() }).collect()
    }

    /// Returns the actor, the action, the object and the detail of the newest entry of the audit log.
    fn last_audit(&self) -> [Option<String>; 4] {
        let columns = (audit_log::actor, audit_log::action.nullable(), audit_log::object, audit_log::detail);
        let row = audit_log::table.select(columns).order(audit_log::id.desc()).first(&mut self.connection());
        let (actor, action, object, detail) = row.unwrap();
        [actor, action, object, detail]
    }
}

fn verifies(hash: &str, password: &str) -> bool {
    Argon2::default().verify_password(password.as_bytes(), &PasswordHash::new(hash).unwrap()).is_ok()
}

#[test]
fn createsuperuser_takes_the_name_and_the_password_from_the_environment() {
    let folder = Folder::new();
    let output =
        folder.run("createsuperuser --noinput", &[("SUPERUSER_USERNAME", "ada"), ("SUPERUSER_PASSWORD", PASSWORD)]);
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    assert!(output.stdout.contains("Superuser ada is created."), "{}", output.stdout);
    let user = folder.users().remove(0);
    assert_eq!((user.name.as_str(), user.flags), ("ada", [1, 1, 1]));
    assert!(verifies(&user.hash, PASSWORD));
    let text = |text: &str| Some(text.to_owned());
    let detail = text("superuser, by createsuperuser");
    assert_eq!(folder.last_audit(), [None, text("user added"), text("ada"), detail]);
}

#[test]
fn an_option_names_the_superuser_before_the_environment() {
    let folder = Folder::new();
    let environment = [("SUPERUSER_USERNAME", "ada"), ("SUPERUSER_PASSWORD", PASSWORD)];
    assert_eq!(folder.run("createsuperuser --noinput --username bob", &environment).status, Some(0));
    assert_eq!(folder.users()[0].name, "bob");
}

#[test]
fn createsuperuser_fails_with_the_reason_and_adds_nobody() {
    let folder = Folder::new();
    folder.create("ada");
    for (name, password, reason) in [
        ("", PASSWORD, "needs SUPERUSER_USERNAME"),
        ("bob", "", "needs SUPERUSER_PASSWORD"),
        ("ADA", PASSWORD, "the name ADA is taken"),
        ("a b", PASSWORD, "The name may contain letters"),
        ("a\nb", PASSWORD, "The name may contain letters"),
        ("bob", "short", "The password has 5 characters. It needs at least 15."),
        ("bob", "qwertyuiopasdfgh", "The password is too easy to guess."),
        ("umbrella", NEW_PASSWORD, "The password contains the name."),
    ] {
        let environment = [("SUPERUSER_USERNAME", name), ("SUPERUSER_PASSWORD", password)];
        let output = folder.run("createsuperuser --noinput", &environment);
        assert_eq!(output.status, Some(1), "{name} {reason}");
        assert!(output.stderr.contains("error: ") && output.stderr.contains(reason), "{}", output.stderr);
        assert_eq!(folder.users().len(), 1, "{name} {reason}");
    }
}

#[test]
fn a_setting_of_the_application_counts_for_the_commands_too() {
    let environment = [("SUPERUSER_USERNAME", "ada"), ("SUPERUSER_PASSWORD", PASSWORD)];
    let arguments = "createsuperuser --noinput";
    for (settings, reason) in [
        ("accounts.min_password_length = 40", "It needs at least 40."),
        ("accounts.min_password_length = 2", "accounts.min_password_length = 2: allowed is 8 to 64"),
    ] {
        let output = Folder::new().run_with(settings, arguments, &environment);
        assert_eq!(output.status, Some(1), "{settings}");
        assert!(output.stderr.contains(reason), "{}", output.stderr);
    }
}

#[test]
fn without_a_terminal_a_command_does_not_wait_for_an_answer() {
    let folder = Folder::new();
    folder.create("ada");
    for arguments in ["createsuperuser", "createsuperuser --username bob", "changepassword ada"] {
        let output = folder.run(arguments, &[("SUPERUSER_USERNAME", "bob"), ("SUPERUSER_PASSWORD", PASSWORD)]);
        assert_eq!(output.status, Some(1), "{arguments}");
        assert!(output.stderr.contains("no terminal") && output.stderr.contains("--noinput"), "{}", output.stderr);
    }
    assert_eq!(folder.users().len(), 1);
}

/// Inserts a session of this owner, as a running server does.
fn insert_session(folder: &Folder, key: &str, owner: &str) {
    let date = PrimitiveDateTime::new(Date::from_ordinal_date(2100, 1).unwrap(), Time::MIDNIGHT);
    let row = (
        sessions::session_key.eq(key),
        sessions::session_data.eq("{}"),
        sessions::expire_date.eq(date),
        sessions::created_at.eq(date),
        sessions::version.eq(1),
        sessions::owner.eq(owner),
    );
    diesel::insert_into(sessions::table).values(row).execute(&mut folder.connection()).unwrap();
}

#[rocket::async_test]
async fn changepassword_sets_the_password_and_ends_all_sessions_of_the_user() {
    let folder = Folder::new();
    folder.create("ada");
    folder.create("bob");
    let accounts = Accounts::open(&Figment::from(Toml::string(&folder.toml("")))).unwrap();
    let ada = accounts.find("ada").await.unwrap().unwrap();
    let bob = accounts.find("bob").await.unwrap().unwrap();
    insert_session(&folder, "one", ada.id());
    insert_session(&folder, "two", ada.id());
    insert_session(&folder, "three", bob.id());
    let before = folder.users();
    let output = folder.run("changepassword ADA --noinput", &[("NEW_PASSWORD", NEW_PASSWORD)]);
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let after = folder.users();
    let of = |users: &[User], name: &str| users.iter().find(|user| user.name == name).unwrap().clone();
    assert!(verifies(&of(&after, "ada").hash, NEW_PASSWORD) && !verifies(&of(&after, "ada").hash, PASSWORD));
    assert_ne!(of(&after, "ada").stamp, of(&before, "ada").stamp, "it ends sessions that are just beginning");
    assert_eq!(of(&after, "bob"), of(&before, "bob"));
    let left: Vec<String> = sessions::table.select(sessions::session_key).load(&mut folder.connection()).unwrap();
    assert_eq!(left, ["three"]);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(folder.last_audit(), [None, text("password changed"), text("ada"), text("by changepassword")]);
}

#[test]
fn changepassword_fails_with_the_reason_and_changes_nothing() {
    let folder = Folder::new();
    folder.create("ada");
    let before = folder.users();
    for (arguments, password, reason) in [
        ("changepassword bob --noinput", NEW_PASSWORD, "there is no user \"bob\""),
        ("changepassword ada --noinput", "", "needs NEW_PASSWORD"),
        ("changepassword ada --noinput", "short", "It needs at least 15."),
    ] {
        let output = folder.run(arguments, &[("NEW_PASSWORD", password)]);
        assert_eq!(output.status, Some(1), "{reason}");
        assert!(output.stderr.contains(reason), "{}", output.stderr);
        assert_eq!(folder.users(), before, "{reason}");
    }
}

#[test]
fn a_command_migrates_first_if_auto_migrate_is_on_and_refuses_to_run_if_it_is_off() {
    let folder = Folder::new();
    let environment = [("SUPERUSER_USERNAME", "ada"), ("SUPERUSER_PASSWORD", PASSWORD)];
    for arguments in ["createsuperuser --noinput", "changepassword ada --noinput"] {
        let output = folder.run_with("session.auto_migrate = false", arguments, &environment);
        assert_eq!(output.status, Some(1), "{arguments}");
        assert!(output.stderr.contains("diesel migration run"), "{}", output.stderr);
    }
    let has_users =
        |folder: &Folder| diesel::sql_query("SELECT * FROM users").execute(&mut folder.connection()).is_ok();
    assert!(!has_users(&folder));
    assert_eq!(folder.run("createsuperuser --noinput", &environment).status, Some(0));
    assert_eq!(folder.users().len(), 1);
    let environment = [("NEW_PASSWORD", NEW_PASSWORD)];
    let output = folder.run_with("session.auto_migrate = false", "changepassword ada --noinput", &environment);
    assert_eq!(output.status, Some(0), "nothing is pending: {}", output.stderr);
}
