"""What one person may not do alone: approvals by a second one, and broken glass."""
