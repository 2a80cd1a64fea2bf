/* Adds two numbers: as little as a CGI program can do, so that what is measured is the server. */

#include <stdio.h>
#include <stdlib.h>

int main(void) {
  const char *query = getenv("QUERY_STRING");
  int a = 0, b = 0;
  if (query) sscanf(query, "%d&%d", &a, &b);
  printf("Content-Type: text/plain\r\n\r\n%d\n", a + b);
  return 0;
}
