package io.cairn.engine.remote;

import io.aeron.Aeron;
import io.aeron.ChannelUri;
import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;
import io.aeron.ControlledFragmentAssembler;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.exceptions.AeronException;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.aeron.logbuffer.Header;
import io.cairn.engine.client.Authenticator;
import io.cairn.engine.gateway.ClientCodec;
import io.cairn.engine.gateway.ClientMessage;
import io.cairn.engine.gateway.CloseReason;
import io.cairn.engine.gateway.ConnectionBody;
import io.cairn.engine.transport.TransportChannels;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * One connection to one member, from the first message to the last. Owner: the thread of the client.
 *
 * <pre>
 *   FINDING ─► GREETING ─► GREETED ─► OPEN ─► CLOSED
 *                             └─ answers a challenge, where it is asked
 * </pre>
 */
final class MemberConnection {
    enum State {
        FINDING, GREETING, GREETED, ANSWERING, ANSWERED, OPEN, CLOSED
    }

    /** Takes what a member says. */
    interface Listener {
        /** Replies, as entries. */
        void onReplies(UnsafeBuffer body);

        /** The answer to an administrative request. */
        void onAdminReply(long context, UnsafeBuffer body);
    }

    private static final int FRAGMENTS_LIMIT = 64;
    private static final int ASSEMBLED_LENGTH_MIN = 1 << 13;
    private static final long FINDING_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long HANDSHAKE_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long HEARTBEAT_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int STREAM_FIRST = 1 << 30;

    private final Aeron aeron;
    private final RemoteSettings settings;
    private final ClientCodec codec;
    private final ClusterView view;
    private final String target;
    private final int flags;
    private final Listener listener;
    private final long connectionId = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    private final int responseStream = STREAM_FIRST | (int)connectionId & STREAM_FIRST - 1;
    private final ClientMessage in = new ClientMessage();
    private final ClientMessage out = new ClientMessage();
    private final UnsafeBuffer prefix = new UnsafeBuffer(BufferUtil.allocateDirectAligned(ClientCodec.PREFIX_LENGTH, 64));
    private final ControlledFragmentAssembler assembler = new ControlledFragmentAssembler(this::onMessage, ASSEMBLED_LENGTH_MIN, true);
    private long subscriptionId = Aeron.NULL_VALUE;
    private long publicationId = Aeron.NULL_VALUE;
    private Subscription subscription;
    private ExclusivePublication publication;
    private State state = State.FINDING;
    private byte[] hello = {};
    private byte[] challenge = {};
    private long clusterId;
    private int inFlightMax;
    private int requestBytesMax;
    private int frameBytesMax;
    private int closeReason = CloseReason.TIMED_OUT;
    private String explanation = "";
    private long nowNs;
    private long stateNs;
    private long lastHeardNs;
    private long lastSentNs;

    MemberConnection(
        final Aeron aeron,
        final RemoteSettings settings,
        final ClientCodec codec,
        final ClusterView view,
        final String target,
        final int flags,
        final Listener listener,
        final long nowNs) {
        this.aeron = aeron;
        this.settings = settings;
        this.codec = codec;
        this.view = view;
        this.target = target;
        this.flags = flags;
        this.listener = listener;
        this.nowNs = nowNs;
        stateNs = nowNs;
        lastHeardNs = nowNs;
        lastSentNs = nowNs;
        explanation = "member " + target + " does not answer";
        try {
            subscriptionId = aeron.asyncAddSubscription(responseChannel(), responseStream);
            publicationId = aeron.asyncAddExclusivePublication(requestChannel(), requestStream());
        } catch (final AeronException | IOException | IllegalArgumentException ex) {
            fail("member " + target + " cannot be reached: " + ex.getMessage());
        }
    }

    private int requestStream() {
        return settings.isSharedMemory() ? TransportChannels.clientStream(Integer.parseInt(target)) : TransportChannels.CLIENT_STREAM;
    }

    private String requestChannel() {
        final ChannelUriStringBuilder builder = new ChannelUriStringBuilder()
            .termLength(settings.termLength())
            .mtu(settings.mtuLength())
            .sparse(true);
        return settings.isSharedMemory() ? builder.media(CommonContext.IPC_MEDIA).build() :
            builder.media(CommonContext.UDP_MEDIA).endpoint(target).build();
    }

