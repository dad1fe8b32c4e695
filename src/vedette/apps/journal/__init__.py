"""The journal: entries about actions, decisions, list versions and changes of settings. They form a
hash chain, which is signed and can be verified.
"""
