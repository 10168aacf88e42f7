// The table's burst lookup once more, in C: the same hash, the same passes and prefetches, over the memory that the C# side built.
// It is the measure for the C# code (gcc -O3, same instruction set) and never runs in the product.
// Layouts: Packet, Connection4, Bucket and TableView in src/; the rig checks the offsets below before it measures.

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define BURST 32

struct packet {
    void *mbuf, *ip, *transport;
    const struct bucket *bucket;
    uint32_t src, dst;
    uint16_t src_port, dst_port;
    uint32_t hash;
    uint64_t time;
    uint32_t number;
    uint16_t in, out;
    void *connection;
    uint32_t record, ip_length, transport_length, frame_length;
    uint16_t marks;
    uint8_t family, protocol, tcp_flags, direction, state, verdict, reason, path;
    uint16_t link_length;
    uint32_t candidate, steering;
    uint8_t spare[20];
};

struct bucket {
    uint32_t hash[7], meta, record[7], overflow;
};

struct tuple {
    uint32_t src, dst, ports;
};

struct connection4 {
    struct tuple original, reply;
    uint8_t protocol, state;
    uint16_t zone, flags, mark, generation, refresh_phase;
    uint8_t middle[84 - 12];
    uint32_t packets[2];
    uint8_t bytes[12];
};

struct view {
    struct bucket *buckets, *overflow;
    uint32_t last, mask, half, limit;
    uint8_t rest[128 - 32];
    struct connection4 *records;
    uint8_t slab[64 - 8];
    uint32_t *deadlines;
};

struct flow_hash {
    __m128i key[4];
};

_Static_assert(sizeof(struct packet) == 128 && offsetof(struct packet, time) == 48 && offsetof(struct packet, candidate) == 100, "packet");
_Static_assert(sizeof(struct bucket) == 64, "bucket");
_Static_assert(sizeof(struct connection4) == 128 && offsetof(struct connection4, packets) == 108, "connection4");
_Static_assert(offsetof(struct view, records) == 128 && offsetof(struct view, deadlines) == 192, "view");

enum { ICMP = 1, CONFIRMED = 1 << 3, DYING = 1 << 4, ONE_TICK_LATER = 0x8000, MAX_TICKS = 20 * 7 * 24 * 3600 * 100 };

static inline uint32_t query_class(uint32_t type, int low_asks) {
    uint32_t kind = type == 0 || type == 8 ? 1 : type == 128 || type == 129 ? 2 : (type + 1) >> 1;
    return kind << 1 | (uint32_t)low_asks;
}

static inline uint32_t hash4(const struct flow_hash *hash, const struct packet *p) {
    uint64_t src = p->src, dst = p->dst, code = 0;
    uint32_t src_port = p->src_port, dst_port = p->dst_port, side = 0;
    if (p->protocol == ICMP) {
        uint32_t type = dst_port & 0xff;
        int asks = type == 8 || type == 13 || type == 15 || type == 17;
        side = query_class(type, (asks == (src < dst)) && src != dst);
        code = (uint64_t)(dst_port >> 8) << 32;
        dst_port = src_port;
    }
    uint64_t a = src | (uint64_t)src_port << 32, b = dst | (uint64_t)dst_port << 32;
    uint64_t low = (a < b ? a : b) | (uint64_t)p->protocol << 48 | (uint64_t)side << 56, high = (a < b ? b : a) ^ code;
    __m128i state = _mm_xor_si128(_mm_set_epi64x((long long)high, (long long)low), hash->key[0]);
    state = _mm_aesenc_si128(state, hash->key[1]);
    state = _mm_aesenc_si128(state, hash->key[2]);
    state = _mm_aesenc_si128(state, hash->key[3]);
    return (uint32_t)_mm_cvtsi128_si32(state);
}

static inline const struct bucket *bucket_of(const struct view *view, uint32_t hash) {
    uint32_t address = hash & view->mask;
    address -= view->half & (uint32_t)((int32_t)(view->last - address) >> 31);
    return view->buckets + address;
}

static inline uint32_t matches_of(const struct bucket *bucket, uint32_t hash) {
    __m256i equal = _mm256_cmpeq_epi32(_mm256_loadu_si256((const __m256i *)bucket), _mm256_set1_epi32((int)hash));
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(equal)) & bucket->meta;
}

static inline uint32_t candidate_of(const struct view *view, const struct bucket *bucket, uint32_t hash) {
    for (;;) {
        uint32_t matches = matches_of(bucket, hash);
        if (__builtin_expect(matches != 0, 1))
            return bucket->record[__builtin_ctz(matches)];
        if (bucket->overflow == 0)
            return 0;
        bucket = view->overflow + bucket->overflow;
    }
}

