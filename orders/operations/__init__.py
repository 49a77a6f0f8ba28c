"""Every write to orders and what hangs on them."""
