"""The one trade table: a reader for each provider."""
