// @generated automatically by Diesel CLI.

diesel::table! {
    audit_log (id) {
        id -> Text,
        at -> Timestamp,
        actor -> Nullable<Text>,
        action -> Text,
        object -> Nullable<Text>,
        detail -> Nullable<Text>,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    sign_in_attempts (attempt_key) {
        attempt_key -> Text,
        failures -> Integer,
        last_failed_at -> Timestamp,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        name -> Text,
        name_key -> Text,
        password_hash -> Text,
        stamp -> Text,
        is_staff -> SmallInt,
        is_superuser -> SmallInt,
        is_active -> SmallInt,
        created_at -> Timestamp,
        last_login -> Nullable<Timestamp>,
    }
}
