// Tests of Studies.
