"""Who answers: one respondent per file."""
