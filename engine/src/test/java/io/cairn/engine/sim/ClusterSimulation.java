package io.cairn.engine.sim;

import io.cairn.fsm.StateMachine;

import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Puts a state machine of your own under every fault that the simulator knows: whole clusters of production engines with clients in one thread, on
 * virtual time, over simulated disks and a simulated network, every choice drawn from one seed (docs/proof.md, docs/testing.md).
 *
 * <pre>{@code
 * new ClusterSimulation<>("bank", Bank::new)
 *     .commands(random -> transfer(random))
 *     .queries(random -> "sum".getBytes(UTF_8))
 *     .answers(exchange -> assertEquals(…))
 *     .invariant(bank -> assertEquals(1_000, bank.sum()))
 *     .run(1, 50);
 * }</pre>
 *
 * <p>Without being told it demands that each entry is answered alike by every member and every time, also by a machine that applies all of it without
 * a fault; that clients are told just that; that what is asked later takes effect later; that no command takes effect twice; that states are
 * equal in the end; and that a cluster whose faults are over goes on.
 *
 * <p>Owner: one thread.
 *
 * @param <M> the machine.
 */
public final class ClusterSimulation<M extends StateMachine> {
    /** System property: the first seed, in place of that of {@link #run}. */
    public static final String FIRST = "sim.first";
    /** System property: how many seeds, in place of those of {@link #run}. */
    public static final String RUNS = "sim.runs";

    private static final double QUERY_SHARE = 0.3;

    private final String name;
    private final Supplier<M> factory;
    private Function<SplittableRandom, byte[]> commands;
    private Function<SplittableRandom, byte[]> queries;
    private Consumer<Exchange> answers = exchange -> { };
    private Consumer<M> invariant = machine -> { };

    /**
     * Of a machine.
     *
     * @param name    of the machine, as {@code EngineContext.stateMachine} takes it.
     * @param factory makes a new one each time: members start, are restarted, and take each other's snapshots.
     */
    public ClusterSimulation(final String name, final Supplier<M> factory) {
        this.name = Objects.requireNonNull(name, "name");
        this.factory = Objects.requireNonNull(factory, "factory");
    }

    /**
     * What clients send.
     *
     * @param generator draws a command, of at most 2 KiB; by the chances that it is given and nothing else.
     * @return this.
     */
    public ClusterSimulation<M> commands(final Function<SplittableRandom, byte[]> generator) {
        commands = generator;
        return this;
    }

    /**
     * What clients ask besides: three of ten requests are queries.
     *
     * @param generator draws a query.
     * @return this.
     */
    public ClusterSimulation<M> queries(final Function<SplittableRandom, byte[]> generator) {
        queries = generator;
        return this;
    }

    /**
     * What must hold of every answer.
     *
     * @param check throws an {@link AssertionError} where it does not.
     * @return this.
     */
    public ClusterSimulation<M> answers(final Consumer<Exchange> check) {
        answers = check;
        return this;
    }

    /**
     * What must hold of the machine's state behind every entry.
     *
     * @param check throws an {@link AssertionError} where it does not.
     * @return this.
     */
    public ClusterSimulation<M> invariant(final Consumer<M> check) {
        invariant = check;
        return this;
    }

    /**
     * What came of it.
     *
     * @param seeds            that were run.
     * @param operations       that clients asked.
     * @param simulatedSeconds of all runs together.
     * @param faults           what happened how often.
     */
    public record Report(int seeds, long operations, double simulatedSeconds, String faults) {
        @Override
        public String toString() {
            return String.format("%d seeds, %d operations, %.0f simulated seconds%n%s", seeds, operations, simulatedSeconds, faults);
        }
    }

    /**
     * Runs seeds, one after the other, until one fails.
     *
     * @param firstSeed the first.
     * @param seeds     how many.
     * @return what came of it.
     * @throws AssertionError with the seed, what does not hold, the last events, and how to have that run again.
     */
    public Report run(final long firstSeed, final int seeds) {
        if (null == commands) {
            throw new IllegalStateException("no commands: call commands(generator)");
        }
        final long first = Long.getLong(FIRST, firstSeed);
        final int runs = Integer.getInteger(RUNS, seeds);
        final Coverage coverage = new Coverage();
        long operations = 0;
        long simulatedNs = 0;
        for (long seed = first; seed < first + runs; seed++) {
            final Simulation simulation = new Simulation(seed, new UserMachineUnderTest<>(this));
            simulation.run();
            operations += simulation.operationCount();
            simulatedNs += simulation.simulatedNs();
            coverage.addAll(simulation.coverage());
        }
        return new Report(runs, operations, simulatedNs / 1e9, coverage.toString());
    }

    String name() {
        return name;
    }

    M newMachine() {
        return factory.get();
    }

    byte[] drawCommand(final SplittableRandom random) {
        return commands.apply(random);
    }

    /** @return null where a command is to be sent. */
    byte[] drawQuery(final SplittableRandom random) {
        return null != queries && random.nextDouble() < QUERY_SHARE ? queries.apply(random) : null;
    }

    void judge(final Exchange exchange) {
        answers.accept(exchange);
    }

    void demand(final M machine) {
        invariant.accept(machine);
    }
}
