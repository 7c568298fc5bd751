// @generated automatically by Diesel CLI.

diesel::table! {
    replaced_keys (old_key) {
        old_key -> Text,
        new_key -> Text,
        expires_at -> Timestamp,
    }
}

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

diesel::allow_tables_to_appear_in_same_query!(replaced_keys, sessions,);
