"""Referral of cash to the financial intelligence unit: suspicion reports and routine batches."""
