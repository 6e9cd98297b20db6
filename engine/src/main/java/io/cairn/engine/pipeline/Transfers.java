package io.cairn.engine.pipeline;

import io.cairn.engine.install.IncrementFiles;
import io.cairn.engine.install.SnapshotCargo;
import io.cairn.engine.install.SnapshotReceiver;
import io.cairn.engine.install.SnapshotSender;
import io.cairn.engine.install.TransferCargo;
import io.cairn.engine.install.TransferCodec;
import io.cairn.engine.install.TransferMessage;
import io.cairn.engine.install.TransferOutlet;
import io.cairn.engine.install.TransferSettings;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.engine.transport.TransferChannel;
import io.cairn.snapshot.SnapshotException;
import io.cairn.snapshot.SnapshotLease;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotStore;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * The Snapshotter's part in sending and receiving snapshots: at most {@link #SENDERS_MAX} are sent at once, one is received at a time. Files are
 * read, written and forced here and nowhere else; the Sequencer only says who needs one and hears what became of it.
 *
 * <p>Owner: the Snapshotter's thread; the counts may be read by any.
 */
final class Transfers implements TransferOutlet {
    private static final int SENDERS_MAX = 2;
    private static final int POLL_LIMIT = 256;
    private static final long AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long REQUEST_NS = TimeUnit.MILLISECONDS.toNanos(500);
    /** The log behind a snapshot that was sent stays for so long, that the receiver may go on from it. */
    private static final long LOG_KEPT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long CONNECTION_KEPT_NS = TimeUnit.SECONDS.toNanos(10);
    /** A receiver that refuses what is whole here has reasons of its own: it is not read for that again and again. */
    private static final long TRUSTED_NS = TimeUnit.SECONDS.toNanos(60);

    private final TransferChannel channel;
    private final TransferCodec codec;
    private final TransferSettings settings;
    private final NodeStorage storage;
    private final SnapshotStore store;
    private final TransferDesk desk;
    private final PipelinePositions positions;
    private final PipelineCounts counts;
    private final EngineStatistics statistics;
    private final SnapshotReceiver receiver;
    private final IncrementDesk increments;
    private final ToLongFunction<TransferMessage> baseOf;
    private final SnapshotReceiver.Host host;
    private final SnapshotSender[] senders = new SnapshotSender[Membership.MEMBERS_MAX];
    private final SnapshotLease[] sent = new SnapshotLease[Membership.MEMBERS_MAX];
    private final boolean[] asked = new boolean[Membership.MEMBERS_MAX];
    private final long[] notBeforeNs = new long[Membership.MEMBERS_MAX];
    private final long[] logNeededIndex = new long[Membership.MEMBERS_MAX];
    private final long[] logNeededUntilNs = new long[Membership.MEMBERS_MAX];
    private final long[] usedNs = new long[Membership.MEMBERS_MAX];
    private final TransferMessage message = new TransferMessage();
    private final TransferMessage request = new TransferMessage();
    private final UnsafeBuffer prefix = new UnsafeBuffer(new byte[TransferCodec.PREFIX_LENGTH]);
    private final UnsafeBuffer none = new UnsafeBuffer(0, 0);
    private final TransferChannel.Receiver handler = this::onTransfer;
    private long used;
    private int sending;
    private long transferCount;
    private long sentBefore;
    private long incrementsSentBefore;
    private long requestedNs;
    private int requestTurn;
    private boolean snapshotWanted;
    private SnapshotLease doubtful;
    private SnapshotManifest trusted;
    private long trustedUntilNs;
    private long nowNs;

    /**
     * @param context of the member.
     * @param host    installs what is received.
     * @param baseOf  on which entry an increment could be built, when somebody asks: 0 for none, below 0 while that is being found out.
     */
    Transfers(final PipelineContext context, final SnapshotReceiver.Host host, final ToLongFunction<TransferMessage> baseOf) {
        this.baseOf = baseOf;
        this.host = host;
        channel = context.transport.transferChannel();
        storage = context.storage;
        store = context.snapshots;
        desk = context.transferDesk;
        positions = context.positions;
        counts = context.counts;
        statistics = context.statistics;
        settings = TransferSettings.of(context.selfId, context.transferBytesPerSecond);
        codec = new TransferCodec(context.positions.clusterId::get);
        final IncrementFiles files = new IncrementFiles(storage.storageIo(), storage.snapshotDirectory());
        receiver = new SnapshotReceiver(settings, store, files, this, host);
        increments = new IncrementDesk(context, settings, files, this);
        nowNs = context.nanoClock.nanoTime();
        requestedNs = nowNs - REQUEST_NS;
        // Two lives of a process must not give one number to two transfers.
        transferCount = context.epochClock.time() << 16;
    }

