package io.cairn.engine.gateway;

import io.aeron.Aeron;
import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;
import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.Publication;
import io.aeron.exceptions.AeronException;
import io.cairn.engine.client.Authenticator;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.pipeline.ClientChannel;
import io.cairn.engine.pipeline.ClientRegistry;
import io.cairn.engine.pipeline.ReplyDescriptor;
import io.cairn.engine.pipeline.RequestSource;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One client of another process, on the member's side: its way from the first message to the last, and its replies. Owner: the Sequencer's thread.
 *
 * <pre>
 *   ANSWERING_WAY ─► CHALLENGING ─► CHALLENGED ─► ADMITTED ─► CONNECTING ─► OPEN ─► CLOSING ─► GONE
 *         └──────── where no secret is asked for ────┘
 * </pre>
 *
 * <p>Nothing here waits: what cannot be sent is sent in a later cycle, and a client that does not let it be sent for too long is let go. Its replies
 * are bounded by the window that it was told.
 */
final class RemoteClient implements ControlledMessageHandler {
    enum State {
        ANSWERING_WAY, CHALLENGING, CHALLENGED, ADMITTED, CONNECTING, OPEN, CLOSING, GONE
    }

    private static final long HANDSHAKE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long CLOSING_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long REDIRECTING_NS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long HEARTBEAT_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int REPLIES_LIMIT = 256;
    private static final int FRAMES_LIMIT = 16;
    private static final int ADMIN_MAX = 16;
    private static final int TEXT_BYTES_MAX = 512;

    private final Aeron aeron;
    private final GatewaySettings settings;
    private final ClientRegistry registry;
    private final ClientCodec codec;
    private final Image image;
    private final long connectionId;
    private final boolean isAnyMember;
    private final boolean isReader;
    private final boolean isLocal;
    private final byte[] hello;
    private final ClientMessage out = new ClientMessage();
    private final UnsafeBuffer prefix = new UnsafeBuffer(BufferUtil.allocateDirectAligned(ClientCodec.PREFIX_LENGTH, 64));
    private final Deque<AdminExchange> adminAnswers = new ArrayDeque<>();
    private final long startNs;
    private final long registrationId;
    private UnsafeBuffer replies;
    private int repliesLength;
    private int frameLength;
    private State state = State.ANSWERING_WAY;
    private ExclusivePublication publication;
    private byte[] challenge = {};
    private CompletableFuture<ClientChannel> registering;
    private ClientChannel channel;
    private int inFlight;
    private int adminInFlight;
    private boolean isProven;
    private boolean redirecting;
    private int reason;
    private String explanation = "";
    private long sinceNs;
    private long lastHeardNs;
    private long lastSentNs;
    private long blockedSinceNs;
    private boolean blocked;
    private long resumePosition = -1;
    private int resumeOffset;

    RemoteClient(
        final Aeron aeron,
        final GatewaySettings settings,
        final ClientRegistry registry,
        final ClientCodec codec,
        final Image image,
        final ClientMessage connect,
        final long nowNs) {
        this.aeron = aeron;
        this.settings = settings;
        this.registry = registry;
        this.codec = codec;
        this.image = image;
        connectionId = connect.connectionId;
        isAnyMember = 0 != (connect.flags & ClientMessage.FLAG_ANY_MEMBER);
        isLocal = 0 != (connect.flags & ClientMessage.FLAG_LOCAL);
        isReader = isLocal || 0 != (connect.flags & ClientMessage.FLAG_READER);
        hello = bytes(connect.body);
        startNs = nowNs;
        sinceNs = nowNs;
        lastHeardNs = nowNs;
        lastSentNs = nowNs;
        registrationId = aeron.asyncAddExclusivePublication(responseChannel(connect.responsePort), connect.responseStream);
    }

    /** Always to where the client's own messages come from: nobody can have a member write to a third. */
    private String responseChannel(final int port) {
        final ChannelUriStringBuilder builder = new ChannelUriStringBuilder()
            .termLength(settings.responseTermLength())
            .mtu(settings.mtuLength())
            .sparse(true);
        if (settings.isSharedMemory()) {
            return builder.media(CommonContext.IPC_MEDIA).build();
        }
        final String source = image.sourceIdentity();
        return builder.media(CommonContext.UDP_MEDIA).endpoint(source.substring(0, source.lastIndexOf(':')) + ":" + port).build();
    }

