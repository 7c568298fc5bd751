use diesel::connection::SimpleConnection;

use crate::routes;
use crate::test_app::TestApp;

#[rocket::async_test]
async fn a_request_sees_what_another_program_wrote_even_after_many_reads() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    for name in ["Ada", "Grace"] {
        for _ in 0..40 {
            visitor.visit("/look/name").await;
        }
        let change = format!("UPDATE sessions SET session_data = '{{\"name\":\"{name}\"}}'");
        app.connection().batch_execute(&change).unwrap();
        assert_eq!(visitor.visit("/look/name").await, name);
    }
}

#[rocket::async_test]
async fn a_date_in_another_format_of_sqlite_can_be_read() {
    let app = TestApp::new(routes::routes()).await;
    if !app.is_sqlite() {
        return; // PostgreSQL has one format
    }
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let dates = ["'2026-01-01T00:00:00Z'", "'2026-01-01 00:00'", "'2026-01-01 00:00:00.5'", "julianday('2026-01-01')"];
    for created_at in dates {
        app.connection().batch_execute(&format!("UPDATE sessions SET created_at = {created_at}")).unwrap();
        assert_eq!(visitor.visit("/look/name").await, "Bipasha", "{created_at}");
    }
}
