package io.cairn.bench.cli;

import io.cairn.bench.cluster.ClusterRig;
import io.cairn.bench.cluster.InvokedDriver;
import io.cairn.bench.cluster.LoopbackPorts;
import io.cairn.bench.cluster.ProcessCluster;
import io.cairn.bench.cluster.RigTarget;
import io.cairn.bench.embedded.EmbeddedTarget;
import io.cairn.bench.floor.AeronFloor;
import io.cairn.bench.load.LoadSession;
import io.cairn.bench.load.Operation;
import io.cairn.bench.load.OperationMix;
import io.cairn.bench.load.PhaseOutcome;
import io.cairn.bench.report.Document;
import io.cairn.bench.report.Figures;
import io.cairn.bench.report.Floor;
import io.cairn.bench.report.Latency;
import io.cairn.bench.report.MachineFacts;
import io.cairn.bench.report.Result;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.config.Durability;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * {@code cairn-bench cluster}: put and get through a client of a replicated cluster, beside the raw Aeron round trip.
 */
@Command(
    name = "cluster",
    description = {
        "Round-trip latency (one in flight, and at a fixed rate timed from the intended send time) and throughput (many in flight) of a cluster, "
            + "through its client, beside the raw Aeron round trip of the same transport in the same run.",
        "By default three members in this process over shared memory, driven by the generator's own thread: no thread waits for another."
    })