    private static byte[] bytes(final DirectBuffer body) {
        final byte[] bytes = new byte[Math.min(body.capacity(), Authenticator.MESSAGE_BYTES_MAX)];
        body.getBytes(0, bytes);
        return bytes;
    }

    Image image() {
        return image;
    }

    long connectionId() {
        return connectionId;
    }

    State state() {
        return state;
    }

    boolean isAuthenticated() {
        return state.compareTo(State.ADMITTED) >= 0 && State.GONE != state;
    }

    boolean isServed() {
        return State.OPEN == state && null != channel;
    }

    boolean isAdministrative() {
        return State.OPEN == state && isAnyMember;
    }

    /** It sends queries and nothing else. */
    boolean isReader() {
        return isReader;
    }

    /** What is applied here is good enough for it. */
    boolean isLocal() {
        return isLocal;
    }

    int clientId() {
        return channel.id();
    }

    int inFlight() {
        return inFlight;
    }

    void onTaken() {
        inFlight++;
    }

    void onHeard(final long nowNs) {
        lastHeardNs = nowNs;
    }

    /** From the first request that this member does not take as a leader on, it takes none of this connection, so that none overtakes another. */
    void redirect(final long nowNs) {
        if (!redirecting) {
            redirecting = true;
            sinceNs = nowNs;
        }
    }

    boolean isRedirecting() {
        return redirecting;
    }

    /** How much of the message at this position was taken before it had to be offered again. */
    int resumeAt(final long position) {
        return resumePosition == position ? resumeOffset : 0;
    }

    void resumeFrom(final long position, final int offset) {
        resumePosition = position;
        resumeOffset = offset;
    }

    void close(final int closeReason, final String why, final long nowNs) {
        if (State.CLOSING != state && State.GONE != state) {
            reason = closeReason;
            explanation = why;
            if (State.ANSWERING_WAY != state) {
                state = State.CLOSING;
                sinceNs = nowNs;
            }
        }
    }

    /** @return false when it is not who it says. */
    boolean proves(final ClientMessage message, final long nowNs) {
        if (State.CHALLENGED != state) {
            return true;
        }
        if (settings.authenticator().isAnswerGood(hello, challenge, bytes(message.body))) {
            state = State.ADMITTED;
            isProven = true;
            return true;
        }
        close(CloseReason.NOT_AUTHENTICATED, "the secret of the client is not the secret of the cluster", nowNs);
        return false;
    }

    /** @return null when it has asked too much already. */
    AdminExchange newExchange(final long context) {
        if (adminInFlight >= ADMIN_MAX) {
            return null;
        }
        adminInFlight++;
        return new AdminExchange(this, context);
    }

    void onAdminAnswered(final AdminExchange exchange) {
        adminAnswers.add(exchange);
    }

    /** @return amount of work done. */
    int doWork(final RequestSource.Sink sink, final boolean stopping, final long nowNs) {
        if (image.isClosed() || nowNs - lastHeardNs > settings.timeoutNs()) {
            leave();
            return 1;
        }
        if (state.compareTo(State.OPEN) < 0 && nowNs - startNs > HANDSHAKE_NS) {
            leave();
            return 1;
        }
        return switch (state) {
            case ANSWERING_WAY -> findWay(nowNs);
            case CHALLENGING -> challenge(nowNs);
            case ADMITTED -> admit(sink, nowNs);
            case CONNECTING -> connect(sink, nowNs);
            case OPEN -> serve(sink, stopping, nowNs);
            case CLOSING -> sayGoodbye(sink, nowNs);
            default -> 0;
        };
    }

    private int findWay(final long nowNs) {
        if (null == publication) {
            try {
                publication = aeron.getExclusivePublication(registrationId);
            } catch (final AeronException ex) {
                leave();
                return 1;
            }
        }
        if (null == publication || !publication.isConnected()) {
            return 0;
        }
        if (CloseReason.GOODBYE != reason) {
            state = State.CLOSING;
            sinceNs = nowNs;
        } else if (null == settings.authenticator()) {
            state = State.ADMITTED;
        } else {
            challenge = settings.authenticator().challenge();
            state = State.CHALLENGING;
        }
        return 1;
    }

