"""Kinds of activities as an organisation sets them up, and the forms that tick them off and put them off."""