    /** Where this machine is seen from the member: the address that its route begins at. */
    private String responseChannel() throws IOException {
        if (settings.isSharedMemory()) {
            return CommonContext.IPC_CHANNEL;
        }
        final int colon = target.lastIndexOf(':');
        final InetSocketAddress member = new InetSocketAddress(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)));
        if (member.isUnresolved()) {
            throw new IOException("its name is not known");
        }
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(member);
            final InetAddress local = socket.getLocalAddress();
            final String host = local instanceof Inet6Address ? "[" + local.getHostAddress() + "]" : local.getHostAddress();
            return new ChannelUriStringBuilder().media(CommonContext.UDP_MEDIA).endpoint(host + ":0").build();
        }
    }

    /** @return amount of work done. */
    int doWork(final long timeNs) {
        nowNs = timeNs;
        int work = 0;
        if (null != subscription) {
            final int fragments = subscription.controlledPoll(assembler, FRAGMENTS_LIMIT);
            if (fragments > 0) {
                lastHeardNs = nowNs;
                work += fragments;
            }
        }
        switch (state) {
            case FINDING -> work += find();
            case GREETING -> work += greet();
            case ANSWERING -> work += answer();
            case OPEN -> work += keepOpen();
            default -> {
                // A member's answer is awaited, or nothing any more.
            }
        }
        if (State.OPEN != state && State.CLOSED != state && nowNs - stateNs > (State.FINDING == state ? FINDING_NS : HANDSHAKE_NS)) {
            fail("member " + target + " does not answer");
        }
        return work;
    }

    private int find() {
        try {
            if (null == subscription) {
                subscription = aeron.getSubscription(subscriptionId);
            }
            if (null == publication) {
                publication = aeron.getExclusivePublication(publicationId);
            }
        } catch (final AeronException ex) {
            fail("member " + target + " cannot be reached: " + ex.getMessage());
            return 1;
        }
        if (null == subscription || null == publication || !publication.isConnected() || responsePort() < 0) {
            return 0;
        }
        frameBytesMax = publication.maxPayloadLength() - ClientCodec.PREFIX_LENGTH;
        hello = null == settings.authenticator() ? new byte[0] : settings.authenticator().hello();
        enter(State.GREETING);
        return 1 + greet();
    }

    /** @return the port that the operating system gave, 0 over shared memory, or −1 while it is not known. */
    private int responsePort() {
        if (settings.isSharedMemory()) {
            return 0;
        }
        final String resolved = subscription.tryResolveChannelEndpointPort();
        if (null == resolved) {
            return -1;
        }
        final String endpoint = ChannelUri.parse(resolved).get(CommonContext.ENDPOINT_PARAM_NAME);
        return Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1));
    }

    private int greet() {
        out.reset(ClientMessage.CONNECT, connectionId);
        out.clusterId = settings.clusterId();
        out.responseStream = responseStream;
        out.responsePort = responsePort();
        out.flags = flags;
        if (!offer(new UnsafeBuffer(hello), 0, hello.length)) {
            return 0;
        }
        enter(State.GREETED);
        return 1;
    }

    private int answer() {
        final byte[] answer = settings.authenticator().answer(hello, challenge);
        out.reset(ClientMessage.ANSWER, connectionId);
        out.clusterId = clusterId;
        if (!offer(new UnsafeBuffer(answer), 0, answer.length)) {
            return 0;
        }
        enter(State.ANSWERED);
        return 1;
    }

    private int keepOpen() {
        if (nowNs - lastHeardNs > settings.livenessNs()) {
            fail("member " + target + " has fallen silent");
            return 1;
        }
        return nowNs - lastSentNs > HEARTBEAT_NS && send(ClientMessage.HEARTBEAT, 0, prefix, 0, 0) ? 1 : 0;
    }

    private void enter(final State newState) {
        state = newState;
        stateNs = nowNs;
    }

    private Action onMessage(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        if (!codec.decode(buffer, offset, length, in) || in.connectionId != connectionId || State.CLOSED == state) {
            return Action.CONTINUE;
        }
        switch (in.type) {
            case ClientMessage.REPLIES -> {
                if (State.OPEN == state) {
                    listener.onReplies(in.body);
                }
            }
            case ClientMessage.ADMIN_REPLY -> {
                if (State.OPEN == state) {
                    listener.onAdminReply(in.context, in.body);
                }
            }
            case ClientMessage.CHALLENGE -> onChallenge();
            case ClientMessage.CONNECTED -> onConnected();
            case ClientMessage.CLOSED -> onClosed();
            default -> {
                // A sign of life.
            }
        }
        return Action.CONTINUE;
    }

    private void onChallenge() {
        if (State.GREETED != state || in.body.capacity() > Authenticator.MESSAGE_BYTES_MAX) {
            return;
        }
        if (null == settings.authenticator()) {
            closeReason = CloseReason.NOT_AUTHENTICATED;
            fail("the cluster asks for a secret: give the client the one that its members have");
            return;
        }
        challenge = new byte[in.body.capacity()];
        in.body.getBytes(0, challenge);
        clusterId = in.clusterId;
        enter(State.ANSWERING);
    }

    private void onConnected() {
        if (State.GREETED != state && State.ANSWERED != state) {
            return;
        }
        if (null != settings.authenticator() &&
            (State.ANSWERED != state || !settings.authenticator().isProofGood(hello, challenge, ConnectionBody.first(in.body)))) {
            closeReason = CloseReason.NOT_AUTHENTICATED;
            fail("member " + target + " did not prove that it knows the secret: it is not the cluster that was meant, or it has none");
            return;
        }
        clusterId = in.clusterId;
        inFlightMax = in.inFlightMax;
        requestBytesMax = in.requestBytesMax;
        view.learn(in.body);
        view.leader(in.leaderId);
        enter(State.OPEN);
    }

    private void onClosed() {
        closeReason = in.status;
        view.learn(in.body);
        if (CloseReason.NOT_LEADER == in.status || CloseReason.STOPPING == in.status) {
            view.leader(in.leaderId == in.memberId ? -1 : in.leaderId);
        }
        fail(new String(ConnectionBody.first(in.body), StandardCharsets.UTF_8));
    }

    /**
     * Send within the open connection.
     *
     * @return false when it was not taken: again in a later cycle.
     */
    boolean send(final int type, final long context, final DirectBuffer body, final int offset, final int length) {
        out.reset(type, connectionId);
        out.clusterId = clusterId;
        out.context = context;
        return offer(body, offset, length);
    }

    private boolean offer(final DirectBuffer body, final int offset, final int length) {
        codec.encode(out, body, offset, length, prefix, 0);
        final long result = 0 == length ? publication.offer(prefix, 0, ClientCodec.PREFIX_LENGTH) :
            publication.offer(prefix, 0, ClientCodec.PREFIX_LENGTH, body, offset, length);
        if (result > 0) {
            lastSentNs = nowNs;
            return true;
        }
        if (Publication.CLOSED == result || Publication.MAX_POSITION_EXCEEDED == result) {
            fail("the connection to member " + target + " came to its end");
        } else if (Publication.NOT_CONNECTED == result && State.OPEN == state) {
            fail("member " + target + " has gone");
        }
        return false;
    }

    private void fail(final String why) {
        explanation = why;
        enter(State.CLOSED);
    }

    /** Say goodbye, and give everything back. */
    void close() {
        if (State.OPEN == state) {
            out.reset(ClientMessage.CLOSED, connectionId);
            out.clusterId = clusterId;
            out.status = CloseReason.GOODBYE;
            offer(prefix, 0, 0);
        }
        state = State.CLOSED;
        if (aeron.isClosed()) {
            return;
        }
        if (null != publication) {
            publication.close();
        } else if (Aeron.NULL_VALUE != publicationId) {
            aeron.asyncRemovePublication(publicationId);
        }
        if (null != subscription) {
            subscription.close();
        } else if (Aeron.NULL_VALUE != subscriptionId) {
            aeron.asyncRemoveSubscription(subscriptionId);
        }
    }

    boolean isOpen() {
        return State.OPEN == state;
    }

    boolean isClosed() {
        return State.CLOSED == state;
    }

    String target() {
        return target;
    }

    int closeReason() {
        return closeReason;
    }

    String explanation() {
        return explanation;
    }

    int inFlightMax() {
        return inFlightMax;
    }

    int requestBytesMax() {
        return requestBytesMax;
    }

    /** @return bytes of entries that fit a single datagram. */
    int frameBytesMax() {
        return frameBytesMax;
    }

    /** @return bytes of entries that fit the longest message. */
    int messageBytesMax() {
        return publication.maxMessageLength() - ClientCodec.PREFIX_LENGTH;
    }

    long clusterId() {
        return clusterId;
    }
}
