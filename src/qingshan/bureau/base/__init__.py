"""Base (基座): areas, organisations, people, roles, scope, audit, attachments, packs."""
