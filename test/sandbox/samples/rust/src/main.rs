fn main() {
    match std::env::args().nth(1) {
        Some(text) if text == "--version" => println!("digest {}", env!("CARGO_PKG_VERSION")),
        Some(text) => println!("{:x}", digest::digest(&text)),
        None => eprintln!("digest TEXT"),
    }
}
