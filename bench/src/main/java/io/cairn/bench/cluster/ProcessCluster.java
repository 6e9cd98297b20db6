package io.cairn.bench.cluster;

import io.cairn.bench.embedded.EngineSettings;
import io.cairn.engine.CairnClient;
import io.cairn.engine.CairnClientContext;
import org.agrona.CloseHelper;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Members in processes of their own, with the threads of their profile, and a client in this one that is driven by the generator's thread.
 *
 * <p>Owned by the generator's thread. While nothing is measured, a background thread keeps the client's connection alive.
 */
public final class ProcessCluster implements ClusterRig {
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long REST_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int CLIENT_BUFFER_LENGTH = 1 << 24;

    private final MemberProcesses processes;
    private final CairnClient client;
    private Thread background;
    private volatile boolean isStopping;

    private ProcessCluster(final MemberProcesses processes, final CairnClient client) {
        this.processes = processes;
        this.client = client;
    }

    /**
     * Starts members, waits until they take clients, connects.
     *
     * @param directory   gets a directory for each member.
     * @param settings    of every member.
     * @param members     their number.
     * @param inFlightMax of the client.
     * @return resting.
     */
    public static ProcessCluster launch(final Path directory, final EngineSettings settings, final int members, final int inFlightMax) {
        final List<String> arguments = new ArrayList<>();
        if (null != settings.profile()) {
            arguments.addAll(List.of("--profile", settings.profile()));
        }
        if (null != settings.durability()) {
            arguments.addAll(List.of("--set", "durability=" + settings.durability().name().toLowerCase(Locale.ROOT)));
        }
        settings.overrides().forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        final MemberProcesses processes = MemberProcesses.start(members, directory, arguments, List.of(), false, READY_NS);
        try {
            final CairnClient client = CairnClient.connect(new CairnClientContext().cluster(processes.endpoints()).invoker(true)
                .inFlightMax(inFlightMax).bufferLength(CLIENT_BUFFER_LENGTH).timeout(Duration.ofNanos(READY_NS)));
            final ProcessCluster cluster = new ProcessCluster(processes, client);
            cluster.rest();
            return cluster;
        } catch (final RuntimeException ex) {
            processes.close();
            throw ex;
        }
    }

    /**
     * The members.
     *
     * @return live.
     */
    public MemberProcesses processes() {
        return processes;
    }

    @Override
    public CairnClient client() {
        return client;
    }

    @Override
    public void rest() {
        if (null == background) {
            isStopping = false;
            background = new Thread(() -> {
                while (!isStopping) {
                    client.doWork();
                    LockSupport.parkNanos(REST_NS);
                }
            }, "client-at-rest");
            background.setDaemon(true);
            background.start();
        }
    }

    @Override
    public void wake() {
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
    }

    @Override
    public int doWork() {
        return 0;
    }

    @Override
    public void close() {
        wake();
        CloseHelper.quietClose(client);
        for (final MemberProcess member : processes.members()) {
            if (member.isAlive()) {
                member.terminate();
            }
        }
        processes.close();
    }
}
