use rand::SeedableRng;
use rand::rngs::StdRng;

/// Dice. The seed is in the output of a test that fails; `SEED=…` rolls the same again.
pub fn dice() -> StdRng {
    let seed = std::env::var("SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    StdRng::seed_from_u64(seed)
}
