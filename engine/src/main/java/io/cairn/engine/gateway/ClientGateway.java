package io.cairn.engine.gateway;

import io.aeron.Aeron;
import io.aeron.ControlledFragmentAssembler;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.aeron.logbuffer.Header;
import io.cairn.engine.client.Authenticator;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.pipeline.ClientRegistry;
import io.cairn.engine.pipeline.IngressDescriptor;
import io.cairn.engine.pipeline.PipelineCounts;
import io.cairn.engine.pipeline.RequestSource;
import io.cairn.wal.layout.Crc32c;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Where clients of other processes come in: a bounded table of connections, each with a place in the engine's register of clients. Requests go
 * straight from the network's buffer to the Sequencer, replies from the client's ring to the network. Owner: the Sequencer's thread.
 *
 * <p>Nobody waits for anybody: each client is polled for a few datagrams a cycle, a request that cannot be taken now holds up its own client, and a
 * client that does not read loses its connection. The client's name in a request is the connection it came by, never what it says.
 */
public final class ClientGateway implements RequestSource {
    private static final int FRAGMENTS_LIMIT = 16;
    private static final int STRANGERS_MAX = 16;
    private static final int ASSEMBLED_LENGTH_MIN = 1 << 13;
    private static final long STOPPING_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int PORT_MAX = 65_535;

    private final Supplier<Aeron> source;
    private final GatewaySettings settings;
    private final ClientRegistry registry;
    private final PipelineCounts counts;
    private final ClientCodec codec = new ClientCodec();
    private final ClientMessage message = new ClientMessage();
    private final Int2ObjectHashMap<RemoteClient> bySession = new Int2ObjectHashMap<>();
    private final List<RemoteClient> clients = new ArrayList<>();
    private final Queue<AdminExchange> answered = new ConcurrentLinkedQueue<>();
    private final ControlledFragmentHandler handler;
    private final ControlledFragmentAssembler assembler;
    private Aeron aeron;
    private Subscription subscription;
    private Sink sink;
    private Image polled;
    private int firstImage;
    private long nowNs;
    private long droppedCount;
    private long refusedCount;
    private volatile boolean stopping;
    private volatile boolean stopped;
    private long stoppingSinceNs;

    /**
     * @param source   of the client whose conductor this thread runs elsewhere: another one, after null for a while, where the driver was started
     *                 anew. Not null at first.
     * @param settings of the member.
     * @param registry where clients get their reply rings.
     * @param counts   what is counted.
     */
    public ClientGateway(
        final Supplier<Aeron> source, final GatewaySettings settings, final ClientRegistry registry, final PipelineCounts counts) {
        this.source = source;
        aeron = source.get();
        this.settings = settings;
        this.registry = registry;
        this.counts = counts;
        subscription = aeron.addSubscription(settings.channel(), settings.streamId());
        handler = this::onMessage;
        assembler = new ControlledFragmentAssembler(handler, ASSEMBLED_LENGTH_MIN, true);
    }

    @Override
    public int doWork(final Sink to) {
        final int images = isOnline() ? subscription.imageCount() : 0;
        if (0 == images && clients.isEmpty() && !stopping) {
            return 0;
        }
        sink = to;
        nowNs = settings.clock().nanoTime();
        int work = 0;
        firstImage = images > 0 && firstImage < images - 1 ? firstImage + 1 : 0;
        for (int i = 0; i < images; i++) {
            final int at = firstImage + i;
            work += poll(subscription.imageAtIndex(at < images ? at : at - images));
        }
        work += takeAnswers();
        for (int i = clients.size() - 1; i >= 0; i--) {
            final RemoteClient client = clients.get(i);
            work += client.doWork(to, stopping, nowNs);
            if (RemoteClient.State.GONE == client.state()) {
                forget(i);
            }
        }
        if (stopping && !stopped) {
            stoppingSinceNs = 0 == stoppingSinceNs ? nowNs : stoppingSinceNs;
            stopped = clients.isEmpty() || nowNs - stoppingSinceNs > STOPPING_NS;
        }
        return work;
    }

    /** Without the driver through which they came, clients are gone; they connect again. @return false while there is no driver. */
    private boolean isOnline() {
        final Aeron now = source.get();
        if (now != aeron) {
            dismissAll();
            assembler.clear();
            aeron = now;
            subscription = null == now ? null : now.addSubscription(settings.channel(), settings.streamId());
        }
        return null != now;
    }

