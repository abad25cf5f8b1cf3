"""`ivskit dev`: a deployment with the emulator as a local service that has a page.

The world runs in a process of its own (`process.py`), for it changes what time is; the web server
asks it over a pipe.
"""
