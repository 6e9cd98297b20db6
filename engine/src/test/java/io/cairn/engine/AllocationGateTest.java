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
import java.util.List;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The gate of the house: in steady state no agent, and no client, allocates for a put or a get. Each phase is some tens of thousands of
 * operations; what is allowed is less than a byte for sixteen of them, so that one small object in every operation, or in every group, fails.
 */
final class AllocationGateTest {
    private static final int KEYS = 10_000;
    private static final int WARM_UP = 30_000;
    private static final int MEASURED = 20_000;
    private static final int WINDOW = 256;
    private static final Set<String> DATA_PATH =
        Set.of("cairn-sequencer", "cairn-sequencer-applier", "cairn-applier", "cairn-syncer");

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
    @CsvSource({"invoker,os", "shared,os", "shared,group", "dedicated,group", "dedicated,interval"})
    void shouldAllocateNothingForAPutOrAGetInSteadyState(final String mode, final String durability, @TempDir final Path dir) {
        final List<Thread> started = new ArrayList<>();
        final EngineContext context = new EngineContext()
            .dataDirectory(dir)
            .profile("small")
            .set("threading.mode", mode)
            .set("durability", durability)
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
            measured.removeIf(thread -> !DATA_PATH.contains(thread.getName()));
            assertEquals("invoker".equals(mode) ? 1 : "shared".equals(mode) ? 2 : 3, measured.size());
            measured.add(Thread.currentThread());
            final long[] before = allocated(measured);
            run(client, MEASURED);
            final long[] after = allocated(measured);
            for (int i = 0; i < before.length; i++) {
                final long bytes = after[i] - before[i];
                final Thread thread = measured.get(i);
                assertTrue(
                    bytes < 2L * MEASURED / 16,
                    () -> thread.getName() + " allocated " + bytes + " bytes for " + 2 * MEASURED + " operations");
            }
        }
        assertEquals(0, failures);
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
