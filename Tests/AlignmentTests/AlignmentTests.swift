// Tests of Alignment.
