"""What changes a round: its course, students' wishes, firms' standings, runs."""
