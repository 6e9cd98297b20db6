package io.cairn.engine;

import com.sun.management.ThreadMXBean;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyHandler;
import io.cairn.engine.client.ReplyStatus;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * The gate of the house: in steady state no agent, and no client, allocates a single byte for puts and gets, not even the Sequencer that goes on to
 * the next segment of the log (each round is longer than a small one). Once for each segment, the Syncer gives it its final name, which takes a few
 * objects of the file system, and under group the Sequencer's first write to its file takes one: where segments roll, these are not measured.
 */
final class AllocationGateTest {
    private static final int KEYS = 10_000;
    private static final int WARM_UP = 30_000;
    private static final int MEASURED = 25_000;
    private static final int ROUNDS = 20;
    private static final int WINDOW = 256;

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[100]);
    private long answers;
    private long failures;
    private final ReplyHandler handler = (correlationId, status, index, buffer, offset, length) -> {
        answers++;
        if (ReplyStatus.OK != status) {
            failures++;
        }
    };

    @ParameterizedTest
    @CsvSource({
        "invoker,os,64m,cairn-syncer",
        "invoker,group,64m,",
        "shared,os,64m,cairn-sequencer-applier cairn-syncer",
        "shared,os,4m,cairn-sequencer-applier",
        "shared,group,64m,cairn-sequencer-applier cairn-syncer",
        "dedicated,group,64m,cairn-sequencer cairn-applier cairn-syncer",
        "dedicated,interval,64m,cairn-sequencer cairn-applier cairn-syncer"})
    void shouldAllocateNothingForAPutOrAGetInSteadyState(
        final String mode, final String durability, final String segmentSize, final String agents, @TempDir final Path dir) {
        final List<String> names = null == agents ? List.of() : List.of(agents.split(" "));
        final List<Thread> started = new ArrayList<>();
        final EngineContext context = new EngineContext()
            .dataDirectory(dir)
            .profile("small")
            .set("threading.mode", mode)
            .set("durability", durability)
            .set("wal.segment.size", segmentSize)
            .set("wal.segments.ahead", "4")
            .set("snapshot.trigger.bytes", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("client.inflight.max", Integer.toString(WINDOW))
            .threadFactory(task -> {
                final Thread thread = new Thread(task);
                thread.setDaemon(true);
                started.add(thread);
                return thread;
            });
        try (StorageEngine engine = StorageEngine.launch(context); AsyncKeyValue client = engine.newClient()) {
            run(client, WARM_UP);
            run(client, WARM_UP);
            final List<Thread> measured = new ArrayList<>(started);
            measured.removeIf(thread -> !names.contains(thread.getName()));
            assertEquals(names.size(), measured.size());
            measured.add(Thread.currentThread());
            final long[] least = leastOfRounds(client, measured);
            for (int i = 0; i < least.length; i++) {
                final Thread thread = measured.get(i);
                assertEquals(0, least[i], () -> thread.getName() + " allocated in every round of " + 2 * MEASURED + " operations");
            }
        }
        assertEquals(0, failures);
    }

    /** Least of some rounds, for each thread: a compiler that takes code back in one of them may put an object on the heap once. */
    private long[] leastOfRounds(final AsyncKeyValue client, final List<Thread> measured) {
        final long[] least = new long[measured.size()];
        Arrays.fill(least, Long.MAX_VALUE);
        for (int round = 0; round < ROUNDS && Arrays.stream(least).anyMatch(bytes -> bytes > 0); round++) {
            final long[] empty = allocated(measured);
            final long[] before = allocated(measured);
            run(client, MEASURED);
            final long[] after = allocated(measured);
            for (int i = 0; i < least.length; i++) {
                final long sampling = measured.get(i) == Thread.currentThread() ? before[i] - empty[i] : 0;
                least[i] = Math.min(least[i], after[i] - before[i] - sampling);
            }
        }
        return least;
    }

    private long[] allocated(final List<Thread> measured) {
        final long[] bytes = new long[measured.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = threads.getThreadAllocatedBytes(measured.get(i).getId());
        }
        return bytes;
    }

    private void run(final AsyncKeyValue client, final int operations) {
        final long expected = answers + 2L * operations;
        for (int i = 0; i < operations; i++) {
            key.putLong(8, i % KEYS);
            value.putLong(0, i);
            while (client.put(AsyncKeyValue.DEFAULT_TABLE, key, 0, 16, value, 0, 100) < 0) {
                client.poll(handler, WINDOW);
            }
            while (client.get(AsyncKeyValue.DEFAULT_TABLE, key, 0, 16) < 0) {
                client.poll(handler, WINDOW);
            }
            client.poll(handler, WINDOW);
        }
        while (answers < expected) {
            client.poll(handler, WINDOW);
        }
    }
}
