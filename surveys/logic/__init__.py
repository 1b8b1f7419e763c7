"""Conditions on earlier answers, arms and the record: parsed, checked and compiled without eval."""
