"""How the admin writes moments: Django's own way in English says "noon" and "5:21 a.m."."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"
