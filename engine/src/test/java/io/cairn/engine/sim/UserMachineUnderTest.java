package io.cairn.engine.sim;

import io.cairn.engine.EngineContext;
import io.cairn.engine.memory.AnonymousExtentSource;
import io.cairn.engine.replay.StateSum;
import io.cairn.fsm.LogEntry;
import io.cairn.fsm.Reply;
import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.StateMachineContext;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.Tables;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * One run of a user's machine. What must hold: every member's machine answers an entry alike whenever it is applied; so does a machine that was never
 * restarted or restored; every client was told what was answered at its entry; what it asked later took effect later (so the log itself is the order
 * that makes the history linearizable); nothing took effect twice; all members' states are equal in the end; and what the user demands.
 *
 * <p>Owner: one thread.
 *
 * @param <M> the machine.
 */
final class UserMachineUnderTest<M extends StateMachine> implements MachineUnderTest {
    private static final int PAGE_BYTES = 512;
    private static final int PAGES_MAX = 1 << 16;
    private static final int ANSWER_MAX = 1 << 14;
    private static final int REFERENCE = -1;

    private final ClusterSimulation<M> simulation;
    private final AppliedHistory history = new AppliedHistory();
    private final Map<Integer, List<RecordingMachine>> machines = new HashMap<>();
    private final List<Exchange> exchanges = new ArrayList<>();
    private long unknownCount;

    UserMachineUnderTest(final ClusterSimulation<M> simulation) {
        this.simulation = simulation;
    }

    @Override
    public void configure(final int member, final EngineContext context) {
        final List<RecordingMachine> made = new ArrayList<>();
        machines.put(member, made);
        context.stateMachine(simulation.name(), () -> {
            final RecordingMachine machine = new RecordingMachine(member, simulation.newMachine(), history);
            made.add(machine);
            return machine;
        });
    }

    @Override
    public Workload newWorkload(final int client, final SplittableRandom random, final LongSupplier clock, final Coverage coverage) {
        return new Asking(client, random, clock);
    }

    @Override
    public void verify(final List<Integer> members) {
        verifyStates(members);
        verifyOrder();
        verifyAnswers();
        if (history.commandCount() > commandsAnswered() + unknownCount) {
            throw new AssertionError("clients sent " + (commandsAnswered() + unknownCount) + " commands, and " + history.commandCount() +
                " took effect");
        }
        new Reference().run();
    }

    private long commandsAnswered() {
        return exchanges.stream().filter(exchange -> !exchange.isQuery() && exchange.isApplied()).count();
    }

    private void verifyStates(final List<Integer> members) {
        Long sum = null;
        for (final int member : members) {
            final long own = StateSum.ofFiles(inUse(member));
            if (null != sum && sum != own) {
                throw new AssertionError("the states of members " + members.get(0) + " and " + member + " differ once all is quiet: the machine" +
                    " depends on something that is not in the log, its snapshot does not hold all of its state, or equal states write different" +
                    " snapshots");
            }
            sum = own;
        }
    }

    /** A second one that is open was restored from another member's snapshot and is not in use, or not any more. */
    private RecordingMachine inUse(final int member) {
        return machines.get(member).stream()
            .filter(machine -> !machine.isClosed())
            .max(Comparator.comparingLong(RecordingMachine::lastIndex))
            .orElseThrow();
    }

    /** Whoever asked after another one had its answer got no earlier place in the log. */
    private void verifyOrder() {
        final List<Exchange> byStart = new ArrayList<>(exchanges);
        byStart.removeIf(exchange -> !exchange.isApplied());
        byStart.sort(Comparator.comparingLong(Exchange::startNs));
        final PriorityQueue<Exchange> open = new PriorityQueue<>(Comparator.comparingLong(Exchange::endNs));
        Exchange latest = null;
        for (final Exchange exchange : byStart) {
            while (!open.isEmpty() && open.peek().endNs() < exchange.startNs()) {
                final Exchange ended = open.poll();
                latest = null == latest || ended.index() > latest.index() ? ended : latest;
            }
            if (null != latest && (exchange.isQuery() ? exchange.index() < latest.index() : exchange.index() <= latest.index())) {
                throw new AssertionError("not linearizable: " + exchange + ", after " + latest);
            }
            open.add(exchange);
        }
    }

