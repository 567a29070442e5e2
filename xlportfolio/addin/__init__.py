"""The Excel add-in: what is generated ahead of time from a registry, and the files it stands in."""
