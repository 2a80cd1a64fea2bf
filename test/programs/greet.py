#!/usr/bin/env python3
# What was asked, and the content in capitals: in Python.
import os
import sys

told = os.environ
print("Content-Type: text/plain\n")
print(told["REQUEST_METHOD"], told["QUERY_STRING"], told.get("PATH_INFO", ""))
print(sys.stdin.read(int(told.get("CONTENT_LENGTH", 0))).upper(), end="")