    private int challenge(final long nowNs) {
        if (!send(out.reset(ClientMessage.CHALLENGE, connectionId), new UnsafeBuffer(challenge), challenge.length, nowNs)) {
            return 0;
        }
        state = State.CHALLENGED;
        return 1;
    }

    private int admit(final RequestSource.Sink sink, final long nowNs) {
        if (isAnyMember) {
            state = State.CONNECTING;
            return 1;
        }
        if (!isReader && !sink.acceptsCommands()) {
            close(CloseReason.NOT_LEADER, "member " + settings.memberId() + " does not lead", nowNs);
            return 1;
        }
        if (isReader && !isLocal && !sink.acceptsCommands() && sink.leaderId() < 0) {
            close(CloseReason.NOT_LEADER, "member " + settings.memberId() + " knows no leader", nowNs);
            return 1;
        }
        if (null == registering) {
            // Elsewhere: making the ring takes milliseconds.
            registering = CompletableFuture.supplyAsync(() -> registry.register(settings.inFlightMax()));
            return 1;
        }
        if (!registering.isDone()) {
            return 0;
        }
        if (registering.isCompletedExceptionally()) {
            registering = null;
            close(CloseReason.FULL, "all clients of this member are in use: close one first", nowNs);
        } else {
            channel = registering.join();
            state = State.CONNECTING;
        }
        return 1;
    }

    private int connect(final RequestSource.Sink sink, final long nowNs) {
        final byte[] proof = null == settings.authenticator() ? new byte[0] : settings.authenticator().proof(hello, challenge);
        out.reset(ClientMessage.CONNECTED, connectionId);
        out.inFlightMax = windowOf(settings.inFlightMax());
        out.requestBytesMax = settings.requestBytesMax();
        if (!send(out, ConnectionBody.encode(proof, sink.configuration()), nowNs, sink)) {
            return 0;
        }
        state = State.OPEN;
        frameLength = publication.maxPayloadLength() - ClientCodec.PREFIX_LENGTH;
        replies = new UnsafeBuffer(BufferUtil.allocateDirectAligned(frameLength, 64));
        return 1;
    }

    /** A little less than is enforced: what the connection itself says in the client's name has room as well. */
    static int windowOf(final int inFlightMax) {
        return Math.max(1, inFlightMax - 2);
    }

    private int serve(final RequestSource.Sink sink, final boolean stopping, final long nowNs) {
        int work = sendAdminAnswers(nowNs);
        if (null != channel) {
            work += sendReplies(nowNs);
            if (!isReader && !sink.acceptsCommands()) {
                redirect(nowNs);
            }
        }
        if (blocked && nowNs - blockedSinceNs > settings.timeoutNs() / 2) {
            leave();
            return 1;
        }
        final boolean isQuiet = 0 == inFlight && 0 == repliesLength;
        if (stopping && isQuiet && adminAnswers.isEmpty()) {
            close(CloseReason.STOPPING, "member " + settings.memberId() + " stops", nowNs);
        } else if (redirecting && 0 == repliesLength && (isQuiet || nowNs - sinceNs > REDIRECTING_NS)) {
            final String why = isReader ? " knows no leader any more" : " does not lead any more";
            close(CloseReason.NOT_LEADER, "member " + settings.memberId() + why, nowNs);
        } else if (nowNs - lastSentNs > HEARTBEAT_NS) {
            out.reset(ClientMessage.HEARTBEAT, connectionId);
            work += send(out, null, 0, nowNs, sink) ? 1 : 0;
        }
        return work;
    }

    /** @return amount of work done. */
    int answer(final long nowNs) {
        return isServed() ? sendReplies(nowNs) : 0;
    }

    private int sendReplies(final long nowNs) {
        int work = 0;
        for (int i = 0; i < FRAMES_LIMIT; i++) {
            if (0 == repliesLength) {
                channel.replies().controlledRead(this, REPLIES_LIMIT);
                if (0 == repliesLength) {
                    break;
                }
            }
            if (!send(out.reset(ClientMessage.REPLIES, connectionId), replies, repliesLength, nowNs)) {
                break;
            }
            repliesLength = 0;
            work++;
        }
        return work;
    }

