"""Comparing what runs of a job wrote: discovery, reading, fingerprints, differences. Entered by ../firesteel_compare.py.

Laws: plain pyspark, no Python on the executors; data stays where it lies: only fingerprints and a few example rows reach the driver.
"""
