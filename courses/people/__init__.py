"""People: the account, the personal record, guardians and consents."""
