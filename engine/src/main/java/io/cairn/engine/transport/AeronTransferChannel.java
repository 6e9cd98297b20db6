package io.cairn.engine.transport;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.Header;
import io.cairn.engine.raft.Membership;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Snapshots over Aeron, on a stream and a port of their own. Two threads share it, as Aeron means it: the Sequencer's, which runs the client's
 * conductor, makes and closes publications in {@link #doWork}; the Snapshotter's sends and polls, so that a snapshot takes nothing from the thread
 * that commits. Between them are the publications by member, which links are wanted, and which have come to their end. A publication that is closed
 * while it is being offered to answers so: its memory stays mapped for a while.
 */
final class AeronTransferChannel implements TransferChannel, AutoCloseable {
    private static final int ASSEMBLED_LENGTH_MIN = 1 << 16;
    private static final int ENDED = 1;

    private final TransportChannels channels;
    private final int selfId;
    private final FragmentAssembler assembler;
    private final PeerLink[] links = new PeerLink[Membership.MEMBERS_MAX];
    private final AtomicReferenceArray<ExclusivePublication> publications = new AtomicReferenceArray<>(Membership.MEMBERS_MAX);
    private final AtomicIntegerArray ends = new AtomicIntegerArray(Membership.MEMBERS_MAX);
    /** Written by the Sequencer's thread: another one after the driver was started anew. */
    private volatile Subscription subscription;
    /** Written by the Snapshotter's thread. */
    private volatile long wanted;
    private Aeron aeron;
    private Subscription polled;
    private Receiver receiver;

    AeronTransferChannel(final TransportChannels channels, final int selfId) {
        this.channels = channels;
        this.selfId = selfId;
        final FragmentHandler handler = this::onFragment;
        assembler = new FragmentAssembler(handler, ASSEMBLED_LENGTH_MIN, true);
    }

    /** Sequencer: there is a driver. */
    void listen(final Aeron client) {
        aeron = client;
        subscription = aeron.addSubscription(channels.snapshotOf(selfId), channels.snapshotStreamOf(selfId));
    }

    /** Sequencer: the driver has gone, with all that went through it. */
    void forget() {
        subscription = null;
        closeLinks();
    }

    /** Sequencer: make the links that are wanted, and close those that are not. @return amount of work done. */
    int doWork(final long reachable) {
        final long wantedNow = wanted & reachable;
        int work = 0;
        for (int id = 0; id < links.length; id++) {
            final boolean isWanted = 0 != (wantedNow & 1L << id);
            if (null != links[id] && (!isWanted || ENDED == ends.get(id))) {
                close(id);
                work++;
            }
            if (isWanted && null == links[id]) {
                links[id] = new PeerLink(aeron, channels.snapshotOf(id), channels.snapshotStreamOf(id));
            }
            if (null != links[id] && null == publications.get(id)) {
                work += links[id].doWork();
                publications.set(id, links[id].publication());
            }
        }
        return work;
    }

    private void close(final int id) {
        publications.set(id, null);
        links[id].close();
        links[id] = null;
        ends.set(id, 0);
    }

    @Override
    public int poll(final Receiver to, final int limit) {
        final Subscription from = subscription;
        if (from != polled) {
            assembler.clear();
            polled = from;
        }
        receiver = to;
        return null == from ? 0 : from.poll(assembler, limit);
    }

    private void onFragment(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        receiver.onTransfer(buffer, offset, length);
    }

    @Override
    public boolean send(
        final int member,
        final DirectBuffer prefix,
        final int prefixLength,
        final DirectBuffer data,
        final int dataOffset,
        final int dataLength) {
        final ExclusivePublication publication = publications.get(member);
        if (null == publication) {
            if (0 == (wanted & 1L << member)) {
                wanted = wanted | 1L << member;
            }
            return false;
        }
        final long result = 0 == dataLength ?
            publication.offer(prefix, 0, prefixLength) :
            publication.offer(prefix, 0, prefixLength, data, dataOffset, dataLength);
        if (Publication.CLOSED == result || Publication.MAX_POSITION_EXCEEDED == result) {
            ends.set(member, ENDED);
        }
        return result > 0;
    }

    @Override
    public void release(final int member) {
        if (0 != (wanted & 1L << member)) {
            wanted = wanted & ~(1L << member);
        }
    }

    /** When neither thread uses it any more. */
    @Override
    public void close() {
        closeLinks();
        CloseHelper.close(subscription);
    }

    private void closeLinks() {
        for (int id = 0; id < links.length; id++) {
            if (null != links[id]) {
                close(id);
            }
        }
    }
}
