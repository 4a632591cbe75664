"""“My page”: the next thing to do, asked of every room."""
