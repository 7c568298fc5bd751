//! What a browser shows. WebDriver has no commands for most of this, so it uses Chromium's DevTools protocol.

use base64::prelude::{BASE64_STANDARD, Engine};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::processes::{Browser, Result};

/// The width of a laptop's window, and the smallest one that WCAG 2.2 requires (1.4.10), in CSS pixels.
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
    /// Changes the color scheme and the width of the window, without loading the page again.
    pub async fn set_appearance(&self, scheme: Scheme, width: u32) -> Result {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme.name() }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        let window = json!({ "width": width, "height": 800, "deviceScaleFactor": 1.5, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", window).await?;
        Ok(())
    }

    /// Takes a picture of the page as a PNG, from its top to the end of its content.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        let size =
            "return [document.documentElement.clientWidth, Math.ceil(document.body.getBoundingClientRect().bottom)]";
        let size = self.client.execute(size, vec![]).await?;
        let clip = json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1 });
        let whole = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.devtools("Page.captureScreenshot", whole).await?;
        Ok(BASE64_STANDARD.decode(answer["data"].as_str().ok_or("no picture")?)?)
    }

    pub async fn press(&self, key: Key) -> Result {
        let value = key.into();
        let keys = KeyActions::new("keys".to_owned()).then(KeyAction::Down { value }).then(KeyAction::Up { value });
        Ok(self.client.perform_actions(keys).await?)
    }

    /// Names another browser and system to the server.
    pub async fn pretend_to_be(&self, user_agent: &str) -> Result {
        self.devtools("Emulation.setUserAgentOverride", json!({ "userAgent": user_agent })).await?;
        Ok(())
    }

    pub async fn disable_javascript(&self) -> Result {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
        Ok(())
    }

    /// Runs a script in each page that is opened from now on, before the page's own.
    pub async fn run_in_each_page(&self, script: &str) -> Result {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await?;
        Ok(())
    }

    async fn devtools(&self, command: &'static str, parameters: Value) -> Result<Value> {
        Ok(self.client.issue_cmd(DevTools { command, parameters }).await?)
    }
}

/// A DevTools command in the form that chromedriver accepts.
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
