#[test]
fn differs() {
    assert_ne!(digest::digest("a"), digest::digest("b"));
}

#[test]
fn is_stable() {
    assert_eq!(digest::digest("a"), 0xaf63dc4c8601ec8c);
}
