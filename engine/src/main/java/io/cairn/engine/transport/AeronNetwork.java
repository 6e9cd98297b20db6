package io.cairn.engine.transport;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.exceptions.TimeoutException;
import io.cairn.engine.config.DriverMode;
import io.cairn.engine.config.IdleKind;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.YieldingIdleStrategy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A member's way to the network: the media driver, where it is embedded, and a client whose conductor the Sequencer invokes.
 */
public final class AeronNetwork implements AutoCloseable {
    private static final int SOCKET_BUFFER_LENGTH = 2 << 20;
    private static final int CONTROL_TERM_LENGTH = 1 << 16;
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long DRIVER_SILENCE_MS = 2_500;
    private static final int SPINS = 5;
    private static final int YIELDS = 5;
    private static final long PARK_MIN_NS = 1_000;
    private static final long PARK_MAX_NS = 100_000;
    private static final long LONG_PARK_MAX_NS = 1_000_000;
    /**
     * For how long a driver inside this process and its client may not hear of each other. They live and die together, so all that a shorter bound
     * would find is a process that was stopped (a debugger, a suspended machine, SIGSTOP) and goes on: Aeron's 10 s would close the client for good
     * then.
     */
    private static final long EMBEDDED_TIMEOUT_NS = TimeUnit.HOURS.toNanos(1);

    private final DriverMode mode;
    private final Path directory;
    private final ErrorHandler errorHandler;
    private final MediaDriver driver;
    /** Written by the thread that runs the transport; the one that closes reads it. */
    private volatile Aeron aeron;
    /** Aeron says so before it closes the client: it is not to be asked for anything more. */
    private volatile boolean lost;
    private long lookedNs;

    private AeronNetwork(final DriverMode mode, final Path directory, final ErrorHandler errorHandler, final MediaDriver driver) {
        this.mode = mode;
        this.directory = directory;
        this.errorHandler = errorHandler;
        this.driver = driver;
        aeron = connect();
    }

    /**
     * Start or find the driver, and connect.
     *
     * @param mode         who runs it.
     * @param idle         what the threads of an embedded driver do when there is nothing to do.
     * @param directory    of the driver; made anew for an embedded one.
     * @param errorHandler told of what goes wrong in the driver and the client.
     * @return the network.
     */
    public static AeronNetwork open(final DriverMode mode, final IdleKind idle, final Path directory, final ErrorHandler errorHandler) {
        final MediaDriver driver = DriverMode.EXTERNAL == mode ? null : launchOrLeaveNothing(mode, idle, directory, errorHandler);
        try {
            return new AeronNetwork(mode, directory, errorHandler, driver);
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(driver);
            throw ex;
        }
    }

    private Aeron connect() {
        final Aeron.Context context = new Aeron.Context()
            .aeronDirectoryName(directory.toString())
            .useConductorAgentInvoker(true)
            .errorHandler(this::onError);
        if (DriverMode.EXTERNAL != mode) {
            context.driverTimeoutMs(TimeUnit.NANOSECONDS.toMillis(EMBEDDED_TIMEOUT_NS));
        }
        if (DriverMode.INVOKER == mode) {
            context.driverAgentInvoker(driver.sharedAgentInvoker());
        }
        return Aeron.connect(context);
    }

    /** The driver has gone, or took this client for gone: either way the client ends. */
    private void onError(final Throwable error) {
        if (error instanceof TimeoutException) {
            lost = true;
        }
        errorHandler.onError(error);
    }

    /**
     * The client of a driver that runs. A driver outside this process may end, and another be started in its directory: then there is another
     * client, and nothing of the one before is of use. The thread that runs the transport.
     *
     * @return the client; null while there is no driver.
     */
    public Aeron current() {
        if (DriverMode.EXTERNAL != mode || !lost && !aeron.isClosed()) {
            return aeron;
        }
        final long nowNs = SystemNanoClock.INSTANCE.nanoTime();
        if (nowNs - lookedNs < LOOK_NS) {
            return null;
        }
        lookedNs = nowNs;
        CloseHelper.quietClose(aeron);
        if (!isDriverThere()) {
            return null;
        }
        lost = false;
        try {
            aeron = connect();
            return aeron;
        } catch (final RuntimeException ex) {
            // It ended again, or is not ready yet.
            lost = true;
            errorHandler.onError(ex);
            return null;
        }
    }

