"""`manage.py up`: the whole product in one terminal. No Django in here, so that it starts at once and stays small."""
