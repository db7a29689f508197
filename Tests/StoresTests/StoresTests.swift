// Tests of Stores.
