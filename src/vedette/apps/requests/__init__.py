"""What a person may ask about the data held of them: access, rectification, restriction, erasure."""
