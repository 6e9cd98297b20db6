package io.cairn.bench.torture;

import io.cairn.bench.cluster.MemberProcess;
import io.cairn.bench.cluster.MemberProcesses;
import io.cairn.bench.cluster.SmallDisk;
import io.cairn.bench.report.JsonReader;
import io.cairn.engine.CairnClient;
import io.cairn.engine.CairnClientContext;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.history.LinearizabilityChecker;
import io.cairn.engine.history.Operation;
import io.cairn.engine.history.Operation.Kind;
import io.cairn.engine.history.Operation.Outcome;
import io.cairn.engine.history.Verdict;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Tortures a cluster of real processes for a while, then demands that all is well: every acknowledged write there exactly once, the history of all
 * clients linearizable, members alive without help, their digests equal, and a quiet end.
 *
 * <p>One thread drives it; each client has one of its own.
 */
public final class Torture {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(120);
    private static final long CALM_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long STATUS_S = 60;
    private static final long READER = 1_000_000_000L;
    private static final int BUFFER_LENGTH = 1 << 20;
    private static final long DISK_BYTES = 96L << 20;

    private final Plan plan;
    private final Consumer<String> progress;
    private final List<String> findings = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();
    private final List<Operation> history = new ArrayList<>();
    private volatile boolean isNemesisOver;
    private volatile boolean isOver;

    /**
     * What is to be done.
     *
     * @param members    of the cluster.
     * @param clients    at the same time.
     * @param durationNs of the harm.
     * @param seed       of harm and clients; threads and the machine add chances of their own.
     * @param directory  gets data and output of the members.
     * @param arguments  of {@code cairn node}.
     * @param jvmFlags   of the members.
     * @param faults     to draw from.
     */
    public record Plan(
        int members,
        int clients,
        long durationNs,
        long seed,
        Path directory,
        List<String> arguments,
        List<String> jvmFlags,
        Set<FaultKind> faults) {
    }

    /**
     * What came of it.
     *
     * @param findings         what is wrong, one line each; empty where all is well.
     * @param history          of all clients.
     * @param verdict          on it.
     * @param harm             done, by kind.
     * @param skipped          kinds of harm that cannot be done here, with the reasons.
     * @param longestSilenceNs the longest time in which one client had no answer.
     * @param digest           of all members in the end; null where they differ.
     */
    public record Report(
        List<String> findings,
        List<Operation> history,
        Verdict verdict,
        Map<String, Integer> harm,
        List<String> skipped,
        long longestSilenceNs,
        String digest) {

        /**
         * Operations with an outcome.
         *
         * @param outcome of them.
         * @return their number.
         */
        public long count(final Outcome outcome) {
            return history.stream().filter(operation -> outcome == operation.outcome()).count();
        }
    }

    /**
     * Prepares.
     *
     * @param plan     of it.
     * @param progress told what is going on.
     */
    public Torture(final Plan plan, final Consumer<String> progress) {
        this.plan = plan;
        this.progress = progress;
    }

    /**
     * Does it.
     *
     * @return what came of it.
     */
    public Report run() {
        final int diskOf = (int) Math.floorMod(plan.seed(), (long) plan.members());
        final SmallDisk disk = mount(diskOf);
        try {
            return run(disk, diskOf);
        } finally {
            if (null != disk) {
                disk.close();
            }
        }
    }

    /** @return null where it is not wanted, or not possible. */
    private SmallDisk mount(final int member) {
        if (!plan.faults().contains(FaultKind.FULL_DISK)) {
            return null;
        }
        try {
            return SmallDisk.mount(MemberProcess.dataDirectory(plan.directory(), member), DISK_BYTES);
        } catch (final IOException ex) {
            skipped.add("full-disk: no small file system can be mounted here (" + ex.getMessage() + ")");
            return null;
        }
    }

    private Report run(final SmallDisk disk, final int diskOf) {
        progress.accept("starting " + plan.members() + " members");
        try (MemberProcesses processes =
            MemberProcesses.start(plan.members(), plan.directory(), plan.arguments(), plan.jvmFlags(), true, PATIENCE_NS)) {
            awaitService(processes);
            final List<TortureClient> clients = new ArrayList<>();
            for (int i = 0; i < plan.clients(); i++) {
                clients.add(new TortureClient(i, plan.clients(), processes.endpoints(), plan.seed() * 31 + i, () -> isOver));
            }
            final Nemesis nemesis = new Nemesis(
                processes.members(), processes.links(), disk, diskOf, plan.faults(), plan.seed(), () -> isNemesisOver);
            torture(clients, nemesis);
            long longestSilenceNs = 0;
            for (final TortureClient client : clients) {
                history.addAll(client.recorder().operations());
                longestSilenceNs = Math.max(longestSilenceNs, client.recorder().longestSilenceNs());
                if (null != client.failure()) {
                    findings.add("a client ended by itself: " + client.failure());
                }
            }
            progress.accept("reading everything back");
            readBack(processes);
            final String digest = awaitEqualDigests(processes);
            progress.accept("checking the history");
            final Verdict verdict = new LinearizabilityChecker(LinearizabilityChecker.BUDGET_DEFAULT).check(history);
            if (Verdict.Answer.LINEARIZABLE != verdict.answer()) {
                findings.add("the history is " + verdict.answer().name().toLowerCase(Locale.ROOT).replace('_', ' '));
            }
            end(processes);
            return new Report(List.copyOf(findings), List.copyOf(history), verdict, nemesis.counts(), List.copyOf(skipped), longestSilenceNs, digest);
        }
    }

