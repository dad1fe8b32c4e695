"""The kind of subject "cash": money, bearer-negotiable instruments and gold that move across a border."""
