use bench::served;

#[rocket::main]
async fn main() -> Result<(), rocket::Error> {
    served::rocket().launch().await?;
    Ok(())
}
