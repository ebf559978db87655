/* A sample of what the grammar offers. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdio.h>
#include "other.h"

#define LIMIT 10
#define SQUARE(x) \
    ((x) * (x))

#ifdef _WIN32
typedef long offset_t;
#elif defined(__APPLE__)
typedef int offset_t;
#else
/* Everything else. */
typedef long long offset_t;
static const int plain = 1;
#endif

struct shape {
    const char *name; /* é */
    unsigned sides : 4;
    union {
        int depth;
        float width;
    } inner;
};

typedef struct {
    int x;
    int y;
    int z;
} point_t;

enum color {
    RED = 1,
    GREEN,
    BLUE
};

static int table[] = {
    1,
    2,
};

int add(const int *items, size_t count);
extern void other(void);

/*
 * Adds up.
 */
int add(const int *items, size_t count)
{
    int total = 0;
    size_t i;

    if (items == NULL) {
        return
            -1;
    }
    for (i = 0; i < count; i++) {
        /* about the condition */
        if (items[i] > LIMIT) {
            total += LIMIT;
            continue;
        } else if (items[i] < 0) {
            total -= items[i];
            goto done;
        } else {
            total += items[i];
        }
#ifdef DEBUG
        printf("%d\n", total);
        printf("%d\n", items[i]);
#else
        (void)total;
#endif
    }
    switch (total) {
    case 1:
    case 2:
        total++;
        total--;
        break;
    case 3: {
        total = 4;
        break;
    }
    default:
        total = 0;
    }
    do {
        total++;
        other();
    } while (total < 10);
    {
        int scoped = total;
        printf("%d", scoped);
        printf("%d", total);
    }
    while (total > 100) total /= 2;
done:
    return total; // the end
}

static char **names(void)
{
    static char *found[] = { "a", "b" };
    int count = 2;
    found[0] = found[1];
    return found;
}

int old(a, b)
    int a;
    char *b;
{
    int c = a;
    c += *b;
    return c;
}

struct shape make(void) { struct shape s = { 0 }; return s; }

#endif /* SAMPLE_H */