    private void verifyAnswers() {
        final Set<Long> taken = new HashSet<>();
        for (final Exchange exchange : exchanges) {
            if (!exchange.isQuery() && exchange.isApplied()) {
                final AppliedHistory.Applied applied = history.get(exchange.index());
                if (null == applied || !Arrays.equals(applied.command(), exchange.request()) ||
                    !applied.isAnswered(exchange.status(), exchange.answer())) {
                    throw new AssertionError(exchange + ", which is not what the machines were given or answered there");
                }
                if (!taken.add(exchange.index())) {
                    throw new AssertionError(exchange + ", as somebody else was");
                }
            }
        }
    }

    @Override
    public long operationCount() {
        return exchanges.size() + unknownCount;
    }

    @Override
    public String again(final long seed) {
        return "the system properties sim.first=" + seed + " and sim.runs=1, or run(" + seed + ", 1)";
    }

    /** A machine that applies the whole history once, without a fault. */
    private final class Reference {
        private final M machine = simulation.newMachine();
        private final LogEntry entry = new LogEntry();
        private final Reply reply = new Reply();
        private final UnsafeBuffer answer = new UnsafeBuffer(new byte[ANSWER_MAX]);
        private final Map<Long, List<Exchange>> queries = new HashMap<>();

        private void run() {
            for (final Exchange exchange : exchanges) {
                if (exchange.isQuery() && exchange.isApplied()) {
                    queries.computeIfAbsent(exchange.index(), index -> new ArrayList<>()).add(exchange);
                }
            }
            try (PageArena arena = new PageArena(new AnonymousExtentSource(false), PAGE_BYTES, 128, PAGES_MAX); machine) {
                machine.open(new StateMachineContext().tables(new Tables(arena)).conclude());
                machine.restore(SnapshotSource.EMPTY);
                history.entries().forEach(this::apply);
            }
        }

        private void apply(final long index, final AppliedHistory.Applied applied) {
            final byte[] command = applied.command();
            final UnsafeBuffer buffer = new UnsafeBuffer(null == command ? new byte[0] : command);
            entry.wrap(index, applied.term(), applied.timestampMs(), buffer, 0, buffer.capacity());
            reply.wrap(answer, 0, ANSWER_MAX);
            if (null == command) {
                machine.tick(entry);
            } else {
                machine.apply(entry, reply);
                history.applied(REFERENCE, entry, reply);
            }
            simulation.demand(machine);
            for (final Exchange query : queries.getOrDefault(index, List.of())) {
                reply.wrap(answer, 0, ANSWER_MAX);
                machine.query(new UnsafeBuffer(query.request()), 0, query.request().length, applied.timestampMs(), reply);
                final byte[] own = Bytes.copy(answer, reply.offset(), reply.length());
                if (reply.status() != query.status() || !Arrays.equals(own, query.answer())) {
                    throw new AssertionError(query + "; the state there answers status " + reply.status() + " and " + Bytes.text(own));
                }
            }
        }
    }

    /** What one client asks. */
    private final class Asking implements Workload {
        private final int client;
        private final SplittableRandom random;
        private final LongSupplier clock;
        private boolean isQuery;
        private byte[] request = {};
        private long startNs;

        private Asking(final int client, final SplittableRandom random, final LongSupplier clock) {
            this.client = client;
            this.random = random;
            this.clock = clock;
        }

        @Override
        public void next(final int life) {
            request = simulation.drawQuery(random);
            isQuery = null != request;
            request = isQuery ? request : simulation.drawCommand(random);
            startNs = clock.getAsLong();
        }

        @Override
        public boolean isQuery() {
            return isQuery;
        }

        @Override
        public int encode(final MutableDirectBuffer buffer) {
            buffer.putBytes(0, request);
            return request.length;
        }

        @Override
        public void onAnswer(final long index, final int status, final DirectBuffer buffer, final int offset, final int length) {
            final Exchange exchange = new Exchange(
                client, isQuery, request, startNs, clock.getAsLong(), index, status, Bytes.copy(buffer, offset, length));
            exchanges.add(exchange);
            simulation.judge(exchange);
        }

        @Override
        public void onUnknown() {
            unknownCount += isQuery ? 0 : 1;
        }

        @Override
        public String toString() {
            return Bytes.text(request);
        }
    }
}
