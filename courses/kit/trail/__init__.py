"""The audit trail as evidence: guarded by triggers, sealed in a chain, checked by a command.

`guards` asks the database whether its triggers stand, `seals` chains what was written since the
last seal, `heads` carries the chain's head out of the database, `verification` finds the first
row that is not what it was. Writers of the trail know nothing of all this: an entry has no hash
and waits for nobody.
"""
