/* The loop: sockets, timers, options. Prints {"port": N} when it listens; SIGUSR1 prints the truth; SIGTERM ends it. */
#include "truth.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct options opt = {.ttft = 0.2, .itl = 0.01, .tokens = 200, .tokens_per_chunk = 1, .model = "truth", .tokens_per_word = 1,
                      .prompt_overhead = 13, .fault_status = 500, .fault_every = 1};
static int poller, listener;
static volatile sig_atomic_t asked, ended;
static sigset_t open_mask; /* signals are let in only while we wait, so that none slips in just before */

static double seconds(struct timespec t) { return t.tv_sec + 1e-9 * t.tv_nsec; }

static double clock_seconds(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return seconds(t);
}

double now(void) { return clock_seconds(CLOCK_MONOTONIC); }

double random_within(double half_width) {
  static uint64_t x = 0x9E3779B97F4A7C15u;
  if (half_width <= 0) return 0;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return half_width * (2.0 * (x >> 11) / 9007199254740992.0 - 1.0);
}

void buffer_add(struct buffer *b, const void *data, size_t len) {
  if (b->len + len + 1 > b->cap) {
    b->cap = 2 * (b->len + len + 1);
    b->data = realloc(b->data, b->cap);
    if (!b->data) abort();
  }
  memcpy(b->data + b->len, data, len);
  b->len += len;
}

static void watch(struct conn *c, bool out) {
  if (c->want_out == out) return;
  c->want_out = out;
  struct epoll_event e = {.events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &e);
}

static void flush(struct conn *c) {
  while (c->out_off < c->out.len) {
    ssize_t n = send(c->fd, c->out.data + c->out_off, c->out.len - c->out_off, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EAGAIN) watch(c, true);
      else c->broken = true;
      return;
    }
    c->out_off += n;
  }
  c->out.len = c->out_off = 0;
  watch(c, false);
}

void conn_write(struct conn *c, const void *data, size_t len) {
  if (c->out.len == 0) {
    ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);
    if (n == (ssize_t)len) return;
    if (n < 0 && errno != EAGAIN) {
      c->broken = true;
      return;
    }
    if (n > 0) {
      data = (const char *)data + n;
      len -= n;
    }
  }
  buffer_add(&c->out, data, len);
  flush(c);
}

void conn_reset(struct conn *c) {
  struct linger hard = {1, 0};
  setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  c->broken = true;
}

/* Frees the connection when it is done with; nothing may touch it afterwards. */
static void settle(struct conn *c) {
  if (!c->broken && !(c->close_when_flushed && c->out.len == 0)) return;
  timer_drop(c);
  if (c->busy) stamp_done(c, false);
  close(c->fd);
  free(c->in.data);
  free(c->out.data);
  free(c);
}

static void welcome(void) {
  int on = 1;
  for (int i = 0; i < 256; i++) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    struct conn *c = calloc(1, sizeof *c);
    if (!c) abort();
    c->fd = fd;
    c->heap_at = -1;
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e);
    stamp_connection();
  }
}

/* The moment the kernel received the bytes, so that our own late reading counts against us and not against the client. */
static double received_at(struct msghdr *m) {
  for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
    if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec t;
    memcpy(&t, CMSG_DATA(h), sizeof t);
    double ago = clock_seconds(CLOCK_REALTIME) - seconds(t);
    if (ago >= 0 && ago < 60) return now() - ago;
  }
  return now();
}

static void take(struct conn *c) {
  static char bytes[1 << 16];
  char control[128];
  struct iovec part = {bytes, sizeof bytes};
  struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(c->fd, &m, 0);
  if (n <= 0) {
    if (n == 0 || errno != EAGAIN) c->broken = true;
    return;
  }
  buffer_add(&c->in, bytes, n);
  request_read(c, received_at(&m));
}

