using System.Numerics;
using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Memory;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Reassembly;

/// <summary>
/// The fragments a worker holds until their datagrams are complete, bounded in time and in packet buffers: a datagram that takes too long
/// is given up, and the oldest one when another needs the room. Fixed native memory, one writer.
/// </summary>
/// <remarks>
/// <see cref="Add"/> (beside this file) is what happens to a fragment; <see cref="Join"/> and <see cref="Split"/> turn its datagram into one
/// packet and back. Why this is not librte_ip_frag: docs/decisions/0004-own-reassembly.md.
/// <code>
/// buckets ─▶ datagram ─▶ datagram …          ages, a list each of IPv4 and IPv6:
///               │                            oldest ⇄ … ⇄ newest
///               └▶ fragment ─▶ fragment ─▶ fragment        in order of offset
/// </code>
/// </remarks>
sealed unsafe partial class FragmentTable : IDisposable
{
    /// <summary>Seconds an IPv4 datagram may take, as Linux's net.ipv4.ipfrag_time.</summary>
    public const uint Seconds4 = 30;

    /// <summary>IPv6, as net.netfilter.nf_conntrack_frag6_timeout (RFC 8200 4.5).</summary>
    public const uint Seconds6 = 60;

    /// <summary>Fragments of one datagram at most: 64 KB in pieces of 64 bytes.</summary>
    public const uint MostFragments = 1024;

    /// <summary>The least that a table can be told to hold: one datagram of 64 KB in full Ethernet frames.</summary>
    public const uint FewestBuffers = 64;

    /// <summary>Datagrams given up for their time after a burst; what is left is gone for whoever asks. In replay all of them.</summary>
    const int ExpirySlice = 16;

    readonly FlowHash* _hash;
    readonly WorkerState* _state;
    readonly Feed* _feed;
    readonly Datagram* _datagrams;
    readonly HeldFragment* _fragments;
    readonly uint* _buckets;
    readonly uint _bucketMask;
    readonly uint _limit;

    // Of both families, IPv4 first.
    readonly uint[] _oldest = new uint[2];
    readonly uint[] _newest = new uint[2];
    uint _freeDatagram;
    uint _freeFragment;
    uint _buffers;
    uint _joined;

    /// <param name="hash">The hash under the worker's key: senders choose identifications.</param>
    /// <param name="buffers">Packet buffers held at most.</param>
    /// <param name="state">Its books.</param>
    /// <param name="feed">In replay, where the fate of every fragment is told; otherwise null.</param>
    /// <param name="adopts">Whether other workers hand datagrams over, which are whole and take none of the room for what waits.</param>
    public FragmentTable(FlowHash* hash, uint buffers, WorkerState* state, Feed* feed, bool adopts = false)
    {
        _hash = hash;
        _limit = buffers;
        _state = state;
        _feed = feed;

        // What a burst completes stays until its end, beside what may be held by then. Number 0 stands for none.
        uint slots = (adopts ? 2 * buffers : buffers) + Worker.MaxBurst + 1;
        uint buckets = BitOperations.RoundUpToPowerOf2(slots);
        _bucketMask = buckets - 1;
        _datagrams = (Datagram*)Allocate(slots, Datagram.ByteSize);
        _fragments = (HeldFragment*)Allocate(slots, HeldFragment.ByteSize);
        _buckets = (uint*)Allocate(buckets, sizeof(uint));
        for (uint slot = slots - 1; slot != 0; slot--)
        {
            _datagrams[slot].Chain = _freeDatagram;
            _freeDatagram = slot;
            _fragments[slot].Next = _freeFragment;
            _freeFragment = slot;
        }
    }

    /// <summary>Whether anything is held at all.</summary>
    public bool IsEmpty => _buffers == 0;

    /// <summary>Packet buffers held.</summary>
    public uint Buffers => _buffers;

    /// <summary>Whether datagrams of this burst wait for <see cref="ReleaseJoined"/>.</summary>
    public bool HasJoined => _joined != 0;

