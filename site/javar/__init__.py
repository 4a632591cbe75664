"""The web site around the domain: settings, urls, theme, public pages, commands that walk rooms."""
