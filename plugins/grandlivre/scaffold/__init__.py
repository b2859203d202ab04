"""What is written once for a new month or a new organisation."""
