"""One file per run: written so that nothing acknowledged is lost, read back as a panel."""