static bool sockets(void) {
  struct epoll_event ready[256];
  int n = epoll_wait(poller, ready, 256, 0);
  for (int i = 0; i < n; i++) {
    struct conn *c = ready[i].data.ptr;
    if (!c) {
      welcome();
      continue;
    }
    if (ready[i].events & EPOLLOUT) flush(c);
    if (ready[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) take(c);
    settle(c);
  }
  return n == 256;
}

/* At most 64 events between two looks at the sockets: a wave of tokens may not delay what arrives. */
static bool tokens(void) {
  for (int i = 0; i < 64; i++) {
    struct conn *c = timer_next();
    if (!c || c->due > now()) return false;
    stream_step(c);
    if (!c->busy && !c->broken && c->in.len) request_read(c, now());
    settle(c);
  }
  return true;
}

static void loop(void) {
  while (!ended) {
    if (asked) {
      asked = 0;
      puts(stamps_json());
      fflush(stdout);
    }
    bool more = sockets();
    more = tokens() || more;
    struct conn *c = timer_next();
    double wait = more ? 0 : c ? c->due - now() : 3600;
    if (wait < 0) wait = 0;
    struct timespec t = {(time_t)wait, (long)(1e9 * (wait - (time_t)wait))};
    struct pollfd p = {poller, POLLIN, 0};
    ppoll(&p, 1, &t, &open_mask);
  }
}

static void on_signal(int number) {
  if (number == SIGUSR1) asked = 1;
  else ended = 1;
}

static int choice(const char *text, const char *const *names, const char *flag) {
  for (int i = 0; names[i]; i++)
    if (!strcmp(text, names[i])) return i;
  fprintf(stderr, "truth: %s %s is not known\n", flag, text);
  exit(2);
}

static void set_option(const char *flag, const char *text) {
  static const char *const usages[] = {"asked", "always", "finish", "never", NULL}, *const roles[] = {"early", "with-first", "none", NULL};
  static const char *const faults[] = {"none", "status", "reset", "reset-mid", "stall", "cut", "no-done", "empty", "stream-error", "html", NULL};
  if (!strcmp(flag, "--ttft-ms")) opt.ttft = atof(text) / 1e3;
  else if (!strcmp(flag, "--itl-ms")) opt.itl = atof(text) / 1e3;
  else if (!strcmp(flag, "--jitter-ms")) opt.jitter = atof(text) / 1e3;
  else if (!strcmp(flag, "--tokens")) opt.tokens = atoi(text);
  else if (!strcmp(flag, "--tokens-per-chunk")) opt.tokens_per_chunk = atoi(text);
  else if (!strcmp(flag, "--port")) opt.port = atoi(text);
  else if (!strcmp(flag, "--model")) opt.model = text;
  else if (!strcmp(flag, "--refuse")) opt.refuse = text;
  else if (!strcmp(flag, "--api-key")) opt.api_key = text;
  else if (!strcmp(flag, "--tokens-per-word")) opt.tokens_per_word = atof(text);
  else if (!strcmp(flag, "--prompt-overhead")) opt.prompt_overhead = atoi(text);
  else if (!strcmp(flag, "--ignore-max-tokens")) opt.ignore_max_tokens = atoi(text);
  else if (!strcmp(flag, "--close-after")) opt.close_after = atoi(text);
  else if (!strcmp(flag, "--usage")) opt.usage = choice(text, usages, flag);
  else if (!strcmp(flag, "--role")) opt.role = choice(text, roles, flag);
  else if (!strcmp(flag, "--fault")) opt.fault = choice(text, faults, flag);
  else if (!strcmp(flag, "--fault-status")) opt.fault_status = atoi(text);
  else if (!strcmp(flag, "--fault-every")) opt.fault_every = atoi(text);
  else if (!strcmp(flag, "--fault-after")) opt.fault_after = atoi(text);
  else {
    fprintf(stderr, "truth: %s is not known\n", flag);
    exit(2);
  }
}

static int open_port(void) {
  int on = 1;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(opt.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof at;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 16384)) {
    perror("truth: listen");
    exit(3);
  }
  getsockname(listener, (struct sockaddr *)&at, &len);
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &e);
  return ntohs(at.sin_port);
}

int main(int argc, char **argv) {
  struct rlimit files;
  struct sigaction act = {.sa_handler = on_signal};
  for (int i = 1; i + 1 < argc; i += 2) set_option(argv[i], argv[i + 1]);
  if (argc % 2 == 0) set_option(argv[argc - 1], "");
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  prctl(PR_SET_TIMERSLACK, 1);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGUSR1);
  sigaddset(&ours, SIGTERM);
  sigaddset(&ours, SIGINT);
  sigprocmask(SIG_BLOCK, &ours, &open_mask);
  sigdelset(&open_mask, SIGUSR1);
  sigdelset(&open_mask, SIGTERM);
  sigdelset(&open_mask, SIGINT);
  sigaction(SIGUSR1, &act, NULL);
  sigaction(SIGTERM, &act, NULL);
  sigaction(SIGINT, &act, NULL);
  stream_prepare();
  stamps_reset();
  printf("{\"port\": %d}\n", open_port());
  fflush(stdout);
  loop();
  return 0;
}
