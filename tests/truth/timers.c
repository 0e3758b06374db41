/* A binary heap of connections by the time their next event is due. */
#include "truth.h"
#include <stdlib.h>

static struct conn **heap;
static int count, room;

static void put(int at, struct conn *c) {
  heap[at] = c;
  c->heap_at = at;
}

static void up(int at, struct conn *c) {
  while (at > 0) {
    int parent = (at - 1) / 2;
    if (heap[parent]->due <= c->due) break;
    put(at, heap[parent]);
    at = parent;
  }
  put(at, c);
}

static void down(int at, struct conn *c) {
  for (;;) {
    int child = 2 * at + 1;
    if (child >= count) break;
    if (child + 1 < count && heap[child + 1]->due < heap[child]->due) child++;
    if (c->due <= heap[child]->due) break;
    put(at, heap[child]);
    at = child;
  }
  put(at, c);
}

void timer_set(struct conn *c, double due) {
  double before = c->due;
  c->due = due;
  if (c->heap_at < 0) {
    if (count == room) {
      room = room ? 2 * room : 1024;
      heap = realloc(heap, room * sizeof *heap);
      if (!heap) abort();
    }
    up(count++, c);
  } else if (due < before) {
    up(c->heap_at, c);
  } else {
    down(c->heap_at, c);
  }
}

void timer_drop(struct conn *c) {
  int at = c->heap_at;
  if (at < 0) return;
  c->heap_at = -1;
  struct conn *last = heap[--count];
  if (last == c) return;
  if (at > 0 && heap[(at - 1) / 2]->due > last->due) up(at, last);
  else down(at, last);
}

struct conn *timer_next(void) { return count ? heap[0] : NULL; }
