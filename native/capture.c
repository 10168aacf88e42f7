#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>
#include <rte_mbuf.h>

#include "ctrack_dpdk.h"
#include "reason.h"

#define NANOSECONDS 1000000000LL
#define SNAP_LENGTH 262144

struct reader {
	pcap_t *pcap;
	struct pcap_pkthdr *header; /* of the frame read but not delivered, NULL when there is none */
	const u_char *bytes;
	int state; /* of pcap_next_ex(): 1 going on, PCAP_ERROR_BREAK at the end, else broken */
};

static int file_failed(void) { return reason_text(-errno, "%s", strerror(errno)); }

static int link_type_refused(int type)
{
	const char *name = pcap_datalink_val_to_name(type), *description = pcap_datalink_val_to_description(type);
	return reason_text(-ENOTSUP, "link type %d (%s, %s), only Ethernet is read", type, name ?: "unknown", description ?: "no description");
}

int ctd_capture_open(const char *path, void **reader)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	FILE *file = fopen(path, "rbe");
	struct reader r = { .state = 1 };
	if (!file)
		return file_failed();
	r.pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!r.pcap) {
		fclose(file);
		return reason_text(-EBADMSG, "%s", error);
	}
	int type = pcap_datalink(r.pcap);
	*reader = type == DLT_EN10MB ? malloc(sizeof(r)) : NULL;
	if (!*reader) {
		pcap_close(r.pcap);
		return type == DLT_EN10MB ? reason_text(-ENOMEM, "no memory for a capture") : link_type_refused(type);
	}
	memcpy(*reader, &r, sizeof(r));
	return 0;
}

static struct rte_mbuf *chain(struct rte_mempool *pool, const u_char *bytes, uint32_t length)
{
	struct rte_mbuf *head = rte_pktmbuf_alloc(pool), *tail = head;
	while (tail) {
		uint16_t size = RTE_MIN(length, rte_pktmbuf_tailroom(tail));
		memcpy(rte_pktmbuf_mtod(tail, void *), bytes, size);
		tail->data_len = size;
		head->pkt_len += size;
		bytes += size;
		length -= size;
		if (length == 0)
			return head;
		tail = tail->next = rte_pktmbuf_alloc(pool);
		head->nb_segs += tail != NULL;
	}
	rte_pktmbuf_free(head);
	return NULL;
}

int ctd_capture_read(void *reader, void *pool, void **mbufs, struct ctd_capture_meta *meta, uint32_t n)
{
	struct reader *r = reader;
	uint32_t count = 0;
	for (; count < n && r->state == 1; count++, r->header = NULL) {
		if (!r->header && (r->state = pcap_next_ex(r->pcap, &r->header, &r->bytes)) != 1)
			break;
		mbufs[count] = chain(pool, r->bytes, r->header->caplen);
		if (!mbufs[count])
			return count ? (int)count : reason_text(-ENOMEM, "the mbuf pool is empty");
		int64_t seconds = r->header->ts.tv_sec; /* libpcap takes the 32 bits of the file as signed: 2038 on become negative */
		seconds += seconds < 0 ? 1LL << 32 : 0;
		meta[count] = (struct ctd_capture_meta){ seconds * NANOSECONDS + r->header->ts.tv_usec, r->header->caplen, r->header->len };
	}
	return count || n == 0 || r->state == PCAP_ERROR_BREAK ? (int)count : reason_text(-EBADMSG, "%s", pcap_geterr(r->pcap));
}

void ctd_capture_close(void *reader)
{
	pcap_close(((struct reader *)reader)->pcap);
	free(reader);
}

/* Written without libpcap, whose pcap_dump() and pcap_dump_close() cannot tell a full disk. */
int ctd_capture_create(const char *path, void **writer)
{
	static const struct pcap_file_header header = { 0xa1b23c4d, 2, 4, 0, 0, SNAP_LENGTH, DLT_EN10MB };
	FILE *file = fopen(path, "wbe");
	if (!file)
		return file_failed();
	setvbuf(file, NULL, _IOFBF, 1 << 16);
	fwrite(&header, sizeof(header), 1, file); /* stays in the buffer: a failure shows in a later call */
	*writer = file;
	return 0;
}

int ctd_capture_write(void *writer, void *const *mbufs, const int64_t *times_ns, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct rte_mbuf *m = mbufs[i];
		int64_t time = times_ns[i];
		uint32_t rest = RTE_MIN(m->pkt_len, (uint32_t)SNAP_LENGTH), header[4] = { time / NANOSECONDS, time % NANOSECONDS, rest, m->pkt_len };
		if (time < 0 || time / NANOSECONDS > UINT32_MAX)
			return reason_text(-ERANGE, "a time of %lld ns since 1970 does not fit a capture", (long long)time);
		if (fwrite(header, sizeof(header), 1, writer) != 1)
			return file_failed();
		for (uint32_t size; rest; rest -= size, m = m->next) {
			size = RTE_MIN(rest, m->data_len);
			if (fwrite(rte_pktmbuf_mtod(m, const void *), 1, size, writer) != size)
				return file_failed();
		}
	}
	return 0;
}

int ctd_capture_finish(void *writer)
{
	int failed = ferror((FILE *)writer); /* a failed write may leave nothing to flush, so that fclose() succeeds */
	if (fclose(writer) != 0)
		return file_failed();
	return failed ? reason_text(-EIO, "an earlier write failed") : 0;
}
