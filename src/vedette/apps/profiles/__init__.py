"""Risk profiles: versions, their life, what they found, and the values they are judged on."""
