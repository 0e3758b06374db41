/* The truth server: streams tokens at known times and keeps its own stamps, so that a client's figures can be held against them.
 * Times are CLOCK_MONOTONIC seconds. One thread, epoll, one write an event, as inference servers do. */
#ifndef TRUTH_H
#define TRUTH_H
#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum usage_when { USAGE_ASKED, USAGE_ALWAYS, USAGE_FINISH, USAGE_NEVER };
enum role_when { ROLE_EARLY, ROLE_WITH_FIRST, ROLE_NONE };
enum fault {
  FAULT_NONE, FAULT_STATUS, FAULT_RESET, FAULT_RESET_MID, FAULT_STALL, FAULT_CUT, FAULT_NO_DONE, FAULT_EMPTY,
  FAULT_STREAM_ERROR, FAULT_HTML,
};

struct options {
  double ttft, itl, jitter;       /* seconds */
  int tokens, tokens_per_chunk;   /* tokens when the request names no max_tokens; tokens in one content chunk */
  int port;
  const char *model, *refuse, *api_key;
  double tokens_per_word;
  int prompt_overhead;            /* what the chat template adds to prompt_tokens */
  bool ignore_max_tokens, close_after;
  enum usage_when usage;
  enum role_when role;
  enum fault fault;
  int fault_status, fault_every, fault_after;   /* every n-th request; after so many tokens */
};
extern struct options opt;

struct buffer { char *data; size_t len, cap; };
void buffer_add(struct buffer *b, const void *data, size_t len);

struct conn {
  int fd, heap_at;                /* heap_at: -1 when no timer runs */
  bool busy, want_out, close_when_flushed, broken;
  struct buffer in, out;
  size_t out_off;
  /* the request that is being answered */
  bool chat, stream, usage, keep;
  enum fault fault;
  int tokens, sent, chunks, prompt_tokens;
  uint64_t id;
  double arrival, first, last, due, base;
};

/* timers.c: a binary heap by conn->due */
void timer_set(struct conn *c, double due);
void timer_drop(struct conn *c);
struct conn *timer_next(void);

/* request.c */
void request_read(struct conn *c, double received);  /* answers every complete request in c->in, one at a time */
void answer(struct conn *c, int status, const char *type, const char *extra_headers, const char *body);

/* stream.c */
void stream_prepare(void);
void stream_start(struct conn *c);
void stream_step(struct conn *c);                    /* the timer of c is due */

/* stamps.c */
void stamp_arrival(struct conn *c);
void stamp_done(struct conn *c, bool whole);
void stamp_event(bool content, double late);
void stamps_reset(void);
void stamp_connection(void);
const char *stamps_json(void);

/* truth.c */
double now(void);
void conn_write(struct conn *c, const void *data, size_t len);
void conn_reset(struct conn *c);                     /* the next close sends RST */
double random_within(double half_width);
#endif
