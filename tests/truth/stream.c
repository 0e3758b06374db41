/* One answer: the SSE events of a chat or text completion in the shapes vLLM sends, each written when it is due. */
#include "truth.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char head[256];

void stream_prepare(void) {
  snprintf(head, sizeof head,
           "\"created\":%ld,\"model\":\"%s\"", (long)time(NULL), opt.model);
}

/* Sends one SSE event as one HTTP chunk in one write. */
static void event(struct conn *c, const char *json, int len) {
  char text[4096];
  int n = snprintf(text, sizeof text, "%x\r\ndata: ", len + 8);
  memcpy(text + n, json, len);
  memcpy(text + n + len, "\n\n\r\n", 4);
  conn_write(c, text, n + len + 4);
}

static int opening(struct conn *c, char *text, size_t room) {
  return snprintf(text, room, "{\"id\":\"%s-%016lx\",\"object\":\"%s\",%s,\"choices\":[", c->chat ? "chatcmpl" : "cmpl",
                  (unsigned long)c->id, c->chat ? "chat.completion.chunk" : "text_completion", head);
}

static void send_role(struct conn *c) {
  char text[512];
  if (!c->chat || opt.role == ROLE_NONE) return;
  int n = opening(c, text, sizeof text);
  n += snprintf(text + n, sizeof text - n,
                "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,"
                "\"finish_reason\":null}],\"prompt_token_ids\":null}");
  event(c, text, n);
  stamp_event(false, 0);
}

static int usage_text(struct conn *c, char *text, size_t room) {
  return snprintf(text, room, "\"usage\":{\"prompt_tokens\":%d,\"total_tokens\":%d,\"completion_tokens\":%d}",
                  c->prompt_tokens, c->prompt_tokens + c->sent, c->sent);
}

static void send_content(struct conn *c, int tokens, bool last) {
  char text[3072], words[1024];
  int w = 0;
  for (int i = 0; i < tokens && w < (int)sizeof words - 16; i++)
    w += snprintf(words + w, sizeof words - w, " w%05d", (c->sent + i) % 100000);
  int n = opening(c, text, sizeof text);
  const char *shape = c->chat ? "{\"index\":0,\"delta\":{\"content\":\"%s\"},\"logprobs\":null,\"finish_reason\":%s}]"
                              : "{\"index\":0,\"text\":\"%s\",\"logprobs\":null,\"finish_reason\":%s}]";
  c->sent += tokens;
  n += snprintf(text + n, sizeof text - n, shape, words, last ? "\"length\"" : "null");
  if (last && opt.usage == USAGE_FINISH) {
    text[n++] = ',';
    n += usage_text(c, text + n, sizeof text - n);
  }
  text[n++] = '}';
  c->last = now();
  if (c->first == 0) c->first = c->last;
  event(c, text, n);
  stamp_event(true, c->last - c->due);
}

static void send_usage(struct conn *c) {
  char text[768];
  int n = opening(c, text, sizeof text);
  text[n++] = ']';
  text[n++] = ',';
  n += usage_text(c, text + n, sizeof text - n);
  text[n++] = '}';
  event(c, text, n);
  stamp_event(false, 0);
}

static void end(struct conn *c, bool whole) {
  timer_drop(c);
  c->busy = false;
  stamp_done(c, whole);
  if (!c->keep) c->close_when_flushed = true;
}

static void finish(struct conn *c) {
  if (c->usage) send_usage(c);
  if (c->fault == FAULT_NO_DONE) {
    conn_write(c, "0\r\n\r\n", 5);
  } else {
    static const char done[] = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
    conn_write(c, done, sizeof done - 1);
    stamp_event(false, 0);
  }
  end(c, true);
}

static void whole_answer(struct conn *c) {
  char *text = malloc(1024 + 8 * (size_t)c->tokens);
  if (!text) abort();
  int n = sprintf(text, "{\"id\":\"cmpl-%016lx\",\"object\":\"%s\",%s,\"choices\":[{\"index\":0,%s", (unsigned long)c->id,
                  c->chat ? "chat.completion" : "text_completion", head,
                  c->chat ? "\"message\":{\"role\":\"assistant\",\"content\":\"" : "\"text\":\"");
  for (int i = 0; i < c->tokens; i++) n += sprintf(text + n, " w%05d", i % 100000);
  n += sprintf(text + n, "\"%s,\"finish_reason\":\"length\"}]", c->chat ? "}" : "");
  c->sent = c->tokens;
  c->last = now();
  c->first = c->last;
  if (opt.usage != USAGE_NEVER) {
    text[n++] = ',';
    n += usage_text(c, text + n, 256);
  }
  strcpy(text + n, "}");
  answer(c, 200, "application/json", "", text);
  free(text);
  end(c, true);
}

/* True when the fault of this request has shown itself and nothing more is sent for now. */
static bool faulted(struct conn *c) {
  if (c->fault == FAULT_NONE || c->sent < opt.fault_after) return false;
  if (c->fault == FAULT_STALL) {
    timer_drop(c);
    return true;
  }
  if (c->fault == FAULT_RESET_MID) {
    end(c, false);
    conn_reset(c);
    return true;
  }
  if (c->fault == FAULT_STREAM_ERROR) {
    static const char wrong[] = "{\"error\":{\"message\":\"engine died\",\"type\":\"InternalServerError\",\"code\":500}}";
    event(c, wrong, sizeof wrong - 1);
  }
  if (c->fault == FAULT_STREAM_ERROR || c->fault == FAULT_CUT) {
    conn_write(c, "0\r\n\r\n", 5);
    end(c, false);
    return true;
  }
  return false;
}

static void send_head(struct conn *c) {
  char text[256];
  int n = snprintf(text, sizeof text,
                   "HTTP/1.1 200 OK\r\nserver: truth\r\ncontent-type: text/event-stream; charset=utf-8\r\n%s"
                   "transfer-encoding: chunked\r\n\r\n", c->keep ? "" : "connection: close\r\n");
  conn_write(c, text, n);
}

void stream_start(struct conn *c) {
  stamp_arrival(c);
  c->base = c->arrival + opt.ttft + random_within(opt.jitter);
  if (!c->stream) {
    timer_set(c, c->base + opt.itl * (c->tokens - 1));
    return;
  }
  if (c->fault == FAULT_EMPTY || opt.role == ROLE_EARLY) send_head(c);
  if (c->fault == FAULT_EMPTY) {
    finish(c);
    return;
  }
  if (opt.role == ROLE_EARLY) send_role(c);
  timer_set(c, c->base);
}

static void open_late(struct conn *c) {
  send_head(c);
  send_role(c);
}

void stream_step(struct conn *c) {
  if (!c->stream) {
    whole_answer(c);
    return;
  }
  if (c->chunks == 0 && opt.role != ROLE_EARLY) open_late(c);
  if (faulted(c)) return;
  int left = c->tokens - c->sent;
  int tokens = left < opt.tokens_per_chunk ? left : opt.tokens_per_chunk;
  send_content(c, tokens, tokens == left);
  if (tokens == left) {
    finish(c);
    return;
  }
  double beat = opt.itl * opt.tokens_per_chunk;
  double sway = opt.jitter < beat / 2 ? opt.jitter : beat / 2;
  timer_set(c, c->base + ++c->chunks * beat + random_within(sway));
}
