"""The command ``qingshan``: one module a command."""
