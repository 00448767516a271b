"""Pure Python: contact files, DNS, spreadsheets and the platform catalogue. No Django, no database, no settings."""