    private boolean isDriverThere() {
        try {
            return CommonContext.isDriverActive(directory.toFile(), DRIVER_SILENCE_MS, said -> { });
        } catch (final RuntimeException ex) {
            // A file that is only just being made, or of a driver of another version.
            return false;
        }
    }

    /** A driver that cannot start leaves the directory that was made for it: it goes, as long as nothing is in it. */
    private static MediaDriver launchOrLeaveNothing(
        final DriverMode mode, final IdleKind idle, final Path directory, final ErrorHandler errorHandler) {
        try {
            return launch(mode, idle, directory, errorHandler);
        } catch (final RuntimeException ex) {
            try {
                Files.deleteIfExists(directory);
            } catch (final IOException suppressed) {
                ex.addSuppressed(suppressed);
            }
            throw ex;
        }
    }

    /**
     * Every duty cycle of a driver asks each of its sockets, which takes tens of microseconds of a core: where threads share cores, many empty
     * ones in a row take from the agents what they save in wake-ups.
     */
    private static IdleStrategy idleStrategy(final IdleKind kind) {
        return switch (kind) {
            case BUSY_SPIN -> BusySpinIdleStrategy.INSTANCE;
            case YIELD -> YieldingIdleStrategy.INSTANCE;
            case BACKOFF -> new BackoffIdleStrategy(SPINS, YIELDS, PARK_MIN_NS, PARK_MAX_NS);
            case PARK -> new BackoffIdleStrategy(0, 0, PARK_MAX_NS, LONG_PARK_MAX_NS);
        };
    }

    private static MediaDriver launch(final DriverMode mode, final IdleKind idle, final Path directory, final ErrorHandler errorHandler) {
        final MediaDriver.Context context = new MediaDriver.Context()
            .aeronDirectoryName(directory.toString())
            .threadingMode(switch (mode) {
                case INVOKER -> ThreadingMode.INVOKER;
                case SHARED -> ThreadingMode.SHARED;
                default -> ThreadingMode.DEDICATED;
            })
            .sharedIdleStrategy(idleStrategy(idle))
            .conductorIdleStrategy(idleStrategy(idle))
            .senderIdleStrategy(idleStrategy(idle))
            .receiverIdleStrategy(idleStrategy(idle))
            .asyncExecutorEnabled(false)
            .socketRcvbufLength(SOCKET_BUFFER_LENGTH)
            .socketSndbufLength(SOCKET_BUFFER_LENGTH)
            .initialWindowLength(SOCKET_BUFFER_LENGTH)
            .clientLivenessTimeoutNs(EMBEDDED_TIMEOUT_NS)
            .publicationUnblockTimeoutNs(2 * EMBEDDED_TIMEOUT_NS)
            .errorHandler(errorHandler)
            .warnIfDirectoryExists(false)
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true);
        return MediaDriver.launch(context);
    }

    /**
     * The transport of one member over this network. It belongs to no cluster until it is told to which.
     *
     * @param selfId        the member.
     * @param ipc           true where all members are inside this driver.
     * @param logTermLength bytes of a term buffer of the log stream.
     * @param mtuLength     bytes of a datagram.
     * @param selfEndpoint  HOST:PORT of the member; null where all is shared memory.
     * @return the transport; owned by the Sequencer's thread, closed before this network.
     */
    public AeronTransport newTransport(
        final int selfId, final boolean ipc, final int logTermLength, final int mtuLength, final String selfEndpoint) {
        final TransportChannels channels = new TransportChannels(ipc, CONTROL_TERM_LENGTH, logTermLength, mtuLength);
        channels.endpoint(selfId, selfEndpoint);
        final AgentInvoker driverInvoker = null == driver ? null : driver.sharedAgentInvoker();
        return new AeronTransport(this::current, driverInvoker, new MessageCodec(0), selfId, channels);
    }

    /** @return the client, whose conductor is run by the transport; the one that was last connected. */
    public Aeron aeron() {
        return aeron;
    }

    /**
     * Run what has no thread of its own: the client's conductor, and the driver in invoker mode.
     *
     * @return amount of work done.
     */
    public int invoke() {
        final AgentInvoker driverInvoker = null == driver ? null : driver.sharedAgentInvoker();
        return aeron.conductorAgentInvoker().invoke() + (null == driverInvoker ? 0 : driverInvoker.invoke());
    }

    @Override
    public void close() {
        CloseHelper.closeAll(aeron, driver);
    }
}
