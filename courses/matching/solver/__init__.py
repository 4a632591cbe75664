"""The matching solver: pure Python, no framework, no clock, no randomness of its own.

`market` is the problem as a value, `oracle` the published rule, `verify` the judge that shares no
code with either solver but the arrays, `cutoffs` the explanations, `lottery` the verifiable
tickets (MATCHING model, §2).
"""
