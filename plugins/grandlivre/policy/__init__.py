"""What the organisation wrote down under rules/: frozen models, and every mistake on its own YAML line."""
