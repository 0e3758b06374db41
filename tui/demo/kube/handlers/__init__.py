"""What each verb and subresource does: one file a concern, found through the table in ``routes``."""
