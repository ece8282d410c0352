"""The REST service: HTTP in, use cases called, HTTP out."""
