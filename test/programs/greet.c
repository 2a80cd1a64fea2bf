/* What was asked, and the content in capitals: in C. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static const char *told(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

int main(void) {
  long left = atol(told("CONTENT_LENGTH"));
  printf("Content-Type: text/plain\n\n%s %s %s\n", told("REQUEST_METHOD"), told("QUERY_STRING"), told("PATH_INFO"));
  for (int letter; left > 0 && (letter = getchar()) != EOF; left--) putchar(toupper(letter));
  return 0;
}
