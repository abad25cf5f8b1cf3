"""What holds in every scenario, whatever happens in it; each law is broken by a test."""
