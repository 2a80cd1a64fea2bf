#!/bin/sh
# What was asked, and the content in capitals: in sh.
printf 'Content-Type: text/plain\r\n\r\n'
printf '%s %s %s\n' "$REQUEST_METHOD" "$QUERY_STRING" "$PATH_INFO"
head -c "${CONTENT_LENGTH:-0}" | tr a-z A-Z
