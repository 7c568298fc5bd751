use rocket::fairing::AdHoc;
use rocket::tokio::{self, sync::oneshot};
use rocket::{Build, Rocket, Shutdown};

use crate::processes::Result;

/// A server in the process of the test. It shuts down when this is dropped.
pub struct InProcess {
    pub site: String,
    shutdown: Shutdown,
}

impl InProcess {
    /// Serves an application on any free port.
    pub async fn serve(rocket: Rocket<Build>) -> Result<Self> {
        let figment = rocket.figment().clone().merge(("port", 0)).merge(("log_level", "off"));
        let (sender, port) = oneshot::channel();
        let announcement = AdHoc::on_liftoff("Announcement", |rocket| {
            let _ = sender.send(rocket.config().port);
            Box::pin(async {})
        });
        let rocket = rocket.configure(figment).attach(announcement).ignite().await?;
        let shutdown = rocket.shutdown();
        tokio::spawn(rocket.launch());
        Ok(Self { site: format!("http://127.0.0.1:{}", port.await?), shutdown })
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.shutdown.clone().notify();
    }
}
