"""Human panel × twin panel (× retest panel) into a scorecard. Floor 5; needs only data."""