    private void dismissAll() {
        for (final RemoteClient client : clients) {
            client.leave();
            client.release();
        }
        clients.clear();
        bySession.clear();
        counts.remoteClients.set(0);
    }

    @Override
    public int answer() {
        int work = 0;
        for (int i = clients.size() - 1; i >= 0; i--) {
            work += clients.get(i).answer(nowNs);
        }
        return work;
    }

    private int poll(final Image image) {
        polled = image;
        final RemoteClient client = bySession.get(image.sessionId());
        // A stranger says nothing that is longer than a datagram, and gets no memory to put it together in.
        final boolean mayBeLong = null != client && client.isAuthenticated();
        final int fragments = image.controlledPoll(mayBeLong ? assembler : handler, FRAGMENTS_LIMIT);
        if (fragments > 0 && null != client) {
            client.onHeard(nowNs);
        }
        return fragments;
    }

    private void forget(final int at) {
        final RemoteClient client = clients.get(at);
        client.release();
        clients.remove(at);
        counts.remoteClients.set(clients.size());
        if (bySession.get(client.image().sessionId()) == client) {
            bySession.remove(client.image().sessionId());
            assembler.freeSessionBuffer(client.image().sessionId());
        }
    }

    private Action onMessage(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        if (!codec.decode(buffer, offset, length, message)) {
            counts.clientMessagesDropped.set(codec.malformedCount() + droppedCount);
            return Action.CONTINUE;
        }
        if (ClientMessage.CONNECT == message.type) {
            onConnect();
            return Action.CONTINUE;
        }
        final RemoteClient client = bySession.get(polled.sessionId());
        if (null == client || client.connectionId() != message.connectionId) {
            onDropped();
            return Action.CONTINUE;
        }
        // One that connected before there was a cluster says that there is none.
        if (0 != message.clusterId && settings.clusterId() != message.clusterId) {
            onDropped();
            return Action.CONTINUE;
        }
        switch (message.type) {
            case ClientMessage.REQUESTS -> {
                return onRequests(client, header.position());
            }
            case ClientMessage.ANSWER -> {
                if (!client.proves(message, nowNs)) {
                    onRefused();
                }
            }
            case ClientMessage.ADMIN -> onAdmin(client);
            case ClientMessage.CLOSED -> client.leave();
            default -> client.onHeard(nowNs);
        }
        return Action.CONTINUE;
    }

    private void onConnect() {
        final RemoteClient known = bySession.get(polled.sessionId());
        if (null != known && known.connectionId() == message.connectionId) {
            return;
        }
        if (null != known || message.body.capacity() > Authenticator.MESSAGE_BYTES_MAX || !isResponsePossible() ||
            strangers() >= STRANGERS_MAX || clients.size() >= settings.connectionsMax() + STRANGERS_MAX) {
            onRefused();
            return;
        }
        final RemoteClient client = new RemoteClient(aeron, settings, registry, codec, polled, message, nowNs);
        bySession.put(polled.sessionId(), client);
        clients.add(client);
        counts.remoteClients.set(clients.size());
        if (0 != message.clusterId && settings.clusterId() != message.clusterId) {
            onRefused();
            client.close(CloseReason.WRONG_CLUSTER,
                "this is cluster " + Long.toHexString(settings.clusterId()) + ", not " + Long.toHexString(message.clusterId), nowNs);
        } else if (stopping) {
            client.close(CloseReason.STOPPING, "member " + settings.memberId() + " stops", nowNs);
        } else if (clients.size() > settings.connectionsMax()) {
            onRefused();
            client.close(CloseReason.FULL,
                "member " + settings.memberId() + " serves " + settings.connectionsMax() + " clients already: close one, or raise clients.max",
                nowNs);
        }
    }

    private boolean isResponsePossible() {
        return settings.isSharedMemory() || message.responsePort > 0 && message.responsePort <= PORT_MAX;
    }

    private int strangers() {
        int count = 0;
        for (int i = 0; i < clients.size(); i++) {
            count += clients.get(i).isAuthenticated() ? 0 : 1;
        }
        return count;
    }

