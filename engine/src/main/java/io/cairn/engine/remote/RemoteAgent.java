package io.cairn.engine.remote;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.config.DriverMode;
import io.cairn.engine.config.IdleKind;
import io.cairn.engine.embedded.ClientLink;
import io.cairn.engine.gateway.ClientCodec;
import io.cairn.engine.gateway.CloseReason;
import io.cairn.engine.transport.AeronNetwork;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * Everything of a client that touches the network, on one thread: the media driver where it is embedded, the Aeron client's conductor, and the links.
 * Others hand it work through a queue. Owner of links and calls: the thread that calls {@link #doWork()}.
 */
public final class RemoteAgent implements Agent {
    private final RemoteSettings settings;
    private final Supplier<Path> driverDirectory;
    private final DriverMode driverMode;
    private final ErrorHandler errorHandler;
    private final NanoClock clock;
    private final ClientCodec codec = new ClientCodec();
    private final ClusterView view;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final List<RemoteLink> links = new ArrayList<>();
    private final List<AdminCall> calls = new ArrayList<>();
    private AeronNetwork network;
    private volatile String refusal;
    private volatile boolean closed;

    /**
     * @param settings        of the client.
     * @param driverMode      who runs the driver.
     * @param driverDirectory of the driver; asked for again whenever an embedded one must be made anew.
     * @param errorHandler    told of what goes wrong in the driver and in Aeron's client.
     * @param clock           monotonic.
     */
    public RemoteAgent(
        final RemoteSettings settings,
        final DriverMode driverMode,
        final Supplier<Path> driverDirectory,
        final ErrorHandler errorHandler,
        final NanoClock clock) {
        this.settings = settings;
        this.driverMode = driverMode;
        this.driverDirectory = driverDirectory;
        this.errorHandler = errorHandler;
        this.clock = clock;
        view = new ClusterView(settings);
        network = AeronNetwork.open(driverMode, IdleKind.BACKOFF, driverDirectory.get(), errorHandler);
    }

    @Override
    public int doWork() {
        if (closed) {
            return 0;
        }
        int work = network.invoke();
        if (network.aeron().isClosed()) {
            renewNetwork();
        }
        for (Runnable command = commands.poll(); null != command; command = commands.poll()) {
            command.run();
            work++;
        }
        final long nowNs = clock.nanoTime();
        for (int i = 0; i < links.size(); i++) {
            work += links.get(i).doWork(nowNs);
        }
        for (int i = calls.size() - 1; i >= 0; i--) {
            work += calls.get(i).doWork(nowNs);
            if (calls.get(i).isDone()) {
                calls.remove(i).close();
            }
        }
        return work;
    }

    /** This process stood still for so long that the driver gave it up, or the driver has gone: everything begins anew. */
    private void renewNetwork() {
        for (final RemoteLink link : links) {
            link.onNetworkLost();
        }
        while (!calls.isEmpty()) {
            calls.remove(0).close();
        }
        CloseHelper.quietClose(network);
        network = AeronNetwork.open(driverMode, IdleKind.BACKOFF, driverDirectory.get(), errorHandler);
    }

    MemberConnection connect(final String target, final int flags, final MemberConnection.Listener listener, final long nowNs) {
        return new MemberConnection(network.aeron(), settings, codec, view, target, flags, listener, nowNs);
    }

    /** What no repetition will change is kept, to be told. */
    void onRefused(final MemberConnection connection) {
        if (CloseReason.isFinal(connection.closeReason())) {
            refusal = connection.explanation();
        }
    }

    /** @return why a member will never let this client in, or null. Any thread. */
    public String refusal() {
        return refusal;
    }

    /** @return everywhere that a member may be, as far as is known. Any thread. */
    public List<String> targets() {
        return view.targets();
    }

    /** @return true once nothing is answered any more. Any thread. */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Any thread: a new link for a client.
     *
     * @param driver    what the client runs before it reads replies: this agent in invoker mode, or nothing.
     * @return what ties the client to it.
     */
    public ClientLink newLink(final Runnable driver) {
        final RemoteLink link = new RemoteLink(this, settings, view);
        commands.add(() -> links.add(link));
        return new ClientLink(
            link.ingress(),
            link.channel(),
            settings.inFlightMax(),
            () -> !closed,
            this::isClosed,
            RemoteAgent::nothing,
            driver,
            () -> commands.add(() -> {
                links.remove(link);
                link.close();
            }));
    }

    private static void nothing() {
    }

    /**
     * Any thread: ask one member.
     *
     * @param target    where it is.
     * @param context   for whom the question is: a constant of {@code ClientMessage}.
     * @param request   bytes; null to ask for nothing but to be let in.
     * @param timeoutNs how long to try.
     * @return completes with the answer, or with an {@link EngineException} that says why there is none.
     */
    public CompletableFuture<byte[]> ask(final String target, final long context, final byte[] request, final long timeoutNs) {
        final AdminCall call = new AdminCall(this, target, context, request, clock.nanoTime() + timeoutNs);
        if (closed) {
            call.close();
        } else {
            commands.add(() -> calls.add(call));
        }
        return call.answer();
    }

    @Override
    public void onClose() {
        closed = true;
        for (Runnable command = commands.poll(); null != command; command = commands.poll()) {
            command.run();
        }
        for (final RemoteLink link : links) {
            link.close();
        }
        for (final AdminCall call : calls) {
            call.close();
        }
        network.invoke();
        network.close();
    }

    @Override
    public String roleName() {
        return "cairn-client";
    }
}
