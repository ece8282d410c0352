"""Golden Thread: which investments serve a policy aim, which do not, and which wait for law."""
