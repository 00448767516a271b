"""Old addresses to new ones: read out of any file, judged before they are published, written for the server, checked.

`maps` is the list and what is wrong with it, `reading` and `writing` are the files, `checking` asks the servers.
"""
