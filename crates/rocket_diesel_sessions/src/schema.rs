// @generated automatically by Diesel CLI.

diesel::table! {
    sessions (session_key) {
        session_key -> Text,
        session_data -> Text,
        expire_date -> Timestamp,
        created_at -> Timestamp,
        version -> BigInt,
        owner -> Nullable<Text>,
        expiry -> Nullable<Text>,
    }
}