    private Action onRequests(final RemoteClient client, final long position) {
        if (!client.isServed()) {
            onDropped();
            return Action.CONTINUE;
        }
        final DirectBuffer body = message.body;
        int at = client.resumeAt(position);
        while (at < body.capacity() && client.isServed()) {
            if (!RequestEntry.isWhole(body, at)) {
                violated(client, "a request is longer than its message");
                break;
            }
            if (!take(client, body, at)) {
                client.resumeFrom(position, at);
                return Action.ABORT;
            }
            at += RequestEntry.alignedLength(RequestEntry.length(body, at));
        }
        return Action.CONTINUE;
    }

    private void violated(final RemoteClient client, final String what) {
        onRefused();
        client.close(CloseReason.VIOLATION, what, nowNs);
    }

    /** @return false when it must be offered again. */
    private boolean take(final RemoteClient client, final DirectBuffer body, final int at) {
        final int type = RequestEntry.type(body, at);
        final int flags = RequestEntry.flags(body, at);
        final int length = RequestEntry.length(body, at);
        final int crc = RequestEntry.payloadCrc(body, at);
        final int payload = at + RequestEntry.HEADER_LENGTH;
        if (type < IngressDescriptor.COMMAND || type > IngressDescriptor.KEEP_ALIVE_SESSION ||
            0 != flags && (IngressDescriptor.FLAG_SESSION != flags || IngressDescriptor.COMMAND != type)) {
            violated(client, "a request is of no known kind");
            return true;
        }
        if (client.isReader() && IngressDescriptor.QUERY != type) {
            violated(client, "a connection that was opened for reads sent something else");
            return true;
        }
        if (client.inFlight() >= settings.inFlightMax()) {
            violated(client, "more than " + settings.inFlightMax() + " requests were in flight");
            return true;
        }
        if (Crc32c.compute(body, payload, length) != crc) {
            violated(client, "a request does not match its checksum");
            return true;
        }
        final long correlationId = RequestEntry.correlationId(body, at);
        final int refusal = refusalOf(client, length);
        if (0 != refusal) {
            client.onTaken();
            sink.refuse(client.clientId(), correlationId, refusal);
            return true;
        }
        final int takenFlags = client.isLocal() ? IngressDescriptor.FLAG_LOCAL : flags;
        if (IngressDescriptor.QUERY == type && !client.isReader() && !sink.servesReads() ||
            !sink.take(type, client.clientId(), correlationId, takenFlags, crc, body, payload, length)) {
            return false;
        }
        client.onTaken();
        return true;
    }

    private int refusalOf(final RemoteClient client, final int length) {
        if (client.isRedirecting() || !client.isReader() && !sink.acceptsCommands()) {
            client.redirect(nowNs);
            return ReplyStatus.NOT_LEADER;
        }
        if (stopping) {
            return ReplyStatus.CLOSED;
        }
        return length > settings.requestBytesMax() ? ReplyStatus.TOO_LARGE : 0;
    }

    private void onAdmin(final RemoteClient client) {
        final AdminHandler handler = ClientMessage.TO_ENGINE == message.context ? settings.engineHandler() : settings.adminHandler();
        if (!client.isAdministrative() || null == handler) {
            onDropped();
            client.close(CloseReason.VIOLATION, "this member answers no administrative requests", nowNs);
            return;
        }
        final AdminExchange exchange = message.body.capacity() > AdminHandler.REQUEST_BYTES_MAX ? null : client.newExchange(message.context);
        if (null == exchange) {
            violated(client, "an administrative request is too long, or one too many");
            return;
        }
        handler.onRequest(message.body, 0, message.body.capacity(), payload -> {
            exchange.answer(payload);
            answered.add(exchange);
        });
    }

    private int takeAnswers() {
        int work = 0;
        for (AdminExchange exchange = answered.poll(); null != exchange; exchange = answered.poll()) {
            if (exchange.client().isAdministrative()) {
                exchange.client().onAdminAnswered(exchange);
            }
            work++;
        }
        return work;
    }

    @Override
    public void stop() {
        stopping = true;
    }

    @Override
    public boolean isStopped() {
        return stopped;
    }

    private void onDropped() {
        droppedCount++;
        counts.clientMessagesDropped.set(codec.malformedCount() + droppedCount);
    }

    private void onRefused() {
        refusedCount++;
        counts.clientConnectionsRefused.set(refusedCount);
    }

    @Override
    public void close() {
        dismissAll();
        CloseHelper.close(subscription);
    }
}
