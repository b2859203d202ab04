"""What a text editor asks of the books while one types: findings, completion, remedies, over the Language Server Protocol."""
