package io.cairn.bench.cluster;

import io.cairn.bench.embedded.EngineSettings;
import io.cairn.engine.CairnClient;
import io.cairn.engine.CairnClientContext;
import io.cairn.engine.ClusterContext;
import io.cairn.engine.EngineContext;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.config.ConfigKeys;
import org.agrona.CloseHelper;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Members inside this process, all in invoker mode and all inside one invoked media driver: on one thread with the generator, so that not even two
 * cores are needed, or on a second one. Members reach each other, and the client reaches them, over shared memory or over UDP on the loopback.
 *
 * <p>Owned by the generator's thread. A background thread drives members while they are launched and while nothing is measured.
 */
public final class InvokedCluster implements ClusterRig {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long REST_NS = 300_000;
    private static final int PORTS = 10;
    /** A turn of the driver takes one datagram from each socket, and the leader's gets one from each follower: what comes late must not pile up. */
    private static final int DRIVER_TURNS = 2;
    private static final int CLIENT_BUFFER_LENGTH = 1 << 24;

    private final boolean isSharedMemory;
    private final boolean isSecondThread;
    private final int basePort;
    private final int memberCount;
    private final InvokedDriver driver;
    private final List<StorageEngine> engines = new ArrayList<>();
    private StorageEngine[] driven = {};
    private CairnClient client;
    private Thread background;
    private int nextFollower;
    private volatile boolean isStopping;
    private volatile boolean isResting;
    private volatile RuntimeException failure;

    private InvokedCluster(final int memberCount, final boolean isSharedMemory, final boolean isSecondThread) {
        this.memberCount = memberCount;
        this.isSharedMemory = isSharedMemory;
        this.isSecondThread = isSecondThread;
        basePort = isSharedMemory ? 0 : LoopbackPorts.free(PORTS * memberCount);
        driver = new InvokedDriver();
    }

    /**
     * Launches members, waits for a leader, connects.
     *
     * @param directory      gets a directory for each member.
     * @param settings       of every member; the threading mode is invoker whatever they say.
     * @param members        their number.
     * @param isSharedMemory over Aeron IPC instead of UDP.
     * @param isSecondThread members run on a thread of their own, together.
     * @param inFlightMax    of the client.
     * @param mtuLength      of the client's datagrams.
     * @return resting.
     */
    public static InvokedCluster launch(
        final Path directory,
        final EngineSettings settings,
        final int members,
        final boolean isSharedMemory,
        final boolean isSecondThread,
        final int inFlightMax,
        final int mtuLength) {
        final InvokedCluster cluster = new InvokedCluster(members, isSharedMemory, isSecondThread);
        try {
            for (int id = 0; id < members; id++) {
                cluster.rest();
                final StorageEngine engine = StorageEngine.launch(cluster.context(directory, settings, id));
                cluster.stopBackground();
                cluster.engines.add(engine);
                cluster.driven = cluster.engines.toArray(new StorageEngine[0]);
            }
            cluster.rest();
            cluster.await(() -> cluster.engines.stream().anyMatch(StorageEngine::isLeader));
            cluster.client = CairnClient.connect(cluster.clientContext(inFlightMax, mtuLength));
            return cluster;
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(cluster);
            throw ex;
        }
    }

    private EngineContext context(final Path directory, final EngineSettings settings, final int id) {
        final ClusterContext cluster = new ClusterContext().memberId(id);
        for (int member = 0; member < memberCount; member++) {
            cluster.member(member, endpoint(member));
        }
        if (isSharedMemory) {
            cluster.sharedMemory(driver.directory());
        } else {
            cluster.aeronDirectory(driver.directory());
        }
        final EngineContext context = new EngineContext().dataDirectory(directory.resolve("member-" + id)).cluster(cluster);
        if (null != settings.profile()) {
            context.profile(settings.profile());
        }
        if (null != settings.durability()) {
            context.set(ConfigKeys.DURABILITY, settings.durability().name().toLowerCase(Locale.ROOT));
        }
        settings.overrides().forEach(context::set);
        return context.set(ConfigKeys.THREADING_MODE, "invoker").set(ConfigKeys.CLUSTER_DRIVER, "external");
    }

