"""What registrars, students and guardians fill in, a module a noun."""