    /**
     * One slice.
     *
     * @param isIncomplete true while this member lacks entries between its state and its log: it then asks for a snapshot.
     * @return amount of work done.
     */
    int doWork(final long now, final boolean isIncomplete) {
        nowNs = now;
        int work = channel.poll(handler, POLL_LIMIT);
        work += receiver.doWork(nowNs);
        counts.snapshotBytesReceived.set(receiver.receivedBytes());
        counts.incrementBytesReceived.set(receiver.incrementBytes());
        final long due = desk.due();
        for (long rest = due; 0 != rest; rest &= rest - 1) {
            work += send(Long.numberOfTrailingZeros(rest), 0, false);
        }
        work += prepareIncrements();
        if (0 != sending) {
            work += driveSenders();
        }
        if (null != doubtful && host.mayPublish()) {
            work += examine();
        }
        if (isIncomplete && !receiver.isServed(nowNs) && nowNs - requestedNs >= REQUEST_NS) {
            work += request();
        }
        releaseConnections();
        return work;
    }

    private int prepareIncrements() {
        final int work = increments.doWork(nowNs);
        final int peer = increments.peer();
        final TransferCargo cargo = increments.takeReady();
        if (null != cargo) {
            begin(peer, cargo, false);
        }
        return work;
    }

    private int driveSenders() {
        int work = 0;
        long bytes = sentBefore;
        long incrementBytes = incrementsSentBefore;
        for (int peer = 0; peer < senders.length; peer++) {
            final SnapshotSender sender = senders[peer];
            if (null != sender) {
                if (!asked[peer] && !desk.isLeading()) {
                    sender.abort("this member leads no more");
                }
                work += sender.doWork(nowNs);
                if (sender.isIncrement()) {
                    incrementBytes += sender.sentBytes();
                } else {
                    bytes += sender.sentBytes();
                }
                if (sender.isOver()) {
                    ended(peer, sender);
                    work++;
                }
            }
        }
        counts.snapshotBytesSent.set(bytes);
        counts.incrementBytesSent.set(incrementBytes);
        return work;
    }

    private void ended(final int peer, final SnapshotSender sender) {
        senders[peer] = null;
        sending--;
        final boolean isDone = SnapshotSender.State.DONE == sender.state();
        increments.ended(peer, isDone, sender.isIncrement() && sender.isRefused());
        notBeforeNs[peer] = nowNs + AGAIN_NS;
        logNeededIndex[peer] = sender.index() + 1;
        logNeededUntilNs[peer] = nowNs + LOG_KEPT_NS;
        if (sender.isIncrement()) {
            incrementsSentBefore += sender.sentBytes();
            counts.incrementsSent.set(counts.incrementsSent.getPlain() + (isDone ? 1 : 0));
        } else {
            final boolean isTrusted = sent[peer].top() == trusted && nowNs - trustedUntilNs < 0;
            doubtful = sender.isDoubtful() && !isTrusted ? sent[peer] : doubtful;
            sentBefore += sender.sentBytes();
            counts.snapshotsSent.set(counts.snapshotsSent.getPlain() + (isDone ? 1 : 0));
        }
        desk.ended(peer);
    }

    /** What a receiver cannot use, or what cannot be read, may have rotted here: it is not to be sent for ever. */
    private int examine() {
        boolean isDamaged = false;
        for (final SnapshotManifest manifest : doubtful.manifests()) {
            isDamaged |= store.contains(manifest) && Scrubber.isDamaged(store, manifest, statistics);
        }
        trusted = isDamaged ? null : doubtful.top();
        trustedUntilNs = nowNs + TRUSTED_NS;
        snapshotWanted |= isDamaged;
        doubtful = null;
        return 1;
    }

    /** Begin to send, unless it is under way, or there is nothing to send. */
    private int send(final int peer, final long indexMin, final boolean onRequest) {
        if (null != senders[peer] || sending == SENDERS_MAX || nowNs - notBeforeNs[peer] < 0 && 0 != notBeforeNs[peer]) {
            return 0;
        }
        if (!onRequest && increments.isFor(peer)) {
            return increments.isIdle() ? increments.prepare(peer, ++transferCount, nowNs) : 0;
        }
        final SnapshotManifest newest = store.newest().orElse(null);
        if (null == newest || newest.index() < indexMin || newest.index() < storage.log().firstIndex() - 1) {
            snapshotWanted |= positions.applied.get() >= indexMin;
            return 0;
        }
        try {
            sent[peer] = store.lease(newest);
            begin(peer, new SnapshotCargo(storage.storageIo(), sent[peer]), onRequest);
        } catch (final SnapshotException ex) {
            notBeforeNs[peer] = nowNs + AGAIN_NS;
            statistics.onSnapshotFailure(ex);
        }
        return 1;
    }

