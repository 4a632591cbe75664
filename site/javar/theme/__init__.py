"""How everything looks: base page, components, sheets, drawings, digit and date filters.

Knows no model. The one thing it takes from the domain is the tool wall (`courses.kit`): Persian
digits and Jalali words.
"""
