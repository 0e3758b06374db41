/* Requests: enough of HTTP/1.1 and of the OpenAI body for a test server that meets well-behaved clients. */
#include "truth.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t serial;

void answer(struct conn *c, int status, const char *type, const char *extra_headers, const char *body) {
  char text[512];
  size_t len = strlen(body);
  int n = snprintf(text, sizeof text, "HTTP/1.1 %d %s\r\ncontent-type: %s\r\n%s%scontent-length: %zu\r\n\r\n", status,
                   status == 200 ? "OK" : "Refused", type, extra_headers, c->keep ? "" : "connection: close\r\n", len);
  buffer_add(&c->out, text, n);
  conn_write(c, body, len);
}

static void refuse(struct conn *c, int status, const char *kind, const char *format, const char *what) {
  char message[256], text[512];
  snprintf(message, sizeof message, format, what);
  snprintf(text, sizeof text, "{\"error\":{\"message\":\"%s\",\"type\":\"%s\",\"param\":null,\"code\":%d}}", message, kind, status);
  answer(c, status, "application/json", status == 429 || status == 503 ? "retry-after: 1\r\n" : "", text);
}

/* The value of a key of the body; a quoted key can't stand inside a prompt, where its quotes are escaped. */
static const char *value(const char *body, const char *key) {
  const char *at = strstr(body, key);
  if (!at) return NULL;
  at += strlen(key);
  while (isspace((unsigned char)*at)) at++;
  if (*at++ != ':') return NULL;
  while (isspace((unsigned char)*at)) at++;
  return at;
}

static bool is_true(const char *body, const char *key) {
  const char *at = value(body, key);
  return at && !strncmp(at, "true", 4);
}

/* Words of the JSON string that starts after its quote; moves *at behind it. */
static int words(const char **at) {
  int n = 0;
  bool inside = false;
  const char *p = *at;
  for (; *p && *p != '"'; p++) {
    if (*p == '\\' && p[1]) {
      bool space = p[1] == 'n' || p[1] == 't';
      p++;
      if (space) {
        inside = false;
        continue;
      }
    }
    if (*p == ' ') inside = false;
    else if (!inside) {
      inside = true;
      n++;
    }
  }
  *at = p;
  return n;
}

static int count_prompt(const char *body, bool chat) {
  const char *key = chat ? "\"content\"" : "\"prompt\"", *at = body, *found;
  int n = 0;
  while ((found = value(at, key))) {
    at = found;
    if (*at != '"') continue;
    at++;
    n += words(&at);
  }
  return (int)(n * opt.tokens_per_word) + (chat ? opt.prompt_overhead : 1);
}

static bool model_known(const char *body) {
  const char *at = value(body, "\"model\"");
  size_t len = strlen(opt.model);
  return at && *at == '"' && !strncmp(at + 1, opt.model, len) && at[1 + len] == '"';
}

static bool fault_shown(struct conn *c) {
  char status[64];
  switch (c->fault) {
    case FAULT_STATUS:
      snprintf(status, sizeof status, "%d on purpose", opt.fault_status);
      refuse(c, opt.fault_status, "Fault", "%s", status);
      return true;
    case FAULT_HTML:
      answer(c, 200, "text/html", "", "<!DOCTYPE html><html><body>Please log in</body></html>");
      return true;
    case FAULT_RESET:
      conn_reset(c);
      return true;
    default:
      return false;
  }
}

static void completion(struct conn *c, const char *body, double received) {
  char quoted[128];
  serial++;
  c->fault = opt.fault != FAULT_NONE && serial % opt.fault_every == 0 ? opt.fault : FAULT_NONE;
  if (fault_shown(c)) return;
  if (!model_known(body)) {
    refuse(c, 404, "NotFoundError", "The model does not exist; %s does.", opt.model);
    return;
  }
  snprintf(quoted, sizeof quoted, "\"%s\"", opt.refuse ? opt.refuse : "");
  if (opt.refuse && strstr(body, quoted)) {
    refuse(c, 422, "Unprocessable", "Unexpected fields in the request: {'%s'}", opt.refuse);
    return;
  }
  const char *asked = value(body, "\"max_completion_tokens\"");
  if (!asked) asked = value(body, "\"max_tokens\"");
  c->tokens = asked && !opt.ignore_max_tokens ? atoi(asked) : opt.tokens;
  if (c->tokens < 1) c->tokens = 1;
  c->stream = is_true(body, "\"stream\"");
  c->usage = opt.usage == USAGE_ALWAYS || (opt.usage == USAGE_ASKED && is_true(body, "\"include_usage\""));
  c->prompt_tokens = count_prompt(body, c->chat);
  c->sent = c->chunks = 0;
  c->first = c->last = 0;
  c->id = serial;
  c->arrival = received;
  c->busy = true;
  stream_start(c);
}

static bool authorised(const char *headers) {
  char line[256];
  if (!opt.api_key) return true;
  snprintf(line, sizeof line, "\r\nauthorization: bearer %s\r\n", opt.api_key);
  return strcasestr(headers, line) != NULL;
}

static void route(struct conn *c, char *request, const char *body, double received) {
  char text[256];
  char *path = strchr(request, ' ');
  path = path ? path + 1 : request;
  c->chat = !strncmp(path, "/v1/chat/completions ", 21);
  if (!strncmp(path, "/truth/reset ", 13)) stamps_reset();
  if (!strncmp(path, "/truth", 6)) answer(c, 200, "application/json", "", stamps_json());
  else if (!strncmp(path, "/health ", 8)) answer(c, 200, "text/plain", "", "");
  else if (!authorised(request)) refuse(c, 401, "Unauthorized", "%s", "a key is needed");
  else if (!strncmp(path, "/v1/models ", 11)) {
    snprintf(text, sizeof text, "{\"object\":\"list\",\"data\":[{\"id\":\"%s\",\"object\":\"model\"}]}", opt.model);
    answer(c, 200, "application/json", "", text);
  } else if (c->chat || !strncmp(path, "/v1/completions ", 16)) completion(c, body, received);
  else refuse(c, 404, "NotFoundError", "%s", "Not Found");
}

void request_read(struct conn *c, double received) {
  while (!c->busy && !c->broken && !c->close_when_flushed && c->in.len) {
    c->in.data[c->in.len] = 0;
    if (!isupper((unsigned char)c->in.data[0])) { /* TLS, most likely */
      c->keep = false;
      c->close_when_flushed = true;
      answer(c, 400, "text/plain", "", "Invalid HTTP request received.");
      return;
    }
    char *blank = strstr(c->in.data, "\r\n\r\n");
    if (!blank) return;
    size_t head = blank + 4 - c->in.data;
    char kept = blank[2];
    blank[2] = 0; /* the header search ends here */
    const char *length = strcasestr(c->in.data, "\r\ncontent-length:");
    size_t whole = head + (length ? strtoul(length + 17, NULL, 10) : 0);
    c->keep = !opt.close_after && !strcasestr(c->in.data, "\r\nconnection: close");
    if (c->in.len < whole) {
      blank[2] = kept;
      return;
    }
    char next = c->in.data[whole];
    c->in.data[whole] = 0;
    route(c, c->in.data, c->in.data + head, received);
    c->in.data[whole] = next;
    c->in.len -= whole;
    memmove(c->in.data, c->in.data + whole, c->in.len);
    if (!c->busy && !c->keep) c->close_when_flushed = true;
  }
}
