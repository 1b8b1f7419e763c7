"""understudy: digital twins of survey respondents. The face: notebook API and commands."""
