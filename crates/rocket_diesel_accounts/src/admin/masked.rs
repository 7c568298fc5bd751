use serde_json::{Map, Value};

/// Words in the name of a value that looks secret: those that Django masks in its error reports, and some more.
const SECRET: [&str; 13] =
    ["api", "auth", "card", "code", "credential", "key", "otp", "pass", "pin", "pwd", "secret", "signature", "token"];

/// Returns the data with asterisks in place of the values whose names look secret, at every level.
pub(super) fn masked(data: &Map<String, Value>) -> Map<String, Value> {
    let entry = |(name, value): (&String, &Value)| {
        let folded = name.to_lowercase();
        let is_secret = SECRET.iter().any(|word| folded.contains(word));
        (name.clone(), if is_secret { "********".into() } else { masked_value(value) })
    };
    data.iter().map(entry).collect()
}

fn masked_value(value: &Value) -> Value {
    match value {
        Value::Object(data) => masked(data).into(),
        Value::Array(values) => values.iter().map(masked_value).collect(),
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_under_names_that_look_secret_are_masked_at_every_level() {
        let data = json!({
            "name": "Ada", "API_KEY": "k", "cart": [{"item": "tea", "couponToken": ["t"]}], "oauth": {"a": 1}, "Passwort": "p",
        });
        let seen = masked(data.as_object().unwrap());
        let expected = json!({
            "name": "Ada", "API_KEY": "********", "cart": [{"item": "tea", "couponToken": "********"}],
            "oauth": "********", "Passwort": "********",
        });
        assert_eq!(Value::Object(seen), expected);
    }
}
