"""What the service knows how to do: no HTTP, no files."""
