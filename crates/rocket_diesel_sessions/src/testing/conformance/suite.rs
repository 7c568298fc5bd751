use super::{lists, records, search, updates};
use crate::store::Store;

/// Checks whether a store does what [`Store`] promises. `make` returns a new, empty store for each check.
///
/// The methods for operators are checked only if the store supports them.
///
/// ```
/// use rocket_diesel_sessions::{MemoryStore, testing};
///
/// # rocket::async_test(
/// testing::check_store(async || MemoryStore::default())
/// # );
/// ```
///
/// # Panics
///
/// Panics at the first promise that the store does not keep, with a message that names it.
pub async fn check_store<S: Store>(make: impl AsyncFn() -> S) {
    records::a_record_is_loaded_as_it_was_created(&make().await).await;
    records::a_record_that_has_expired_is_not_loaded(&make().await).await;
    records::a_create_deletes_the_record_that_it_replaces(&make().await).await;
    records::a_deleted_record_is_gone(&make().await).await;
    updates::an_update_applies_the_changes(&make().await).await;
    updates::an_update_of_a_newer_record_keeps_both_changes(&make().await).await;
    updates::an_update_never_brings_a_record_back(&make().await).await;
    updates::an_update_that_is_refused_writes_nothing(&make().await).await;
    updates::an_update_moves_a_record_to_its_new_handle(&make().await).await;
    updates::a_replaced_handle_is_known_for_a_minute(&make().await).await;
    updates::a_delete_follows_a_session_to_its_newest_handle(&make().await).await;
    updates::parallel_updates_lose_nothing(make().await).await;
    updates::a_delete_among_parallel_updates_is_final(&make).await;
    updates::a_touch_moves_the_expire_date_alone_and_once(&make().await).await;
    lists::a_record_is_deleted_for_its_owner_alone(&make().await).await;
    lists::the_records_of_an_owner_are_listed_and_deleted_together(&make().await).await;
    lists::the_oldest_records_of_an_owner_are_deleted(&make().await).await;
    lists::all_records_are_listed_in_pages(&make().await).await;
    lists::records_that_are_alive_are_counted(&make().await).await;
    search::each_condition_finds_its_records(&make().await).await;
    search::several_conditions_find_what_meets_all_of_them(&make().await).await;
    search::pages_that_continue_see_every_record_once(&make().await).await;
    search::a_scan_limit_ends_a_page_early(&make().await).await;
    search::a_count_ignores_the_scan_limit(&make().await).await;
    lists::expired_records_are_deleted_in_batches(&make().await).await;
}
