"""The library of policies, standards, guidelines, tools, training material, forms and lessons learned."""
