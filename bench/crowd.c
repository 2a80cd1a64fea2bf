/*
 * Who asks all at once: crowd PORT PATH CONNECTIONS LENGTH
 *
 * Opens so many connections, then sends the same request on all of them, then reads the answers. Prints how many were
 * right (200, and so many bytes of content), and the seconds from the first request to the last answer. Gives up where
 * nothing comes for 30 seconds.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 30000

struct connection {
  int fd;
  int length;
  char answer[4096];
};

static void fail(const char *what) {
  fprintf(stderr, "crowd: %s\n", what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

/* 1 where the answer is right, 0 where it is not there yet, -1 where it is something else. */
static int judge(struct connection *c, int length) {
  c->answer[c->length] = 0;
  char *end = strstr(c->answer, "\r\n\r\n");
  if (end == NULL) return 0;
  if (strncmp(c->answer, "HTTP/1.1 200", 12) != 0) return -1;
  return c->answer + c->length - (end + 4) == length;
}

int main(int count, char **words) {
  if (count != 5) fail("expected PORT PATH CONNECTIONS LENGTH");
  int connections = atoi(words[3]), length = atoi(words[4]), right = 0;
  if (length > 2048) fail("LENGTH must not be more than 2048");
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  struct sockaddr_in there = {
      .sin_family = AF_INET, .sin_port = htons(atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct connection *all = calloc(connections, sizeof *all);
  int epoll = epoll_create1(0);
  for (int i = 0; i < connections; i++) {
    if ((all[i].fd = socket(AF_INET, SOCK_STREAM, 0)) < 0) fail("too few files may be open (ulimit -n)");
    if (connect(all[i].fd, (struct sockaddr *)&there, sizeof there) != 0) fail("nobody listens");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
    epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event);
  }

  char request[1024];
  int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n\r\n", words[2], words[1]);
  double start = now(), end = start;
  for (int i = 0; i < connections; i++) send(all[i].fd, request, size, MSG_NOSIGNAL);

  struct epoll_event events[256];
  for (int open = connections; open > 0;) {
    int ready = epoll_wait(epoll, events, 256, PATIENCE_MS);
    if (ready <= 0) break;
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      ssize_t n = recv(c->fd, c->answer + c->length, sizeof c->answer - 1 - c->length, 0);
      if (n > 0) c->length += n;
      int verdict = n > 0 ? judge(c, length) : -1;
      if (verdict == 0) continue;
      right += verdict > 0;
      end = now();
      close(c->fd);
      open--;
    }
  }
  printf("%d %.3f\n", right, end - start);
  return 0;
}
