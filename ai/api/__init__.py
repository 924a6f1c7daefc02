"""`/api/v1/ai/…`: words with Grok, whole or as they come; what it knows, what it cost, and how a workspace sounds."""