    private void torture(final List<TortureClient> clients, final Nemesis nemesis) {
        final List<Thread> threads = new ArrayList<>();
        for (final TortureClient client : clients) {
            final Thread thread = new Thread(client, "torture-client-" + threads.size());
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        final long startNs = System.nanoTime();
        final Thread clock = new Thread(() -> {
            while (System.nanoTime() - startNs < plan.durationNs()) {
                progress.accept("torturing, " + TimeUnit.NANOSECONDS.toSeconds(plan.durationNs() - System.nanoTime() + startNs) + " s to go");
                LockSupport.parkNanos(LOOK_NS);
            }
            isNemesisOver = true;
        }, "torture-clock");
        clock.setDaemon(true);
        clock.start();
        try {
            nemesis.run();
            calm(CALM_NS);
        } catch (final IllegalStateException ex) {
            findings.add(ex.getMessage());
        } finally {
            isNemesisOver = true;
            isOver = true;
        }
        for (final Thread thread : threads) {
            join(thread);
        }
    }

    private static void calm(final long durationNs) {
        final long deadlineNs = System.nanoTime() + durationNs;
        while (System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    private void join(final Thread thread) {
        try {
            thread.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NS));
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while clients were to end", ex);
        }
        if (thread.isAlive()) {
            throw new IllegalStateException(thread.getName() + " hangs: " + List.of(thread.getStackTrace()));
        }
    }

    private void awaitService(final MemberProcesses processes) {
        try (CairnClient client = connect(processes); KeyValueStore store = client.keyValueStore()) {
            store.put(TortureClient.bytes("service"), TortureClient.bytes("begun"));
        }
    }

    private static CairnClient connect(final MemberProcesses processes) {
        return CairnClient.connect(new CairnClientContext().cluster(processes.endpoints())
            .timeout(Duration.ofNanos(PATIENCE_NS)).bufferLength(BUFFER_LENGTH));
    }

    /** Every key is read once all is quiet: as part of the history, and against what was acknowledged. */
    private void readBack(final MemberProcesses processes) {
        final Set<String> keys = new LinkedHashSet<>();
        final Set<String> acknowledged = new HashSet<>();
        final Set<String> attempted = new HashSet<>();
        for (final Operation operation : history) {
            keys.add(operation.key());
            if (Kind.INCR == operation.kind() && operation.key().startsWith("once-")) {
                (Outcome.OK == operation.outcome() ? acknowledged : attempted).add(operation.key());
            }
        }
        try (CairnClient client = connect(processes); KeyValueStore store = client.keyValueStore()) {
            for (final String key : keys) {
                final long start = System.nanoTime();
                final String value = TortureClient.text(store.get(TortureClient.bytes(key)));
                history.add(new Operation(READER, Kind.GET, key, null, null, 0, start, System.nanoTime(), Outcome.OK, value, null));
                if (acknowledged.contains(key) && !"1".equals(value)) {
                    findings.add("the write of " + key + " was acknowledged, once, and is there " + (null == value ? "0" : value) + " times");
                } else if (attempted.contains(key) && null != value && !"1".equals(value)) {
                    findings.add("the write of " + key + " was attempted once and is there " + value + " times");
                }
            }
        } catch (final EngineException | KeyValueException ex) {
            findings.add("what was written cannot be read back: " + ex.getMessage());
        }
    }

    private String awaitEqualDigests(final MemberProcesses processes) {
        progress.accept("waiting for equal digests");
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        String seen = "no status";
        do {
            try {
                seen = status(processes.endpoints());
                final String digest = commonDigest(seen);
                if (null != digest) {
                    return digest;
                }
            } catch (final IOException | IllegalArgumentException ex) {
                seen = ex.getMessage();
            }
            LockSupport.parkNanos(LOOK_NS);
        } while (System.nanoTime() - deadlineNs < 0);
        findings.add("the members' digests did not become equal: " + seen.replaceAll("\\s+", " "));
        return null;
    }

    private String commonDigest(final String json) {
        final List<?> members = (List<?>) ((Map<?, ?>) JsonReader.read(json)).get("members");
        final Set<Object> digests = new HashSet<>();
        int leaders = 0;
        for (final Object one : members) {
            final Map<?, ?> member = (Map<?, ?>) one;
            if (!(member.get("digest") instanceof final Map<?, ?> digest) || null == digest.get("value")) {
                return null;
            }
            digests.add(digest.get("index") + "=" + digest.get("value"));
            leaders += "LEADER".equals(member.get("role")) ? 1 : 0;
        }
        return plan.members() == members.size() && 1 == digests.size() && 1 == leaders ? digests.iterator().next().toString() : null;
    }

    private static String status(final String endpoints) throws IOException {
        final Process process = MemberProcess.tool(List.of("cluster", "status", "--cluster", endpoints, "--json"));
        final String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(STATUS_S, TimeUnit.SECONDS)) {
                process.toHandle().destroyForcibly();
                throw new IOException("cluster status hangs");
            }
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", ex);
        }
        return text;
    }

    /** Members that are told to stop do so, in order. */
    private void end(final MemberProcesses processes) {
        for (final MemberProcess member : processes.members()) {
            if (!member.isAlive()) {
                findings.add("member " + member.id() + " ended by itself with code " + member.exitCode() + ": " + member.tail());
                continue;
            }
            try {
                member.terminate();
                if (0 != member.exitCode()) {
                    findings.add("member " + member.id() + " was told to stop and ended with code " + member.exitCode() + ": " + member.tail());
                }
            } catch (final IllegalStateException ex) {
                findings.add(ex.getMessage());
            }
        }
    }
}
