/*
 * Who asks at a steady rate: steady PORT SECONDS HOT RATE NEW RATE
 *
 * Asks for HOT so many times a second, and meanwhile, where the second RATE is not 0, for as many objects that nobody has
 * asked for: NEW is their path with a %ld for the length, of 4 to 256 KiB in turn, and a %ld for a number. Who has no free
 * connection waits for one; time counts from when the request was due, so that a server which stands still does not
 * choose how often it is asked (“coordinated omission”).
 *
 * Prints how many answers came to HOT, their median, 99th percentile and maximum in microseconds, and how many of NEW.
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
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 16
#define PATIENCE_NS 10000000000LL

struct connection {
  int fd;
  int is_busy;
  int is_hot;
  int length; /* of the head, as far as it has come */
  long long due;
  long long to_come; /* of the content; -1 before the head is there */
  char head[4096];
};

/* What is asked for at one rate. */
struct stream {
  const char *path;
  long long interval, asked, count;
  struct connection connections[CONNECTIONS];
};

static const long sizes[] = {4 << 10, 16 << 10, 64 << 10, 256 << 10};
static struct stream hot, new;
static long long *times, answers;
static const char *port;

static void fail(const char *what) {
  fprintf(stderr, "steady: %s\n", what);
  exit(1);
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void open_all(struct stream *s, int epoll) {
  struct sockaddr_in there = {
      .sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (struct connection *c = s->connections; c < s->connections + CONNECTIONS; c++) {
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    c->is_hot = s == &hot;
    if (connect(c->fd, (struct sockaddr *)&there, sizeof there) != 0) fail("nobody listens");
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
  }
}

/* All that is due and for which there is a connection. Says when the next is due. */
static long long ask(struct stream *s, long long start) {
  for (; s->asked < s->count; s->asked++) {
    long long due = start + s->asked * s->interval;
    if (due > now()) return due;
    struct connection *c = s->connections;
    while (c < s->connections + CONNECTIONS && c->is_busy) c++;
    if (c == s->connections + CONNECTIONS) return -1; /* The next answer makes room. */
    char path[512], request[1024];
    snprintf(path, sizeof path, s->path, sizes[s->asked % (sizeof sizes / sizeof *sizes)], (long)s->asked);
    int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n\r\n", path, port);
    c->is_busy = 1;
    c->length = 0;
    c->due = due;
    c->to_come = -1;
    if (send(c->fd, request, size, MSG_NOSIGNAL) != size) fail("it hung up");
  }
  return -1;
}

static void read_answer(struct connection *c) {
  static char content[1 << 18];
  char *into = c->to_come < 0 ? c->head + c->length : content;
  ssize_t n = recv(c->fd, into, c->to_come < 0 ? sizeof c->head - 1 - c->length : sizeof content, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) fail("it hung up");
  if (c->to_come < 0) {
    c->head[c->length += n] = 0;
    char *end = strstr(c->head, "\r\n\r\n");
    if (end == NULL) return;
    char *length = strcasestr(c->head, "\r\ncontent-length:");
    if (strncmp(c->head, "HTTP/1.1 200", 12) != 0 || length == NULL) fail("its answer is no 200 with a length");
    c->to_come = strtoll(length + 17, NULL, 10);
    n = c->head + c->length - (end + 4);
  }
  if ((c->to_come -= n) > 0) return;
  c->is_busy = 0;
  if (c->is_hot) times[answers++] = now() - c->due;
}

static int by_value(const void *a, const void *b) {
  long long difference = *(const long long *)a - *(const long long *)b;
  return (difference > 0) - (difference < 0);
}

static int is_over(struct stream *s) {
  if (s->asked < s->count) return 0;
  for (struct connection *c = s->connections; c < s->connections + CONNECTIONS; c++)
    if (c->is_busy) return 0;
  return 1;
}

static struct stream planned(const char *path, int rate, int seconds) {
  struct stream s = {.path = path, .count = (long long)rate * seconds, .interval = rate > 0 ? 1000000000LL / rate : 0};
  return s;
}

int main(int count, char **words) {
  if (count != 7) fail("expected PORT SECONDS HOT RATE NEW RATE");
  port = words[1];
  hot = planned(words[3], atoi(words[4]), atoi(words[2]));
  new = planned(words[5], atoi(words[6]), atoi(words[2]));
  times = calloc(hot.count, sizeof *times);
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  int epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[64];
  epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
  open_all(&hot, epoll);
  if (new.count > 0) open_all(&new, epoll);

  long long start = now(), heard = start;
  for (;;) {
    long long next_hot = ask(&hot, start), next_new = ask(&new, start);
    if (is_over(&hot) && is_over(&new)) break;
    long long next = next_new < 0 || (next_hot >= 0 && next_hot < next_new) ? next_hot : next_new;
    if (next < 0) next = now() + PATIENCE_NS;
    struct itimerspec when = {.it_value = {next / 1000000000LL, next % 1000000000LL}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
    int ready = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      if (c == NULL) continue;
      read_answer(c);
      heard = now();
    }
    if (now() - heard > PATIENCE_NS) fail("it is silent");
  }
  qsort(times, answers, sizeof *times, by_value);
  printf("%lld %.1f %.1f %.1f %lld\n", answers, times[answers / 2] / 1e3, times[answers * 99 / 100] / 1e3,
         times[answers - 1] / 1e3, new.asked);
  return 0;
}