final class ClusterCommand implements Callable<Integer> {
    private static final int MESSAGE_BYTES = 64;
    private static final long LOAD_TIMEOUT_NS = TimeUnit.MINUTES.toNanos(10);
    private static final long AERON_SLICE_NS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final long WARM_UP_OPERATIONS_MAX = 1_000_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "50k", converter = Converters.Count.class,
        description = "Operations per second in the open loop (default: ${DEFAULT-VALUE}).")
    private long rate;

    @Option(names = "--in-flight", paramLabel = "N", defaultValue = "1000", converter = Converters.Count.class,
        description = "Commands in flight where throughput is measured (default: ${DEFAULT-VALUE}).")
    private long inFlight;

    @Option(names = "--duration", paramLabel = "TIME", defaultValue = "3s", converter = Converters.DurationNs.class,
        description = "Time of each phase (default: ${DEFAULT-VALUE}).")
    private long durationNs;

    @Option(names = "--warm-up", paramLabel = "TIME", defaultValue = "2s", converter = Converters.DurationNs.class,
        description = "Time of each phase before the first run, not recorded (default: ${DEFAULT-VALUE}).")
    private long warmUpNs;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", converter = Converters.Count.class,
        description = "How often everything is repeated (default: ${DEFAULT-VALUE}).")
    private long runs;

    @Option(names = "--operations-max", paramLabel = "N", defaultValue = "2m", converter = Converters.Count.class,
        description = "Most operations of a closed phase, which bounds the disk used (default: ${DEFAULT-VALUE}).")
    private long operationsMax;

    @Mixin
    private JoinOptions join;

    @Option(names = "--operations", paramLabel = "NAME", split = ",", defaultValue = "put,get",
        description = "What to do: put, get or both (default: ${DEFAULT-VALUE}).")
    private List<String> operations;

    @Option(names = "--phases", paramLabel = "NAME", split = ",", defaultValue = "one,open,many",
        description = "How to do it, any of: one, a single command in flight; open, at --rate; many, --in-flight at once "
            + "(default: ${DEFAULT-VALUE}).")
    private Set<Phase> phases;

    private final Progress progress = new Progress();

    /** A kind of load. */
    enum Phase {
        /** Closed loop, one in flight. */
        ONE,
        /** Open loop. */
        OPEN,
        /** Closed loop, many in flight. */
        MANY
    }

    @Override
    public Integer call() {
        if (join.isAsked()) {
            join.prepare(cluster);
        }
        for (final String operation : operations) {
            DataOptions.require(spec.commandLine(), List.of("put", "get").contains(operation), "--operations " + operation + ": put or get");
        }
        cluster.check(spec.commandLine(), inFlight);
        output.check();
        try (DataDirectory directory = DataDirectory.open(cluster.dataDirectory)) {
            if (join.isAsked()) {
                return join(directory);
            }
            progress.say("starting " + cluster.members + " members");
            try (ClusterRig rig = cluster.launch(directory.path())) {
                return measure(directory, rig);
            }
        } finally {
            progress.done();
        }
    }

    /** The machine itself is measured while no member runs: before, and again afterwards. */
    private Integer join(final DataDirectory directory) {
        final JoinMeasurement measurement;
        final List<Floor> floors;
        try (Floors meter = new Floors(directory.path(), Bench.recordBytes(cluster.data().bytes()))) {
            progress.say("the machine itself");
            meter.measureSlice();
            progress.say("starting " + cluster.members + " members");
            try (ProcessCluster rig = (ProcessCluster) cluster.launch(directory.path())) {
                final EmbeddedTarget target =
                    new EmbeddedTarget(rig.client().newClient(), cluster.data().bytes(), (int) cluster.keys, cluster.inFlightMax(), 1);
                rig.wake();
                load(new LoadSession(new RigTarget(rig, target), cluster.inFlightMax()), target);
                measurement = new JoinMeasurement(rig, target, cluster, join, rate, durationNs, warmUpNs, progress);
                measurement.run();
                target.close();
            }
            progress.say("the machine itself");
            meter.measureSlice();
            floors = meter.results();
        }
        final Map<String, Object> configuration = configuration();
        configuration.remove("runs");
        final Map<String, Object> more = new LinkedHashMap<>();
        more.put("durabilityMeaning", cluster.durabilityMeaning());
        more.put("join", measurement.facts());
        more.put("findings", measurement.findings());
        final Document document = new Document("cluster", cluster.profileName(), cluster.durability.name().toLowerCase(Locale.ROOT),
            configuration, MachineFacts.of(directory.path()), measurement.results(), floors, List.of(measurement.results()), more);
        progress.done();
        output.write(spec.commandLine().getOut(), document, Map.of());
        return 0;
    }

    private Integer measure(final DataDirectory directory, final ClusterRig rig) {
        final List<Series> series = series();
        final List<List<Result>> byRun = new ArrayList<>();
        final List<Floor> floors = new ArrayList<>();
        final EmbeddedTarget target =
            new EmbeddedTarget(rig.client().newClient(), cluster.data().bytes(), (int) cluster.keys, cluster.inFlightMax(), 1);
        final LoadSession session = new LoadSession(new RigTarget(rig, target), cluster.inFlightMax());
        try (Floors meter = new Floors(directory.path(), Bench.recordBytes(cluster.data().bytes()),
            Durability.GROUP == cluster.durability ? (int) cluster.members : 1);
            InvokedDriver driver = new InvokedDriver();
            AeronFloor aeron = newAeronFloor(driver)) {
            rig.wake();
            load(session, target);
            warmUp(session);
            for (int run = 1; run <= runs; run++) {
                progress.say("run " + run + " of " + runs + ": the machine itself");
                rig.rest();
                meter.measureSlice();
                aeron.measure(AERON_SLICE_NS);
                rig.wake();
                byRun.add(run(run, session, series));
            }
            floors.add(aeronFloor(aeron));
            floors.addAll(meter.results());
        }
        target.close();
        final Map<String, Object> more = new LinkedHashMap<>();
        more.put("durabilityMeaning", cluster.durabilityMeaning());
        more.put("findings", findings(series, floors));
        final Document document = new Document("cluster", cluster.profileName(), cluster.durability.name().toLowerCase(Locale.ROOT),
            configuration(), MachineFacts.of(directory.path()), series.stream().map(Series::result).toList(), floors, byRun, more);
        progress.done();
        output.write(spec.commandLine().getOut(), document, Bench.histograms(series));
        return Bench.exitCode(series, target);
    }

    private AeronFloor newAeronFloor(final InvokedDriver driver) {
        final boolean isIpc = ClusterOptions.Transport.IPC == cluster.transport;
        final int port = isIpc ? 0 : LoopbackPorts.free(2);
        return new AeronFloor(driver.invoker(), driver.directory(), isIpc ? "aeron:ipc" : "aeron:udp?endpoint=127.0.0.1:" + port,
            isIpc ? "aeron:ipc" : "aeron:udp?endpoint=127.0.0.1:" + (port + 1), MESSAGE_BYTES);
    }

    private Floor aeronFloor(final AeronFloor aeron) {
        final Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("count", aeron.histogram().getTotalCount());
        facts.put("messageBytes", MESSAGE_BYTES);
        facts.put("transport", cluster.transport.name().toLowerCase(Locale.ROOT));
        return new Floor(Floor.AERON_ROUND_TRIP, Latency.of(aeron.histogram()), facts);
    }

    private List<Series> series() {
        final List<Series> series = new ArrayList<>();
        for (final int operation : operationIds()) {
            final String name = Operation.name(operation);
            for (final Phase phase : phases()) {
                series.add(switch (phase) {
                    case ONE -> new Series(name, operation, "closed", null, Map.of("inFlight", 1L));
                    case OPEN -> new Series(name, operation, "open", rate, Map.of());
                    case MANY -> new Series(name, operation, "closed", null, Map.of("inFlight", inFlight));
                });
            }
        }
        return series;
    }

    private List<Integer> operationIds() {
        return operations.stream().distinct().map(name -> "put".equals(name) ? Operation.PUT : Operation.GET).toList();
    }

    /** In the order in which they are run, whatever the order in which they were named. */
    private Set<Phase> phases() {
        return EnumSet.copyOf(phases);
    }

    private PhaseOutcome outcome(final LoadSession session, final Phase phase, final int operation, final long phaseNs, final long countMax) {
        final OperationMix mix = OperationMix.only(operation);
        return switch (phase) {
            case ONE -> session.closed(mix, cluster.data().chooser(), 1, phaseNs, countMax);
            case OPEN -> session.open(mix, cluster.data().chooser(), rate, phaseNs);
            case MANY -> session.closed(mix, cluster.data().chooser(), (int) inFlight, phaseNs, countMax);
        };
    }

    private void load(final LoadSession session, final EmbeddedTarget target) {
        progress.say("loading " + Figures.count(cluster.keys) + " keys");
        final PhaseOutcome outcome = session.closed(OperationMix.only(Operation.PUT), cluster.sequentialKeys(),
            (int) inFlight, LOAD_TIMEOUT_NS, cluster.keys);
        if (outcome.failed() > 0 || outcome.tally().unanswered() > 0) {
            throw new BenchException("loading failed: " + outcome.failed() + " puts were refused ("
                + ReplyStatus.explain(target.lastFailedStatus()) + "), " + outcome.tally().unanswered() + " never answered");
        }
    }

    private void warmUp(final LoadSession session) {
        for (final int operation : operationIds()) {
            progress.say("warming up: " + Operation.name(operation));
            outcome(session, Phase.MANY, operation, warmUpNs, WARM_UP_OPERATIONS_MAX);
            for (final Phase phase : phases()) {
                if (Phase.MANY != phase) {
                    outcome(session, phase, operation, warmUpNs, WARM_UP_OPERATIONS_MAX);
                }
            }
        }
    }

    private List<Result> run(final int run, final LoadSession session, final List<Series> series) {
        final List<Result> results = new ArrayList<>();
        int next = 0;
        for (final int operation : operationIds()) {
            progress.say("run " + run + " of " + runs + ": " + Operation.name(operation));
            for (final Phase phase : phases()) {
                results.add(series.get(next++).add(outcome(session, phase, operation, durationNs, operationsMax)));
            }
        }
        return results;
    }

    private Map<String, Object> configuration() {
        final Map<String, Object> configuration = new LinkedHashMap<>();
        cluster.describe(configuration);
        configuration.put("rate", rate);
        configuration.put("durationMs", TimeUnit.NANOSECONDS.toMillis(durationNs));
        configuration.put("runs", runs);
        configuration.put("inFlight", inFlight);
        configuration.put("operationsMax", operationsMax);
        return configuration;
    }

    private List<String> findings(final List<Series> series, final List<Floor> floors) {
        final List<String> findings = new ArrayList<>();
        final Result put = series.get(0).result();
        for (final Floor floor : floors) {
            final boolean isAnchor = Floor.AERON_ROUND_TRIP.equals(floor.name())
                || Durability.GROUP == cluster.durability && List.of(Floor.FORCE, Floor.FORCES_TOGETHER).contains(floor.name());
            if (isAnchor && floor.latency().p50() > 0 && put.count() > 0) {
                findings.add(put.label() + ": its median is " + Figures.ratio((double) put.latency().p50() / floor.latency().p50())
                    + " that of the " + floor.label() + " (" + Figures.nanos(floor.latency().p50()) + ")");
            }
        }
        for (final Series one : series) {
            final Result result = one.result();
            if (null != result.rate() && result.achievedRate() < 0.98 * result.rate()) {
                findings.add(result.label() + ": only " + Figures.count(result.achievedRate()) + "/s were achieved, so latency is mostly queueing");
            }
        }
        return findings;
    }
}
