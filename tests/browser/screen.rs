//! What somebody sees. WebDriver has no words for most of it, Chromium's DevTools protocol has.

use base64::prelude::{BASE64_STANDARD, Engine};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::machines::{Browser, Result};

/// Of a laptop's window, and of the smallest that WCAG 2.2 asks for (1.4.10).
pub const WIDE: u32 = 880;
pub const NARROW: u32 = 320;

/// What the visitor's system prefers.
#[derive(Clone, Copy, Debug)]
pub enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    pub const BOTH: [Self; 2] = [Self::Light, Self::Dark];

    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Browser {
    /// The page that is open is not asked for again.
    pub async fn look(&self, scheme: Scheme, width: u32) -> Result {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme.name() }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        let window = json!({ "width": width, "height": 800, "deviceScaleFactor": 1.5, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", window).await?;
        Ok(())
    }

    /// The page from its top to the end of what is on it, as a PNG.
    pub async fn photograph(&self) -> Result<Vec<u8>> {
        let size =
            "return [document.documentElement.clientWidth, Math.ceil(document.body.getBoundingClientRect().bottom)]";
        let size = self.window.execute(size, vec![]).await?;
        let clip = json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1 });
        let whole = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.devtools("Page.captureScreenshot", whole).await?;
        Ok(BASE64_STANDARD.decode(answer["data"].as_str().ok_or("no picture")?)?)
    }

    pub async fn press(&self, key: Key) -> Result {
        let value = key.into();
        let keys = KeyActions::new("keys".to_owned()).then(KeyAction::Down { value }).then(KeyAction::Up { value });
        Ok(self.window.perform_actions(keys).await?)
    }

    pub async fn without_javascript(&self) -> Result {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
        Ok(())
    }

    async fn devtools(&self, command: &'static str, parameters: Value) -> Result<Value> {
        Ok(self.window.issue_cmd(DevTools { command, parameters }).await?)
    }
}

/// As chromedriver takes it.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, driver: &Url, session: Option<&str>) -> std::result::Result<Url, ParseError> {
        driver.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.command, "params": self.parameters }).to_string()))
    }
}