    private void begin(final int peer, final TransferCargo cargo, final boolean onRequest) {
        notBeforeNs[peer] = nowNs + AGAIN_NS;
        senders[peer] = new SnapshotSender(settings, cargo, this, peer, desk.term(), ++transferCount, nowNs);
        asked[peer] = onRequest;
        sending++;
        desk.begun(peer, cargo.index());
    }

    private void answerBase() {
        final long base = baseOf.applyAsLong(message);
        request.blank();
        request.type = TransferMessage.BASE;
        request.from = settings.selfId();
        request.to = message.from;
        request.term = desk.term();
        request.transferId = message.transferId;
        request.index = Math.max(0, base);
        request.reason = base < 0 ? TransferMessage.BUSY : 0;
        send(request, none, 0, 0);
    }

    /** Nobody knows that something is missing here: the leader is asked, or one after the other. */
    private int request() {
        requestedNs = nowNs;
        final long others = desk.others();
        int peer = desk.leaderId();
        if (peer < 0 || 0 == (others & 1L << peer)) {
            if (0 == others) {
                return 0;
            }
            do {
                requestTurn = (requestTurn + 1) % Membership.MEMBERS_MAX;
            } while (0 == (others & 1L << requestTurn));
            peer = requestTurn;
        }
        request.blank();
        request.type = TransferMessage.REQUEST;
        request.from = settings.selfId();
        request.to = peer;
        request.term = desk.term();
        request.index = Math.max(storage.log().firstIndex() - 1, positions.applied.get() + 1);
        return send(request, none, 0, 0) ? 1 : 0;
    }

    private void onTransfer(final DirectBuffer buffer, final int offset, final int length) {
        if (!codec.decode(buffer, offset, length, message) || message.to != settings.selfId()) {
            counts.transferMessagesDropped.set(codec.droppedCount());
            return;
        }
        usedNs[message.from] = nowNs;
        switch (message.type) {
            case TransferMessage.OFFER, TransferMessage.CHUNK -> receive(buffer);
            case TransferMessage.REQUEST -> send(message.from, message.index, true);
            case TransferMessage.ASK -> answerBase();
            case TransferMessage.BASE -> increments.onBase(message, nowNs);
            case TransferMessage.ABORT -> {
                toSender();
                receive(buffer);
            }
            default -> toSender();
        }
    }

    private void receive(final DirectBuffer buffer) {
        receiver.onMessage(message, buffer, codec.dataOffset(), codec.dataLength(), nowNs);
    }

    private void toSender() {
        if (null != senders[message.from]) {
            senders[message.from].onMessage(message, nowNs);
        }
    }

    @Override
    public boolean send(final TransferMessage out, final DirectBuffer data, final int offset, final int length) {
        codec.encodePrefix(out, length, prefix, 0);
        used |= 1L << out.to;
        usedNs[out.to] = nowNs;
        return channel.send(out.to, prefix, TransferCodec.PREFIX_LENGTH, data, offset, length);
    }

    private void releaseConnections() {
        for (long rest = used; 0 != rest; rest &= rest - 1) {
            final int peer = Long.numberOfTrailingZeros(rest);
            if (nowNs - usedNs[peer] > CONNECTION_KEPT_NS) {
                channel.release(peer);
                used &= ~(1L << peer);
            }
        }
    }

    SnapshotReceiver receiver() {
        return receiver;
    }

    /** @return true once when somebody needs a snapshot and there is none to send. */
    boolean takeSnapshotWanted() {
        final boolean taken = snapshotWanted;
        snapshotWanted = false;
        return taken;
    }

    /** @return lowest entry of the log that somebody to whom a snapshot is or was just sent goes on from. */
    long logNeededFrom() {
        long from = increments.logNeededFrom();
        for (int peer = 0; peer < senders.length; peer++) {
            if (null != senders[peer]) {
                from = Math.min(from, senders[peer].index() + 1);
            } else if (0 != logNeededIndex[peer] && nowNs - logNeededUntilNs[peer] < 0) {
                from = Math.min(from, logNeededIndex[peer]);
            }
        }
        return from;
    }

    void close() {
        receiver.close();
        increments.close();
        for (final SnapshotSender sender : senders) {
            if (null != sender) {
                sender.abort("this member is closing");
            }
        }
    }
}
