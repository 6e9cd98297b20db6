package io.cairn.bench.torture;

import io.cairn.engine.CairnClient;
import io.cairn.engine.CairnClientContext;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.history.Operation;
import io.cairn.engine.history.Operation.Kind;
import io.cairn.engine.history.Operation.Outcome;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * One client of the cluster under torture, on a thread of its own: one operation after the other through a blocking store, drawn from a seed, each
 * recorded.
 *
 * <p>Registers are put, compared-and-set, deleted and read by all clients; counters are incremented and read by all; and each client increments keys
 * of its own, each exactly once, so that a write that took effect twice, or not at all, shows in the value of its key. Now and then a client leaves
 * and another one takes its place.
 */
final class TortureClient implements Runnable {
    static final int REGISTERS = 12;
    static final int COUNTERS = 4;
    private static final int OPERATIONS_PER_CLIENT = 2_000;
    private static final int BUFFER_LENGTH = 1 << 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(8);
    private static final long PAUSE_NS = 1_000_000;

    private final int number;
    private final int clients;
    private final String endpoints;
    private final SplittableRandom random;
    private final BooleanSupplier isOver;
    private final HistoryRecorder recorder = new HistoryRecorder();
    private long process;
    private int onceKeys;
    private int stamp;
    private String lastSeen;
    private volatile Throwable failure;

    TortureClient(final int number, final int clients, final String endpoints, final long seed, final BooleanSupplier isOver) {
        this.number = number;
        this.clients = clients;
        this.endpoints = endpoints;
        this.isOver = isOver;
        random = new SplittableRandom(seed);
        process = number;
    }

    @Override
    public void run() {
        try {
            while (!isOver.getAsBoolean()) {
                session();
                process += clients;
            }
        } catch (final Throwable ex) {
            failure = ex;
        }
    }

    private void session() {
        try (CairnClient client = connect(); KeyValueStore store = client.keyValueStore()) {
            for (int i = 0; i < OPERATIONS_PER_CLIENT && !isOver.getAsBoolean(); i++) {
                if (Outcome.OK != operate(store)) {
                    // What this one still has under way is another process from now on.
                    process += clients;
                    LockSupport.parkNanos(PAUSE_NS);
                }
            }
        } catch (final EngineException | KeyValueException ex) {
            // No member let it in within its time, or its session could not be closed: the next one tries again.
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    private CairnClient connect() {
        return CairnClient.connect(new CairnClientContext().cluster(endpoints).timeout(TIMEOUT).bufferLength(BUFFER_LENGTH));
    }

    private Outcome operate(final KeyValueStore store) {
        final int drawn = random.nextInt(100);
        final String register = register(random.nextInt(REGISTERS));
        if (drawn < 25) {
            return record(store, Kind.GET, register, null, null);
        }
        if (drawn < 45) {
            return record(store, Kind.PUT, register, null, value());
        }
        if (drawn < 55) {
            return record(store, Kind.CAS, register, lastSeen, value());
        }
        if (drawn < 60) {
            return record(store, Kind.DELETE, register, null, null);
        }
        if (drawn < 75) {
            return record(store, Kind.INCR, counter(random.nextInt(COUNTERS)), null, null);
        }
        if (drawn < 80) {
            return record(store, Kind.GET, counter(random.nextInt(COUNTERS)), null, null);
        }
        return record(store, Kind.INCR, "once-" + number + "-" + onceKeys++, null, null);
    }

    private String value() {
        return number + "." + ++stamp;
    }

    private Outcome record(final KeyValueStore store, final Kind kind, final String key, final String expected, final String value) {
        final long start = System.nanoTime();
        Outcome outcome = Outcome.OK;
        String result = null;
        Boolean success = null;
        try {
            switch (kind) {
                case GET -> {
                    result = text(store.get(bytes(key)));
                    lastSeen = result;
                }
                case PUT -> store.put(bytes(key), bytes(value));
                case CAS -> success = null == expected ? store.putIfAbsent(bytes(key), bytes(value)) :
                    store.compareAndSet(bytes(key), bytes(expected), bytes(value));
                case DELETE -> success = store.delete(bytes(key));
                case INCR -> result = Long.toString(store.increment(bytes(key), 1));
                default -> throw new IllegalStateException("unknown kind " + kind);
            }
        } catch (final KeyValueException ex) {
            outcome = outcome(ex.status());
        }
        final long end = System.nanoTime();
        recorder.add(new Operation(process, kind, key, expected, value, Kind.INCR == kind ? 1 : 0, start, end, outcome, result, success));
        return outcome;
    }

    /** Only what says that it never took effect counts as refused. */
    private static Outcome outcome(final int status) {
        return switch (status) {
            case ReplyStatus.UNAVAILABLE, ReplyStatus.BACK_PRESSURED, ReplyStatus.NOT_LEADER -> Outcome.REFUSED;
            default -> Outcome.UNKNOWN;
        };
    }

    static String register(final int at) {
        return "register-" + at;
    }

    static String counter(final int at) {
        return "counter-" + at;
    }

    static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(final byte[] bytes) {
        return null == bytes ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    HistoryRecorder recorder() {
        return recorder;
    }

    /** @return why this client ended before it was told to, or null. */
    Throwable failure() {
        return failure;
    }
}
