"""One function for each thing a user asks for; hosts call them and show what they return."""
