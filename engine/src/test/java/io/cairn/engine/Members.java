package io.cairn.engine;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.cairn.engine.status.CounterSample;
import io.cairn.engine.status.CountersView;
import io.cairn.engine.status.EngineCounter;
import org.agrona.CloseHelper;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Members of a cluster in this process, for tests: launched, stopped, and launched again.
 */
public final class Members implements AutoCloseable {
    private static final long PATIENCE_NS = 90_000_000_000L;
    private static final int PORT_FIRST = 20_000;
    private static final int PORTS = 12_000;

    private Path dir;
    private boolean ipc;
    private int basePort;
    private MediaDriver driver;
    private StorageEngine[] engines = {};
    private Consumer<ClusterContext> clusterSettings = cluster -> { };
    private Consumer<EngineContext> engineSettings = engine -> { };

    /** None yet. */
    public Members() {
    }

    public Members cluster(final Consumer<ClusterContext> settings) {
        clusterSettings = settings;
        return this;
    }

    public Members engine(final Consumer<EngineContext> settings) {
        engineSettings = settings;
        return this;
    }

    public void launch(final Path directory, final boolean overSharedMemory, final int count) {
        dir = directory;
        ipc = overSharedMemory;
        basePort = freePorts(10 * count);
        if (ipc) {
            startDriver();
        }
        engines = new StorageEngine[count];
        for (int id = 0; id < count; id++) {
            launch(id);
        }
    }

    /** The one outside the members, over which they and their clients reach each other in shared memory. */
    public void startDriver() {
        driver = MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName(dir.resolve("aeron").toString())
            .threadingMode(ThreadingMode.SHARED)
            .asyncExecutorEnabled(false)
            .clientLivenessTimeoutNs(60_000_000_000L)
            .publicationUnblockTimeoutNs(120_000_000_000L)
            .dirDeleteOnShutdown(true));
    }

    public void stopDriver() {
        CloseHelper.close(driver);
        driver = null;
    }

    /** A row of ports that nobody listens on now; another process begins its search elsewhere. */
    public static int freePorts(final int count) {
        final int rows = PORTS / count;
        final int start = (int)(ProcessHandle.current().pid() * 31 % rows);
        for (int i = 0; i < rows; i++) {
            final int port = PORT_FIRST + (start + i) % rows * count;
            if (areFree(port, count)) {
                return port;
            }
        }
        throw new IllegalStateException("no free ports");
    }

    private static boolean areFree(final int port, final int count) {
        for (int i = 0; i < count; i++) {
            try (DatagramSocket socket = new DatagramSocket(null)) {
                socket.bind(new InetSocketAddress("127.0.0.1", port + i));
            } catch (final IOException ex) {
                return false;
            }
        }
        return true;
    }

    public void launch(final int id) {
        final ClusterContext cluster = new ClusterContext().memberId(id);
        for (int member = 0; member < engines.length; member++) {
            cluster.member(member, endpoint(member));
        }
        if (ipc) {
            cluster.sharedMemory(dir.resolve("aeron"));
        }
        clusterSettings.accept(cluster);
        final EngineContext context = new EngineContext()
            .dataDirectory(dir.resolve("member-" + id))
            .profile("small")
            .failureHandler(Throwable::printStackTrace)
            .set("durability", "os")
            .cluster(cluster);
        engineSettings.accept(context);
        engines[id] = StorageEngine.launch(context);
    }

    public String endpoint(final int member) {
        return "127.0.0.1:" + (basePort + 10 * member);
    }

    /** How a client names a member. */
    public String target(final int member) {
        return ipc ? Integer.toString(member) : endpoint(member);
    }

    public CairnClientContext context() {
        final CairnClientContext context = new CairnClientContext().bufferLength(1 << 20);
        if (ipc) {
            final int[] ids = new int[engines.length];
            for (int id = 0; id < ids.length; id++) {
                ids[id] = id;
            }
            return context.sharedMemory(dir.resolve("aeron"), ids);
        }
        final StringBuilder endpoints = new StringBuilder();
        for (int id = 0; id < engines.length; id++) {
            endpoints.append(0 == id ? "" : ",").append(endpoint(id));
        }
        return context.cluster(endpoints.toString());
    }

    public StorageEngine engine(final int id) {
        return engines[id];
    }

    public int count() {
        return engines.length;
    }

    /** Clients that a member serves, as its counters say. */
    public long remoteClients(final int id) {
        try (CountersView view = CountersView.open(dir.resolve("member-" + id).resolve("counters.dat"))) {
            return view.samples().stream()
                .filter(sample -> EngineCounter.REMOTE_CLIENTS == sample.counter())
                .mapToLong(CounterSample::value)
                .sum();
        }
    }

    public int leader() {
        final int[] found = {-1};
        await(() -> {
            for (int id = 0; id < engines.length; id++) {
                if (null != engines[id] && engines[id].isLeader()) {
                    found[0] = id;
                }
            }
            return found[0] >= 0;
        });
        return found[0];
    }

    public static void await(final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, "waited for too long");
            LockSupport.parkNanos(100_000);
        }
    }

    public void stop(final int id) {
        if (null != engines[id]) {
            engines[id].close();
            engines[id] = null;
        }
    }

    public void restart(final int id) {
        stop(id);
        launch(id);
    }

    @Override
    public void close() {
        for (int id = 0; id < engines.length; id++) {
            stop(id);
        }
        CloseHelper.close(driver);
    }
}
