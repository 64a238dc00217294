"""The screens: pages bind queries to figures; access is decided at the data, never at the page."""