static inline int direction_of(const struct connection4 *c, const struct packet *p) {
    uint64_t addresses, original_addresses, reply_addresses;
    uint32_t ports;
    __builtin_memcpy(&addresses, &p->src, 8);
    __builtin_memcpy(&ports, &p->src_port, 4);
    __builtin_memcpy(&original_addresses, &c->original, 8);
    __builtin_memcpy(&reply_addresses, &c->reply, 8);
    uint32_t protocol = (uint32_t)(c->protocol ^ p->protocol);
    uint64_t original = (original_addresses ^ addresses) | (c->original.ports ^ ports) | protocol;
    uint64_t reply = (reply_addresses ^ addresses) | (c->reply.ports ^ ports) | protocol;
    int is_original = original == 0, is_reply = reply == 0;
    return ((is_reply << 1) - 1) & (is_original - 1);
}

static int is_due(uint32_t deadline, const struct connection4 *c, uint64_t time) {
    uint32_t phase = c->refresh_phase;
    int32_t late = (int32_t)((uint32_t)(time >> 16) - (deadline + (phase >> 15)));
    return deadline != 0 && (late > 0 || (late == 0 && (time & 0xffff) >= (phase & (ONE_TICK_LATER - 1))));
}

// The rig's connections do not expire while it measures, so an expired one is a plain miss here; the C# side reclaims it.
static __attribute__((noinline)) uint32_t find_afresh(const struct view *view, const struct packet *p, int *direction) {
    for (const struct bucket *bucket = bucket_of(view, p->hash);; bucket = view->overflow + bucket->overflow) {
        for (uint32_t matches = matches_of(bucket, p->hash); matches != 0; matches &= matches - 1) {
            uint32_t record = bucket->record[__builtin_ctz(matches)];
            *direction = direction_of(view->records + record, p);
            if (*direction >= 0 && !is_due(view->deadlines[record], view->records + record, p->time))
                return record;
        }
        if (bucket->overflow == 0)
            break;
    }
    *direction = -1;
    return 0;
}

static inline uint32_t find(const struct view *view, const struct packet *p, int *direction) {
    uint32_t record = p->candidate;
    const struct connection4 *c = view->records + record;
    *direction = direction_of(c, p);
    int confirmed = (c->flags & (CONFIRMED | DYING)) == CONFIRMED;
    int later = (int32_t)((uint32_t)(p->time >> 16) - view->deadlines[record]) < 0;
    return __builtin_expect((*direction >= 0) & confirmed & later, 1) ? record : find_afresh(view, p, direction);
}

static inline int count(struct connection4 *c, int direction, uint32_t bytes) {
    uint8_t *counter = (uint8_t *)c + 24 + 90 + 6 * direction;
    uint64_t before, after;
    __builtin_memcpy(&before, counter, 8);
    after = before + ((uint64_t)bytes << 16);
    __builtin_memcpy(counter, &after, 8);
    return (++c->packets[direction] == 0) | (after < before);
}

static inline void refresh(uint32_t *deadline, struct connection4 *c, uint64_t time, uint32_t timeout) {
    uint32_t tick = (uint32_t)(time >> 16) + (timeout < MAX_TICKS ? timeout : MAX_TICKS);
    uint16_t phase = (uint16_t)time;
    if (tick == 0) {
        tick--;
        phase |= ONE_TICK_LATER;
    }
    if (*deadline != tick)
        *deadline = tick;
    c->refresh_phase = phase;
}

// Looks whole bursts up, counts and refreshes what it finds; the sum of what was found, misses as ones in the upper half.
uint64_t lookup_bursts(const struct view *view, const struct flow_hash *hash, struct packet *packets, int bursts, uint32_t timeout) {
    uint64_t sum = 0;
    for (struct packet *burst = packets; burst != packets + bursts * BURST; burst += BURST) {
        for (int n = 0; n < BURST; n++) {
            struct packet *p = burst + n;
            p->hash = hash4(hash, p);
            p->bucket = bucket_of(view, p->hash);
            _mm_prefetch((const char *)p->bucket, _MM_HINT_T0);
        }
        for (int n = 0; n < BURST; n++) {
            struct packet *p = burst + n;
            p->candidate = candidate_of(view, p->bucket, p->hash);
            const char *record = (const char *)(view->records + p->candidate);
            _mm_prefetch(record, _MM_HINT_T0);
            _mm_prefetch(record + 64, _MM_HINT_T0);
            _mm_prefetch((const char *)(view->deadlines + p->candidate), _MM_HINT_T0);
        }
        for (int n = 0; n < BURST; n++) {
            struct packet *p = burst + n;
            int direction;
            uint32_t record = find(view, p, &direction);
            p->record = record;
            if (record == 0) {
                sum += 1ull << 32;
                continue;
            }
            struct connection4 *c = view->records + record;
            p->connection = (uint8_t *)c + 24;
            p->direction = (uint8_t)direction;
            if (count(c, direction, p->ip_length))
                sum += 1ull << 48;
            refresh(view->deadlines + record, c, p->time, timeout);
            sum += (record << 1 | (uint32_t)direction) & 0xff;
        }
    }
    return sum;
}
