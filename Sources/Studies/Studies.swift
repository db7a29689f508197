// The module Studies.
