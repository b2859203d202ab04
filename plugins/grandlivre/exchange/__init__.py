"""What leaves for other programs: files in the formats that others read, checked against what they publish."""