    private String endpoint(final int member) {
        return "127.0.0.1:" + (basePort + 1 + PORTS * member);
    }

    private CairnClientContext clientContext(final int inFlightMax, final int mtuLength) {
        final CairnClientContext context = new CairnClientContext().invoker(true).inFlightMax(inFlightMax).bufferLength(CLIENT_BUFFER_LENGTH);
        final StringBuilder endpoints = new StringBuilder();
        final int[] ids = new int[memberCount];
        for (int id = 0; id < memberCount; id++) {
            ids[id] = id;
            endpoints.append(0 == id ? "" : ",").append(endpoint(id));
        }
        return isSharedMemory ? context.sharedMemory(driver.directory(), ids) :
            context.cluster(endpoints.toString()).aeronDirectory(driver.directory()).mtu(mtuLength);
    }

    private void await(final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean()) {
            if (null != failure) {
                throw failure;
            }
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException("the members found no leader within " + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NS) + " s");
            }
            LockSupport.parkNanos(REST_NS);
        }
    }

    @Override
    public CairnClient client() {
        return client;
    }

    @Override
    public void rest() {
        isResting = true;
        startBackground();
    }

    @Override
    public void wake() {
        if (isSecondThread) {
            isResting = false;
            startBackground();
        } else {
            stopBackground();
        }
    }

    private void startBackground() {
        if (null == background) {
            isStopping = false;
            background = new Thread(this::runInBackground, "members");
            background.setDaemon(true);
            background.start();
        }
    }

    private void runInBackground() {
        try {
            while (!isStopping) {
                if (0 == driveMembers()) {
                    if (isResting) {
                        LockSupport.parkNanos(REST_NS);
                    } else {
                        Thread.onSpinWait();
                    }
                }
            }
        } catch (final RuntimeException ex) {
            failure = ex;
        }
    }

    private void stopBackground() {
        if (null == background) {
            return;
        }
        isStopping = true;
        try {
            background.join();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a thread was to stop", ex);
        }
        background = null;
        if (null != failure) {
            throw failure;
        }
    }

    /**
     * Leader first, then as many of the others as make a majority with it, each time the next ones: in two rounds a command has passed through all
     * that it waits for. Over UDP the driver carries what the leader has sent before the others look for it.
     */
    private int driveMembers() {
        int work = runDriver(isSharedMemory ? 1 : DRIVER_TURNS);
        final int count = driven.length;
        if (0 == count) {
            return work;
        }
        final int leader = leading();
        work += driven[leader].doWork();
        if (!isSharedMemory && count > 1) {
            work += runDriver(1);
        }
        for (int i = 0; i < count / 2; i++) {
            nextFollower = nextFollower + 1 < count - 1 ? nextFollower + 1 : 0;
            work += driven[nextFollower < leader ? nextFollower : nextFollower + 1].doWork();
        }
        return work;
    }

    private int leading() {
        for (int i = 0; i < driven.length; i++) {
            if (driven[i].isLeader()) {
                return i;
            }
        }
        return 0;
    }

    private int runDriver(final int turns) {
        int work = 0;
        for (int i = 0, turn = 1; i < turns && turn > 0; i++) {
            turn = driver.invoker().invoke();
            work += turn;
        }
        return work;
    }

    @Override
    public int doWork() {
        if (null == background) {
            return driveMembers();
        }
        if (null != failure) {
            throw failure;
        }
        return 0;
    }

    /**
     * Any member, for what reports say of all of them.
     *
     * @return the first one.
     */
    public StorageEngine engine() {
        return engines.get(0);
    }

    @Override
    public void close() {
        // The client says goodbye while members and driver still run.
        CloseHelper.quietClose(client);
        try {
            stopBackground();
        } finally {
            CloseHelper.closeAll(engines);
            driver.close();
        }
    }
}
