package io.cairn.engine.remote;

import io.cairn.engine.client.ReadFrom;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.engine.gateway.ClientMessage;
import io.cairn.engine.gateway.ReplyEntry;
import io.cairn.engine.gateway.RequestEntry;
import io.cairn.engine.pipeline.ClientChannel;
import io.cairn.engine.pipeline.IngressDescriptor;
import io.cairn.engine.pipeline.ReplyDescriptor;
import io.cairn.fsm.ApplyStatus;
import io.cairn.wal.layout.Crc32c;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * The rings of one client, pumped to whoever leads the cluster. To the client it looks like an engine that never leads in vain: what was refused for
 * want of a leader, and what a lost connection left open, is sent again until it is answered or its time is over. Owner: the thread of the client's
 * network; the client itself is at the other end of the rings.
 *
 * <p>What may be sent again is decided here, once a connection is lost:
 * <ul>
 * <li>what was never sent, or was refused because no leader was there, did nothing: it is sent again;
 * <li>a command of a session is sent again with its serial, and takes effect once; should it be refused then, or its session be gone, then what
 * became of it before is not known, and that is the answer;
 * <li>queries, and what opens, closes and keeps sessions, are sent again;
 * <li>a command without a session is answered UNKNOWN.
 * </ul>
 *
 * <p>Order holds across connections, since a member takes nothing of a connection behind the first request that it refused for want of leadership,
 * and everything is sent again in its order. Interleaving that {@link RequestStore#doom} is for: 5, 6 and 7 are sent; 5 is refused, so the client
 * uses serial 5 for its next command, and 6 and 7 are passed over as a gap, but their answers are lost with the connection. Sent again behind the
 * new 5, the old 6 would take effect, and the client's new 6 would be taken for its repetition.
 */
final class RemoteLink implements ControlledMessageHandler, MemberConnection.Listener {
    private static final int TAKE_LIMIT = 256;
    private static final int FRAMES_LIMIT = 32;
    private static final int NO_INDEX = -1;
    private static final long KEEP_ALIVE_ID = -1;
    private static final long NO_SESSION = -1;
    private static final int KEEP_ALIVE_SHARE = 4;
    private static final long NS_PER_MS = 1_000_000;
    private static final int SMALL_SLOT_BYTES = 128;

    private final RemoteAgent agent;
    private final RemoteSettings settings;
    private final LeaderSearch search;
    private final ManyToOneRingBuffer ingress;
    private final ClientChannel channel;
    private final RequestStore store;
    private final UnsafeBuffer keepAlive = new UnsafeBuffer(BufferUtil.allocateDirectAligned(RequestEntry.alignedLength(Long.BYTES), 64));
    private MemberConnection connection;
    private boolean connected;
    private boolean redirecting;
    private long next;
    private int outstanding;
    private long nowNs;
    private long sessionId = NO_SESSION;
    private long sessionTimeoutNs;
    private long sessionSentNs;
    private long droppedCount;

    RemoteLink(final RemoteAgent agent, final RemoteSettings settings, final ClusterView view) {
        this.agent = agent;
        this.settings = settings;
        search = new LeaderSearch(view, ReadFrom.LEADER == settings.readFrom());
        ingress = new ManyToOneRingBuffer(newRingMemory(settings.bufferLength()));
        channel = new ClientChannel(
            0, new OneToOneRingBuffer(newRingMemory(settings.bufferLength())), settings.inFlightMax() * SMALL_SLOT_BYTES);
        store = new RequestStore(settings.bufferLength() / 2, settings.inFlightMax());
    }

    private static UnsafeBuffer newRingMemory(final int length) {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(length + RingBufferDescriptor.TRAILER_LENGTH, 128));
    }

    ManyToOneRingBuffer ingress() {
        return ingress;
    }

    ClientChannel channel() {
        return channel;
    }

    /** @return amount of work done. */
    int doWork(final long timeNs) {
        nowNs = timeNs;
        int work = null == connection ? seek() : converse();
        work += ingress.controlledRead(this, TAKE_LIMIT);
        if (connected && !redirecting) {
            work += send();
            work += keepSessionAlive();
        }
        return work + expire();
    }

    private int seek() {
        final String target = search.next(nowNs);
        if (target.isEmpty()) {
            return 0;
        }
        connection = agent.connect(target, connectFlags(), this, nowNs);
        return 1;
    }

    private int connectFlags() {
        return switch (settings.readFrom()) {
            case LEADER -> 0;
            case ANY -> ClientMessage.FLAG_READER;
            case LOCAL -> ClientMessage.FLAG_READER | ClientMessage.FLAG_LOCAL;
        };
    }

    private int converse() {
        final int work = connection.doWork(nowNs);
        if (!connected && connection.isOpen()) {
            connected = true;
            search.succeeded();
            redirecting = false;
            outstanding = 0;
            next = store.head();
        }
        if (connection.isClosed()) {
            onLost();
            return work + 1;
        }
        return work;
    }

    private void onLost() {
        agent.onRefused(connection);
        search.failed(connection.target(), nowNs);
        connection.close();
        connection = null;
        connected = false;
        for (long sequence = store.head(), tail = store.tail(); sequence < tail; sequence++) {
            if (RequestStore.DONE != store.state(sequence)) {
                settle(sequence);
            }
        }
    }

    /** What is to become of a request that a lost connection left open. */
    private void settle(final long sequence) {
        if (store.isDoomed(sequence)) {
            deliver(sequence, ApplyStatus.SESSION_GAP, NO_INDEX, keepAlive, 0, 0);
        } else if (RequestStore.SENT == store.state(sequence)) {
            if (IngressDescriptor.COMMAND == store.type(sequence) && !store.isSessionCommand(sequence)) {
                deliver(sequence, ReplyStatus.UNKNOWN, NO_INDEX, keepAlive, 0, 0);
            } else {
                store.attempted(sequence);
                store.waits(sequence);
            }
        }
    }

    /** From the client's ring, in its order. */
    @Override
    public Action onMessage(final int typeId, final MutableDirectBuffer buffer, final int offset, final int length) {
        final int slot = EmbeddedClient.slotOf(IngressDescriptor.correlationId(buffer, offset));
        if (!store.add(typeId, slot, buffer, offset, length, nowNs + settings.timeoutNs())) {
            return Action.ABORT;
        }
        if (ReadFrom.LEADER != settings.readFrom() && IngressDescriptor.QUERY != typeId) {
            refuse(store.tail() - 1, ReplyStatus.READ_ONLY);
        }
        return Action.CONTINUE;
    }

    private int send() {
        int work = 0;
        for (int i = 0; i < FRAMES_LIMIT && next < store.tail(); i++) {
            next = Math.max(next, store.head());
            while (next < store.tail() && RequestStore.WAITING != store.state(next)) {
                next++;
            }
            if (next >= store.tail() || outstanding >= connection.inFlightMax()) {
                break;
            }
            if (isTooLong(next)) {
                refuse(next, ReplyStatus.TOO_LARGE);
            } else if (!sendRun()) {
                break;
            }
            work++;
        }
        return work;
    }

    private boolean isTooLong(final long sequence) {
        return store.payloadLength(sequence) > connection.requestBytesMax() || store.entryLength(sequence) > connection.messageBytesMax();
    }

    /** As many as lie one behind the other and fit a datagram; one that does not fit any goes alone. */
    private boolean sendRun() {
        final int from = store.offset(next);
        int length = store.entryLength(next);
        long to = next + 1;
        while (to < store.tail() && RequestStore.WAITING == store.state(to) && store.offset(to) == from + length &&
            outstanding + (to - next) < connection.inFlightMax() && length + store.entryLength(to) <= connection.frameBytesMax()) {
            length += store.entryLength(to);
            to++;
        }
        if (!connection.send(ClientMessage.REQUESTS, 0, store.bytes(), from, length)) {
            return false;
        }
        for (long sequence = next; sequence < to; sequence++) {
            store.sent(sequence);
            if (store.isSessionCommand(sequence) && store.sessionId(sequence) == sessionId) {
                sessionSentNs = nowNs;
            }
        }
        outstanding += (int)(to - next);
        next = to;
        return true;
    }

    private int keepSessionAlive() {
        if (NO_SESSION == sessionId || nowNs - sessionSentNs < sessionTimeoutNs / KEEP_ALIVE_SHARE) {
            return 0;
        }
        keepAlive.putLong(RequestEntry.HEADER_LENGTH, sessionId);
        final int crc = Crc32c.compute(keepAlive, RequestEntry.HEADER_LENGTH, Long.BYTES);
        RequestEntry.encodeHeader(keepAlive, 0, KEEP_ALIVE_ID, crc, Long.BYTES, 0, IngressDescriptor.KEEP_ALIVE_SESSION);
        if (!connection.send(ClientMessage.REQUESTS, 0, keepAlive, 0, keepAlive.capacity())) {
            return 0;
        }
        sessionSentNs = nowNs;
        return 1;
    }

    @Override
    public void onReplies(final UnsafeBuffer body) {
        int at = 0;
        while (at < body.capacity() && ReplyEntry.isWhole(body, at)) {
            final int length = ReplyEntry.length(body, at);
            onReply(
                ReplyDescriptor.correlationId(body, at),
                ReplyDescriptor.status(body, at),
                ReplyDescriptor.index(body, at),
                body,
                at + ReplyEntry.HEADER_LENGTH,
                length);
            at += ReplyEntry.alignedLength(length);
        }
    }

    private void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer body, final int offset, final int length) {
        if (KEEP_ALIVE_ID == correlationId) {
            return;
        }
        outstanding--;
        final long sequence = store.find(correlationId, EmbeddedClient.slotOf(correlationId));
        if (sequence < 0 || RequestStore.SENT != store.state(sequence)) {
            // Its time was over, and that was answered.
            return;
        }
        if (index < 0 && (ReplyStatus.NOT_LEADER == status || ReplyStatus.CLOSED == status)) {
            redirecting = true;
            store.waits(sequence);
        } else if (ReplyStatus.UNKNOWN == status && store.isSessionCommand(sequence)) {
            redirecting = true;
            store.attempted(sequence);
            store.waits(sequence);
        } else if (store.isAttempted(sequence)) {
            onRepeated(sequence, status, index, body, offset, length);
        } else {
            onOutcome(sequence, status, index, body, offset, length);
        }
    }

    /** A refusal now says nothing of the time before. */
    private void onRepeated(
        final long sequence, final int status, final long index, final DirectBuffer body, final int offset, final int length) {
        final int type = store.type(sequence);
        if (IngressDescriptor.COMMAND == type && (index < 0 || ApplyStatus.SESSION_EXPIRED == status)) {
            deliver(sequence, ReplyStatus.UNKNOWN, NO_INDEX, body, offset, 0);
        } else if (IngressDescriptor.CLOSE_SESSION == type && ApplyStatus.SESSION_EXPIRED == status) {
            deliver(sequence, ApplyStatus.OK, index, body, offset, 0);
        } else {
            onOutcome(sequence, status, index, body, offset, length);
        }
    }

    private void onOutcome(
        final long sequence, final int status, final long index, final DirectBuffer body, final int offset, final int length) {
        final int type = store.type(sequence);
        if (IngressDescriptor.OPEN_SESSION == type && status >= 0 && length >= Long.BYTES) {
            sessionId = body.getLong(offset);
            sessionTimeoutNs = Math.min(Long.MAX_VALUE / NS_PER_MS, store.payloadLong(sequence)) * NS_PER_MS;
            sessionSentNs = nowNs;
        } else if (IngressDescriptor.CLOSE_SESSION == type && store.payloadLong(sequence) == sessionId) {
            sessionId = NO_SESSION;
        }
        if (store.isSessionCommand(sequence) && EmbeddedClient.isPassedOver(status, index)) {
            doomBehind(sequence);
        }
        deliver(sequence, status, index, body, offset, length);
    }

    private void refuse(final long sequence, final int status) {
        if (store.isSessionCommand(sequence)) {
            doomBehind(sequence);
        }
        deliver(sequence, status, NO_INDEX, keepAlive, 0, 0);
    }

    /** The client uses the serial again: what it sent behind it is a gap, and will not be sent any more. */
    private void doomBehind(final long refused) {
        final long session = store.sessionId(refused);
        for (long sequence = refused + 1, tail = store.tail(); sequence < tail; sequence++) {
            if (RequestStore.DONE != store.state(sequence) && store.isSessionCommand(sequence) && store.sessionId(sequence) == session) {
                if (RequestStore.WAITING == store.state(sequence)) {
                    deliver(sequence, ApplyStatus.SESSION_GAP, NO_INDEX, keepAlive, 0, 0);
                } else {
                    store.doom(sequence);
                }
            }
        }
    }

    private int expire() {
        int work = 0;
        while (store.head() < store.tail() && nowNs - store.deadlineNs(store.head()) > 0) {
            final long sequence = store.head();
            final boolean isUnknown = IngressDescriptor.QUERY != store.type(sequence) &&
                (RequestStore.SENT == store.state(sequence) || store.isAttempted(sequence));
            if (isUnknown) {
                deliver(sequence, ReplyStatus.UNKNOWN, NO_INDEX, keepAlive, 0, 0);
            } else {
                refuse(sequence, ReplyStatus.UNAVAILABLE);
            }
            work++;
        }
        return work;
    }

    private void deliver(
        final long sequence, final int status, final long index, final DirectBuffer body, final int offset, final int length) {
        int replyStatus = status;
        int bodyLength = length;
        if (!channel.admitsBody(bodyLength)) {
            replyStatus = IngressDescriptor.QUERY == store.type(sequence) ? ReplyStatus.BACK_PRESSURED : ReplyStatus.RESULT_DROPPED;
            bodyLength = 0;
        }
        final long correlationId = store.correlationId(sequence);
        store.done(sequence);
        final RingBuffer replies = channel.replies();
        final int claim = replies.tryClaim(ReplyDescriptor.REPLY, ReplyDescriptor.HEADER_LENGTH + bodyLength);
        if (claim < 0) {
            // A client that keeps to its window always has room.
            droppedCount++;
            return;
        }
        ReplyDescriptor.encodeHeader(replies.buffer(), claim, correlationId, index, replyStatus);
        if (bodyLength > 0) {
            replies.buffer().putBytes(claim + ReplyDescriptor.HEADER_LENGTH, body, offset, bodyLength);
        }
        replies.commit(claim);
    }

    @Override
    public void onAdminReply(final long context, final UnsafeBuffer body) {
        // Not asked for here.
    }

    /** The network is made anew: what it carried is lost. */
    void onNetworkLost() {
        if (null != connection) {
            onLost();
        }
    }

    long droppedCount() {
        return droppedCount;
    }

    void close() {
        if (null != connection) {
            connection.close();
            connection = null;
            connected = false;
        }
    }
}
