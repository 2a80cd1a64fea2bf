/*
 * Who goes through a tunnel: tunneller PROXY ORIGIN CONNECTIONS BYTES download|upload
 *
 * Each connection is a process of its own, asks the proxy for a tunnel to the origin, and moves so many bytes through
 * it. Prints the seconds that passed until the last one was done. What comes is dropped unread, as by the origin.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIECE (1 << 20)
static char content[PIECE];

static void fail(const char *what) {
  fprintf(stderr, "tunneller: %s\n", what);
  exit(1);
}

/* Reads a head, and no byte behind it; fails where it is not that of a 200. */
static void expect_200(int fd, const char *whose) {
  char head[8192];
  int length = 0;
  while (length < 4 || memcmp(head + length - 4, "\r\n\r\n", 4) != 0)
    if (length == sizeof head || recv(fd, head + length++, 1, 0) != 1) fail(whose);
  if (strncmp(head, "HTTP/1.1 200", 12) != 0 && strncmp(head, "HTTP/1.0 200", 12) != 0) fail(whose);
}

static void move(int proxy, int origin, long long bytes, int is_upload) {
  struct sockaddr_in there = {
      .sin_family = AF_INET, .sin_port = htons(proxy), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&there, sizeof there) != 0) fail("nobody listens");
  dprintf(fd, "CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", origin, origin);
  expect_200(fd, "no tunnel");
  if (!is_upload) {
    dprintf(fd, "GET /%lld HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", bytes, origin);
    expect_200(fd, "no answer through the tunnel");
    while (bytes > 0) {
      ssize_t n = recv(fd, NULL, bytes < PIECE ? bytes : PIECE, MSG_TRUNC);
      if (n <= 0) fail("the tunnel ended early");
      bytes -= n;
    }
    return;
  }
  dprintf(fd, "PUT /%lld HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %lld\r\n\r\n", bytes, origin, bytes);
  while (bytes > 0) {
    ssize_t n = send(fd, content, bytes < PIECE ? bytes : PIECE, MSG_NOSIGNAL);
    if (n <= 0) fail("the tunnel ended early");
    bytes -= n;
  }
  expect_200(fd, "no answer through the tunnel");
}

int main(int count, char **words) {
  if (count != 6) fail("expected PROXY ORIGIN CONNECTIONS BYTES download|upload");
  int connections = atoi(words[3]), failed = 0, status;
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int i = 0; i < connections; i++)
    if (fork() == 0) {
      move(atoi(words[1]), atoi(words[2]), atoll(words[4]), strcmp(words[5], "upload") == 0);
      exit(0);
    }
  while (wait(&status) > 0) failed |= status != 0;
  clock_gettime(CLOCK_MONOTONIC, &end);
  if (failed) return 1;
  printf("%.6f\n", (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) / 1e9);
  return 0;
}
