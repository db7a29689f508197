// Tests of Steering.
