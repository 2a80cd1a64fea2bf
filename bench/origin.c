/*
 * An origin that is quicker than any proxy before it, so that the proxy is what is measured.
 *
 *   GET /N         N bytes
 *   GET /fresh/N/… N bytes that may be stored for a day, with Date, Last-Modified, ETag and Cache-Control
 *   GET /late/N/…  the same, two seconds later
 *   PUT /N         takes the N bytes that its Content-Length promises, and answers when they are there
 *   PUT /N?slow    the same, but takes the first 64 MiB at leisure
 *   CONNECT …      200, and goes on as before: for the proxy that passes CONNECT on and does not dial itself
 *   GET /tally     how many connections were accepted and how many requests came on them, this one included
 *
 * It prints its port. What comes is dropped unread (MSG_TRUNC). What goes is copied from the same MiB ever again, which
 * is twice as quick here as sendfile from a file in memory.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE (1 << 20)
/* What goes with its head, in one piece. */
#define SMALL 16384
#define LEISURE (64LL << 20)
#define LATE_MS 2000

struct connection {
  int fd;
  long long to_send;   /* of the content */
  long long to_take;   /* of the request's content */
  long long to_dawdle; /* of that, at leisure */
  long long due;       /* when it is answered, in milliseconds; 0 where nothing waits */
  long long late;      /* with how many bytes */
  struct connection *next;
  char head[8192];
};

static char content[PIECE];
static long long accepted, requests;
/* Those that wait to be answered, the first of them first. */
static struct connection *first_late, **last_late = &first_late;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void hang_up(struct connection *c) {
  close(c->fd);
  free(c);
}

/* For a head, or a head and a little content, the socket always has room. */
static int say(struct connection *c, const char *bytes, int length) {
  return send(c->fd, bytes, length, MSG_NOSIGNAL) == length;
}

static int answer(struct connection *c, long long length, int is_fresh) {
  static char bytes[512 + SMALL];
  char date[32] = "Sat, 01 Jan 2000 00:00:00 GMT";
  time_t today = time(NULL);
  if (is_fresh) strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&today));
  int head = sprintf(bytes, "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: text/plain\r\n", date);
  if (is_fresh)
    head += sprintf(bytes + head,
                    "Cache-Control: max-age=86400\r\nETag: \"%lld\"\r\n"
                    "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT\r\n", length);
  head += sprintf(bytes + head, "Content-Length: %lld\r\n\r\n", length);
  if (length > SMALL) {
    c->to_send = length;
    return say(c, bytes, head);
  }
  memcpy(bytes + head, content, length);
  return say(c, bytes, head + length);
}

/* One request, whose head has come as a whole. */
static int serve(struct connection *c, char *head) {
  requests++;
  if (strncmp(head, "CONNECT ", 8) == 0) return say(c, "HTTP/1.1 200 OK\r\n\r\n", 19);
  if (strncmp(head, "GET /tally ", 11) == 0) {
    char body[64], bytes[256];
    int length = sprintf(body, "%lld %lld", accepted, requests);
    return say(c, bytes, sprintf(bytes, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", length, body));
  }
  char *path = strchr(head, '/');
  if (path == NULL) return 0;
  if (strncmp(path, "/fresh/", 7) == 0) return answer(c, strtoll(path + 7, NULL, 10), 1);
  if (strncmp(path, "/late/", 6) == 0) {
    c->late = strtoll(path + 6, NULL, 10);
    c->due = now() + LATE_MS;
    c->next = NULL;
    *last_late = c;
    last_late = &c->next;
    return 1;
  }
  char *rest;
  long long length = strtoll(path + 1, &rest, 10);
  if (strncmp(head, "PUT ", 4) != 0) return answer(c, length, 0);
  c->to_take = length;
  c->to_dawdle = strncmp(rest, "?slow", 5) == 0 ? LEISURE : 0;
  return strcasestr(head, "\r\nexpect:") == NULL || say(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
}

/* What has come; 0 where the connection is over. */
static int take(struct connection *c) {
  for (;;) {
    if (c->to_take > 0) {
      long long most = c->to_take < PIECE ? c->to_take : PIECE;
      ssize_t n = recv(c->fd, NULL, most, MSG_TRUNC);
      if (n < 0 && errno == EAGAIN) return 1;
      if (n <= 0) return 0;
      if (c->to_dawdle > 0) {
        c->to_dawdle -= n;
        usleep(n * 50LL * 1000 / PIECE); /* 50 ms for a MiB */
      }
      if ((c->to_take -= n) == 0 && !answer(c, 2, 0)) return 0;
      continue;
    }
    /* Content of a request may stand behind its head, so heads are looked at before they are taken. */
    ssize_t n = recv(c->fd, c->head, sizeof c->head - 1, MSG_PEEK);
    if (n < 0 && errno == EAGAIN) return 1;
    if (n <= 0) return 0;
    c->head[n] = 0;
    char *end = strstr(c->head, "\r\n\r\n");
    if (end == NULL) return n < (ssize_t)sizeof c->head - 1; /* The rest will come. */
    int length = end + 4 - c->head;
    if (recv(c->fd, c->head, length, 0) != length) return 0;
    c->head[length] = 0;
    if (!serve(c, c->head)) return 0;
    if (c->to_send > 0 || c->due > 0) return 1;
  }
}

/* What is to go; 0 where the connection is over. */
static int give(struct connection *c) {
  while (c->to_send > 0) {
    ssize_t n = send(c->fd, content, c->to_send < PIECE ? c->to_send : PIECE, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) return 1;
    if (n <= 0) return 0;
    c->to_send -= n;
  }
  return 1;
}

/* As far as it goes without waiting. Whoever gets content says nothing meanwhile, or is heard later. */
static int go_on(struct connection *c) {
  do {
    if (c->due > 0) return 1;
    if (!give(c)) return 0;
    if (c->to_send > 0) return 1;
    if (!take(c)) return 0;
  } while (c->to_send > 0);
  return 1;
}

/* Answers those whose time has come; says for how long nobody else's comes, or -1. */
static int answer_late(void) {
  for (struct connection *c; (c = first_late) != NULL;) {
    long long wait = c->due - now();
    if (wait > 0) return wait;
    if ((first_late = c->next) == NULL) last_late = &first_late;
    c->due = 0;
    if (!answer(c, c->late, 1) || !go_on(c)) hang_up(c);
  }
  return -1;
}

int main(void) {
  memset(content, 'x', sizeof content);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof here;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (struct sockaddr *)&here, size) != 0 || listen(listener, 4096) != 0) return 1;
  getsockname(listener, (struct sockaddr *)&here, &size);
  printf("%d\n", ntohs(here.sin_port));
  fflush(stdout);

  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int count = epoll_wait(epoll, events, 256, answer_late());
    for (int i = 0; i < count; i++) {
      struct connection *c = events[i].data.ptr;
      if (c == NULL) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) continue;
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        accepted++;
        c = calloc(1, sizeof *c);
        c->fd = fd;
        event = (struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        continue;
      }
      if (!go_on(c)) hang_up(c);
    }
  }
}
