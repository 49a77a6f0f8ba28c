"""Every write to editions and their catalog."""
