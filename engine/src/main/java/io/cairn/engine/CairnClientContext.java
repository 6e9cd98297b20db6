package io.cairn.engine;

import io.cairn.engine.client.Authenticator;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.ReadFrom;
import io.cairn.engine.client.SharedSecret;
import io.cairn.engine.config.DriverMode;
import io.cairn.engine.remote.RemoteSettings;
import io.cairn.engine.transport.TransportChannels;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * How a client reaches its cluster. Say at least where: {@link #cluster}, or {@link #sharedMemory}. Then hand it to {@link CairnClient#connect}.
 *
 * <p>Owner: the thread that connects.
 */
public final class CairnClientContext {
    private static final int PORT_MAX = 65_525;
    private static final int BUFFER_LENGTH_MIN = 1 << 14;
    private static final int TERM_LENGTH_MIN = 1 << 16;
    private static final int SMALL_REPLY_BYTES = 128;
    private static final int IN_FLIGHT_MAX = 1_024;
    private static final int MTU_DEFAULT = 1_408;

    private final List<String> targets = new ArrayList<>();
    private boolean isSharedMemory;
    private Path aeronDirectory;
    private long clusterId;
    private Authenticator authenticator;
    private long timeoutNs = TimeUnit.SECONDS.toNanos(30);
    private long livenessNs = TimeUnit.SECONDS.toNanos(2);
    private long sessionTimeoutNs = TimeUnit.HOURS.toNanos(1);
    private int inFlightMax = IN_FLIGHT_MAX;
    private int bufferLength = 1 << 24;
    private int mtuLength = MTU_DEFAULT;
    private ReadFrom readFrom = ReadFrom.LEADER;
    private boolean isInvoker;
    private IdleStrategy idleStrategy;

    /** The defaults: a thread of its own, an embedded media driver on it, 30 seconds for a request. */
    public CairnClientContext() {
    }

    /**
     * Where members listen. Some of them suffice: the others are learned from those.
     *
     * @param endpoints HOST:PORT of each, separated by commas.
     * @return this.
     */
    public CairnClientContext cluster(final String endpoints) {
        for (final String endpoint : endpoints.split(",", -1)) {
            final String trimmed = endpoint.strip();
            final int colon = trimmed.lastIndexOf(':');
            final int port = colon <= 0 ? -1 : port(trimmed.substring(colon + 1));
            if (port < 1 || port > PORT_MAX) {
                throw new EngineException("'" + trimmed + "' is no member: write HOST:PORT, separated by commas, as the members were started with");
            }
            targets.add(trimmed);
        }
        return this;
    }

    private static int port(final String text) {
        try {
            return Integer.parseInt(text);
        } catch (final NumberFormatException ex) {
            return -1;
        }
    }

    /**
     * Members are inside a media driver on this machine, and so is the client.
     *
     * @param directory of the driver, which runs already.
     * @param memberIds of some members.
     * @return this.
     */
    public CairnClientContext sharedMemory(final Path directory, final int... memberIds) {
        isSharedMemory = true;
        aeronDirectory = directory;
        Arrays.stream(memberIds).mapToObj(Integer::toString).forEach(targets::add);
        return this;
    }

    /**
     * A media driver that runs already, instead of an embedded one.
     *
     * @param directory of the driver.
     * @return this.
     */
    public CairnClientContext aeronDirectory(final Path directory) {
        aeronDirectory = directory;
        return this;
    }

    /**
     * The cluster that is meant; another is refused.
     *
     * @param id of it; 0 for any.
     * @return this.
     */
    public CairnClientContext clusterId(final long id) {
        clusterId = id;
        return this;
    }

    /**
     * What proves that this client belongs to the cluster, and the cluster to this client.
     *
     * @param value for instance {@link SharedSecret}.
     * @return this.
     */
    public CairnClientContext authenticator(final Authenticator value) {
        authenticator = value;
        return this;
    }

    /**
     * How long a request is tried: to find a leader, over lost connections and elections. After that its outcome is unknown, or, where it was never
     * taken, it is refused.
     *
     * @param value at least a millisecond.
     * @return this.
     */
    public CairnClientContext timeout(final Duration value) {
        timeoutNs = positive(value, "timeout");
        return this;
    }

    /**
     * Silence after which a member counts as gone. Members speak five times a second.
     *
     * @param value at least a second, at best.
     * @return this.
     */
    public CairnClientContext livenessTimeout(final Duration value) {
        livenessNs = positive(value, "liveness timeout");
        return this;
    }

    /**
     * Log time after which a session expires whose client is gone; one that lives keeps its session.
     *
     * @param value for the sessions of this client.
     * @return this.
     */
    public CairnClientContext sessionTimeout(final Duration value) {
        sessionTimeoutNs = positive(value, "session timeout");
        return this;
    }

    private static long positive(final Duration value, final String name) {
        if (value.toMillis() < 1) {
            throw new EngineException("the " + name + " must be at least a millisecond: " + value);
        }
        return value.toNanos();
    }

    /**
     * Requests that each client made from this one may leave unanswered. The member's own limit holds as well.
     *
     * @param value at least 1.
     * @return this.
     */
    public CairnClientContext inFlightMax(final int value) {
        inFlightMax = value;
        return this;
    }

    /**
     * Bytes of the rings of each client made from this one. An eighth of it is the longest command.
     *
     * @param value a power of two.
     * @return this.
     */
    public CairnClientContext bufferLength(final int value) {
        bufferLength = value;
        return this;
    }

    /**
     * Bytes of a datagram; over shared memory it is not looked at.
     *
     * @param value a multiple of 32.
     * @return this.
     */
    public CairnClientContext mtu(final int value) {
        mtuLength = value;
        return this;
    }

    /**
     * Who answers queries. With anything but the leader this client only reads, from the first of the members that lets it in, in the order in which
     * they were named; should that one be lost, from the next.
     *
     * @param value by default the leader.
     * @return this.
     */
    public CairnClientContext readFrom(final ReadFrom value) {
        readFrom = value;
        return this;
    }

    /**
     * No thread: whoever polls, or calls {@link CairnClient#doWork}, does the work. One thread for everything then.
     *
     * @param value true for that.
     * @return this.
     */
    public CairnClientContext invoker(final boolean value) {
        isInvoker = value;
        return this;
    }

    /**
     * What the client's thread does when there is nothing to do; by default it backs off to fifty microseconds.
     *
     * @param value of this client alone.
     * @return this.
     */
    public CairnClientContext idleStrategy(final IdleStrategy value) {
        idleStrategy = value;
        return this;
    }

    RemoteSettings conclude() {
        if (targets.isEmpty()) {
            throw new EngineException("no member is named: call CairnClientContext.cluster(\"HOST:PORT,…\")");
        }
        if (Integer.bitCount(bufferLength) != 1 || bufferLength < BUFFER_LENGTH_MIN) {
            throw new EngineException("the buffer must be a power of two of at least " + BUFFER_LENGTH_MIN + " bytes: " + bufferLength);
        }
        if (inFlightMax < 1 || (long)inFlightMax * SMALL_REPLY_BYTES > bufferLength / 2) {
            throw new EngineException(inFlightMax + " requests in flight need a buffer of at least " + 2L * inFlightMax * SMALL_REPLY_BYTES +
                " bytes, it has " + bufferLength);
        }
        return new RemoteSettings(
            List.copyOf(targets),
            isSharedMemory,
            clusterId,
            authenticator,
            timeoutNs,
            livenessNs,
            inFlightMax,
            bufferLength,
            Math.max(TERM_LENGTH_MIN, bufferLength),
            isSharedMemory ? TransportChannels.SHARED_MEMORY_MTU : mtuLength,
            readFrom);
    }

    DriverMode driverMode() {
        return null == aeronDirectory ? DriverMode.INVOKER : DriverMode.EXTERNAL;
    }

    /** An embedded driver gets a directory of its own each time. */
    Supplier<Path> driverDirectory() {
        final Path given = aeronDirectory;
        return null != given ? () -> given : CairnClientContext::newDirectory;
    }

    private static Path newDirectory() {
        final Path memory = Path.of("/dev/shm");
        try {
            return Files.isWritable(memory) ? Files.createTempDirectory(memory, "cairn-client-") : Files.createTempDirectory("cairn-client-");
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    boolean isInvoker() {
        return isInvoker;
    }

    long sessionTimeoutNs() {
        return sessionTimeoutNs;
    }

    long timeoutNs() {
        return timeoutNs;
    }

    IdleStrategy idleStrategy() {
        return null != idleStrategy ? idleStrategy : new BackoffIdleStrategy(200, 100, 1_000, 50_000);
    }
}