    /** As many as fit a datagram; one that does not fit any goes alone. */
    @Override
    public Action onMessage(final int typeId, final MutableDirectBuffer buffer, final int offset, final int length) {
        final int entryLength = ReplyEntry.alignedLength(length - ReplyEntry.HEADER_LENGTH);
        if (repliesLength > 0 && repliesLength + entryLength > frameLength) {
            return Action.ABORT;
        }
        if (entryLength > replies.capacity()) {
            replies = new UnsafeBuffer(BufferUtil.allocateDirectAligned(entryLength, 64));
        }
        ReplyEntry.copy(replies, repliesLength, buffer, offset, length);
        repliesLength += entryLength;
        inFlight--;
        if (ReplyStatus.NOT_LEADER == ReplyDescriptor.status(buffer, offset)) {
            redirect(lastHeardNs);
        }
        return repliesLength >= frameLength ? Action.BREAK : Action.CONTINUE;
    }

    private int sendAdminAnswers(final long nowNs) {
        int work = 0;
        while (!adminAnswers.isEmpty()) {
            final AdminExchange exchange = adminAnswers.peek();
            out.reset(ClientMessage.ADMIN_REPLY, connectionId);
            out.context = exchange.context();
            if (!send(out, new UnsafeBuffer(exchange.answer()), exchange.answer().length, nowNs)) {
                break;
            }
            adminAnswers.poll();
            adminInFlight--;
            work++;
        }
        return work;
    }

    private int sayGoodbye(final RequestSource.Sink sink, final long nowNs) {
        final String text = explanation.length() > TEXT_BYTES_MAX ? explanation.substring(0, TEXT_BYTES_MAX) : explanation;
        out.reset(ClientMessage.CLOSED, connectionId);
        out.status = reason;
        // Who the members are is for those to know who proved that they belong here.
        final boolean mayKnow = null == settings.authenticator() || isProven;
        final byte[] body = ConnectionBody.encode(text.getBytes(StandardCharsets.UTF_8), mayKnow ? sink.configuration() : null);
        if (send(out, body, nowNs, sink) || nowNs - sinceNs > CLOSING_NS) {
            leave();
            return 1;
        }
        return 0;
    }

    private boolean send(final ClientMessage message, final byte[] body, final long nowNs, final RequestSource.Sink sink) {
        return send(message, new UnsafeBuffer(body), body.length, nowNs, sink);
    }

    private boolean send(
        final ClientMessage message, final DirectBuffer body, final int length, final long nowNs, final RequestSource.Sink sink) {
        message.leaderId = sink.acceptsCommands() ? settings.memberId() : sink.leaderId();
        return send(message, body, length, nowNs);
    }

    private boolean send(final ClientMessage message, final DirectBuffer body, final int length, final long nowNs) {
        message.clusterId = settings.clusterId();
        message.memberId = settings.memberId();
        codec.encode(message, body, 0, length, prefix, 0);
        final long result = 0 == length ? publication.offer(prefix, 0, ClientCodec.PREFIX_LENGTH) :
            publication.offer(prefix, 0, ClientCodec.PREFIX_LENGTH, body, 0, length);
        if (result > 0) {
            lastSentNs = nowNs;
            blocked = false;
            return true;
        }
        if (Publication.CLOSED == result || Publication.MAX_POSITION_EXCEEDED == result) {
            leave();
        } else if (!blocked) {
            blocked = true;
            blockedSinceNs = nowNs;
        }
        return false;
    }

    /** Without another word; what it holds is given back by {@link #release}, when nobody looks at it any more. */
    void leave() {
        state = State.GONE;
    }

    void release() {
        if (null != registering) {
            registering.whenComplete((registered, failure) -> {
                if (null != registered) {
                    registry.unregister(registered);
                }
            });
        }
        if (null != publication) {
            publication.close();
        } else if (!aeron.isClosed()) {
            aeron.asyncRemovePublication(registrationId);
        }
    }
}