    /// <summary>The fragment of a datagram with the lowest offset.</summary>
    public uint FirstOf(uint datagram) => _datagrams[datagram].First;

    /// <summary>Bytes of a fragment from its IP header on.</summary>
    public uint BytesOf(uint fragment) =>
        (uint)_fragments[fragment].Header - _fragments[fragment].Link + _fragments[fragment].Length;

    /// <summary>Bytes in front of a fragment's IP header.</summary>
    public uint LinkOf(uint fragment) => _fragments[fragment].Link;

    /// <summary>Bytes of the largest of a datagram's fragments, from its IP header on.</summary>
    public uint LargestOf(uint datagram)
    {
        uint largest = 0;
        for (uint next = FirstOf(datagram); next != 0; next = NextOf(next))
        {
            largest = Math.Max(largest, BytesOf(next));
        }

        return largest;
    }

    /// <summary>Fragments of a datagram.</summary>
    public uint CountOf(uint datagram) => _datagrams[datagram].Fragments;

    /// <summary>The fragment behind this one, 0 behind the last.</summary>
    public uint NextOf(uint fragment) => _fragments[fragment].Next;

    public Mbuf* MbufOf(uint fragment) => _fragments[fragment].Mbuf;

    /// <summary>Whether a deadline has come; both as <see cref="Timestamp"/>, whose ticks wrap.</summary>
    public static bool IsDue(ulong deadline, ulong now) => (long)((now - deadline) << 16) >= 0;

    /// <summary>Gives up datagrams whose time is over: a slice of them, in replay every one.</summary>
    public void Expire(ulong now)
    {
        int left = _feed != null ? int.MaxValue : ExpirySlice;
        for (int family = 0; family < 2; family++)
        {
            for (uint oldest = _oldest[family]; oldest != 0 && left-- > 0 && IsDue(_datagrams[oldest].Deadline, now); oldest = _oldest[family])
            {
                GiveUp(oldest, DropReason.FragmentTimeout, _datagrams[oldest].Deadline, FragmentFate.NoCause);
            }
        }
    }

    /// <summary>What became whole in this burst has left: its slots are free again.</summary>
    public void ReleaseJoined()
    {
        while (_joined != 0)
        {
            uint datagram = _joined;
            _joined = _datagrams[datagram].Chain;
            FreeFragments(datagram);
            FreeDatagram(datagram);
        }
    }

