/* What the server itself saw: the truth that a client's figures are held against. */
#include "truth.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct series { float *at; size_t n, cap; double sum; };
static struct series ttft, lateness;
static long requests, finished, cut, chunks, events, connections, in_flight, max_in_flight, tokens;
static double first_arrival, last_done, changed, area, itl_sum, e2e_sum;
static long itl_n, streamed;

static void add(struct series *s, double value) {
  if (s->n == s->cap) {
    s->cap = s->cap ? 2 * s->cap : 4096;
    s->at = realloc(s->at, s->cap * sizeof *s->at);
    if (!s->at) abort();
  }
  s->at[s->n++] = (float)value;
  s->sum += value;
}

static void flow(int step) {
  double t = now();
  area += in_flight * (t - changed);
  changed = t;
  in_flight += step;
  if (in_flight > max_in_flight) max_in_flight = in_flight;
}

void stamp_arrival(struct conn *c) {
  if (!requests++) first_arrival = c->arrival;
  flow(1);
}

void stamp_done(struct conn *c, bool whole) {
  flow(-1);
  last_done = changed;
  if (c->stream && c->first > 0) add(&ttft, c->first - c->arrival);
  if (!whole) {
    cut++;
    return;
  }
  finished++;
  tokens += c->sent;
  if (!c->stream) return;
  streamed++;
  e2e_sum += c->last - c->arrival;
  int beyond = c->sent - (c->sent < opt.tokens_per_chunk ? c->sent : opt.tokens_per_chunk);
  if (beyond > 0) {
    itl_sum += (c->last - c->first) / beyond;
    itl_n++;
  }
}

void stamp_event(bool content, double late) {
  events++;
  if (!content) return;
  /* one in 16 is enough to see that the server itself was late */
  if (!(chunks++ & 15)) add(&lateness, late);
}

void stamp_connection(void) { connections++; }

void stamps_reset(void) {
  ttft.n = lateness.n = 0;
  ttft.sum = lateness.sum = 0;
  requests = finished = cut = chunks = events = connections = tokens = itl_n = streamed = 0;
  max_in_flight = in_flight;
  first_arrival = last_done = area = itl_sum = e2e_sum = 0;
  changed = now();
}

static int by_value(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static double quantile(struct series *s, double q) { return s->n ? s->at[(size_t)(q * (s->n - 1) + 0.5)] : 0; }

static double mean(double sum, long n) { return n ? sum / n : 0; }

const char *stamps_json(void) {
  static char text[2048];
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  double cpu = used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1e-6 * (used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  qsort(ttft.at, ttft.n, sizeof *ttft.at, by_value);
  qsort(lateness.at, lateness.n, sizeof *lateness.at, by_value);
  double span = last_done - first_arrival;
  snprintf(text, sizeof text,
           "{\"n\": %zu, \"ttft_mean_seconds\": %.9f, \"ttft_p50_seconds\": %.9f, \"ttft_p99_seconds\": %.9f, "
           "\"ttft_max_seconds\": %.9f, \"itl_mean_seconds\": %.9f, \"e2e_mean_seconds\": %.9f, \"requests\": %ld, "
           "\"finished\": %ld, \"cut\": %ld, \"in_flight\": %ld, \"max_in_flight\": %ld, \"mean_in_flight\": %.3f, "
           "\"chunks_written\": %ld, \"events_written\": %ld, \"tokens\": %ld, \"connections\": %ld, "
           "\"first_arrival_seconds\": %.9f, \"last_done_seconds\": %.9f, \"late_mean_seconds\": %.9f, "
           "\"late_p99_seconds\": %.9f, \"cpu_seconds\": %.3f}",
           ttft.n, mean(ttft.sum, ttft.n), quantile(&ttft, 0.5), quantile(&ttft, 0.99), quantile(&ttft, 1.0),
           mean(itl_sum, itl_n), mean(e2e_sum, streamed), requests, finished, cut, in_flight, max_in_flight,
           span > 0 ? area / span : 0.0, chunks, events, tokens, connections, first_arrival, last_done,
           mean(lateness.sum, lateness.n), quantile(&lateness, 0.99), cpu);
  return text;
}
