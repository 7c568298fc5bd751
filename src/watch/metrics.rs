//! The counters and histograms, in Prometheus' format, on an address of their own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;

use metrics_exporter_prometheus::PrometheusBuilder;
use rocket::figment::Figment;
use rocket_diesel_sessions::extract_table;
use serde::Deserialize;

/// The upper bounds of the histograms' buckets, in seconds. Without buckets, the exporter makes summaries, which can't be added
/// up for several instances.
const BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What `[default.metrics]` in Rocket.toml may say.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table such as {port=9464}")]
struct Settings {
    /// Without a port, nothing is measured. Port 0 is refused, because nobody would know which port it is.
    port: Option<NonZeroU16>,
    /// Default: 127.0.0.1, so that only this machine reads the metrics.
    address: Option<IpAddr>,
}

/// Serves the metrics, if a port is configured. The listener ends with the program, and a shutdown does not wait for it.
///
/// # Errors
///
/// Returns why the launch must stop: a wrong setting, a port that is in use, or another recorder. A process has one only.
pub fn serve(figment: &Figment) -> Result<(), String> {
    let Settings { port, address } = extract_table(figment, "metrics").map_err(|error| error.to_string())?;
    let Some(port) = port else { return Ok(()) };
    let address = SocketAddr::new(address.unwrap_or(Ipv4Addr::LOCALHOST.into()), port.get());
    let exporter = PrometheusBuilder::new().with_http_listener(address).set_buckets(&BUCKETS);
    exporter
        .and_then(PrometheusBuilder::install)
        .map_err(|error| format!("metrics.port: the metrics can't be served on {address}: {error}"))?;
    rocket::info!("The metrics are on http://{address}/metrics");
    Ok(())
}