    /// <summary>Gives back every buffer at the end of a replay or of the worker; the books keep them as held.</summary>
    public void Abandon()
    {
        ReleaseJoined();
        for (int family = 0; family < 2; family++)
        {
            for (uint oldest = _oldest[family]; oldest != 0; oldest = _oldest[family])
            {
                for (uint fragment = _datagrams[oldest].First; fragment != 0; fragment = _fragments[fragment].Next)
                {
                    Tell(fragment, HeldFate.StillHeld, DropReason.None, 0, FragmentFate.NoCause);
                    Mbufs.FreeBulk(&_fragments[fragment].Mbuf, 1);
                    _buffers -= _fragments[fragment].Buffers;
                }

                Unlink(oldest);
                FreeFragments(oldest);
                FreeDatagram(oldest);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Abandon();
        NativeMemory.AlignedFree(_datagrams);
        NativeMemory.AlignedFree(_fragments);
        NativeMemory.AlignedFree(_buckets);
    }

    uint Find(Datagram* key, ulong now)
    {
        uint datagram = _buckets[key->Hash & _bucketMask];
        while (datagram != 0 && !Datagram.SameKey(_datagrams + datagram, key))
        {
            datagram = _datagrams[datagram].Chain;
        }

        if (datagram != 0 && IsDue(_datagrams[datagram].Deadline, now))
        {
            GiveUp(datagram, DropReason.FragmentTimeout, _datagrams[datagram].Deadline, FragmentFate.NoCause);
            return 0;
        }

        return datagram;
    }

    uint Create(Datagram* key, ulong now)
    {
        uint number = _freeDatagram;
        Datagram* datagram = _datagrams + number;
        _freeDatagram = datagram->Chain;
        *datagram = *key;
        uint ticks = (key->Family == PacketFamily.Ipv4 ? Seconds4 : Seconds6) * Timestamp.TicksPerSecond;
        datagram->Deadline = ((ulong)(Timestamp.Tick(now) + ticks) << 16) | Timestamp.Phase(now);

        uint* bucket = _buckets + (key->Hash & _bucketMask);
        datagram->Chain = *bucket;
        *bucket = number;

        int family = FamilyOf(datagram);
        datagram->Older = _newest[family];
        if (datagram->Older == 0)
        {
            _oldest[family] = number;
        }
        else
        {
            _datagrams[datagram->Older].Newer = number;
        }

        _newest[family] = number;
        return number;
    }

    /// <summary>Drops a datagram's fragments for a reason.</summary>
    /// <param name="number">The datagram.</param>
    /// <param name="reason">Counted for each fragment.</param>
    /// <param name="time">When it was decided.</param>
    /// <param name="cause">Number of the frame that decided it.</param>
    void GiveUp(uint number, DropReason reason, ulong time, uint cause)
    {
        Datagram* datagram = _datagrams + number;
        for (uint fragment = datagram->First; fragment != 0; fragment = _fragments[fragment].Next)
        {
            Tell(fragment, HeldFate.None, reason, time, cause);
            Mbufs.FreeBulk(&_fragments[fragment].Mbuf, 1);
            _buffers -= _fragments[fragment].Buffers;
        }

        _state->Dropped[(int)reason] += datagram->Fragments;
        _state->Held -= datagram->Fragments;
        Unlink(number);
        FreeFragments(number);
        FreeDatagram(number);
    }

    /// <summary>The older of both families' oldest datagrams, 0 for none.</summary>
    uint Oldest()
    {
        uint four = _oldest[0], six = _oldest[1];
        if (four == 0 | six == 0)
        {
            return four | six;
        }

        // Deadlines are told apart by the age they stand for.
        ulong sixAsFour = _datagrams[six].Deadline - ((ulong)((Seconds6 - Seconds4) * Timestamp.TicksPerSecond) << 16);
        return IsDue(_datagrams[four].Deadline, sixAsFour) ? four : six;
    }

    /// <summary>Out of its bucket and of the list of ages.</summary>
    void Unlink(uint number)
    {
        Datagram* datagram = _datagrams + number;
        uint* link = _buckets + (datagram->Hash & _bucketMask);
        while (*link != number)
        {
            link = &_datagrams[*link].Chain;
        }

        *link = datagram->Chain;
        int family = FamilyOf(datagram);
        if (datagram->Older == 0)
        {
            _oldest[family] = datagram->Newer;
        }
        else
        {
            _datagrams[datagram->Older].Newer = datagram->Newer;
        }

        if (datagram->Newer == 0)
        {
            _newest[family] = datagram->Older;
        }
        else
        {
            _datagrams[datagram->Newer].Older = datagram->Older;
        }
    }

    void FreeDatagram(uint number)
    {
        _datagrams[number].Chain = _freeDatagram;
        _freeDatagram = number;
    }

    void FreeFragments(uint datagram)
    {
        uint first = _datagrams[datagram].First;
        if (first != 0)
        {
            _fragments[_datagrams[datagram].Last].Next = _freeFragment;
            _freeFragment = first;
        }
    }

    void Tell(uint fragment, HeldFate fate, DropReason reason, ulong time, uint cause)
    {
        if (_feed != null)
        {
            _feed->Fates[_feed->FateCount++] = new FragmentFate
            {
                Time = time,
                Number = _fragments[fragment].Number,
                Cause = cause,
                Reason = reason,
                Fate = fate,
            };
        }
    }

    static int FamilyOf(Datagram* datagram) => datagram->Family == PacketFamily.Ipv4 ? 0 : 1;

    static void* Allocate(uint count, int size)
    {
        nuint bytes = count * (nuint)size;
        void* block = NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(block, bytes);
        return block;
    }
}
