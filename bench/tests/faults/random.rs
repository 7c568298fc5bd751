use rand::SeedableRng;
use rand::rngs::StdRng;

/// Returns a random number generator, and prints its seed. To repeat a failed test with the same numbers, run it with
/// `SEED=…` in the environment.
pub fn seeded_rng() -> StdRng {
    let seed = std::env::var("SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    StdRng::seed_from_u64(seed)
}
