"""What is wrong or doubtful in a questionnaire, what nobody comes to, how long it takes."""
