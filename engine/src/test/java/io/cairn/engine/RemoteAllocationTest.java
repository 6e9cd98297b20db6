package io.cairn.engine;

import com.sun.management.ThreadMXBean;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyHandler;
import io.cairn.engine.client.ReplyStatus;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * In steady state neither a member's Sequencer and Applier nor the thread of a client of another process allocates a single byte for puts and gets.
 *
 * <p>Over UDP the client's media driver has a thread of its own here. An embedded one runs on the client's thread, and its pollers walk their lists
 * of transports with iterators: the compiler decides whether these reach the heap (32 bytes in each cycle where it does not see through them), and
 * decides differently from one process to the next.
 */
@Timeout(240)
final class RemoteAllocationTest {
    private static final int OPERATIONS = 1_000;
    private static final int WARM_UP_ROUNDS = 40;
    private static final int ROUNDS = 60;
    private static final int WINDOW = 256;

    @TempDir
    Path dir;

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
    @ValueSource(booleans = {true, false})
    void shouldAllocateNothingForAPutOrAGetOfARemoteClient(final boolean ipc) {
        final List<Thread> started = new ArrayList<>();
        try (MediaDriver driver = ipc ? null : launchDriver(); Members members = new Members().engine(engine -> engine
            .set("snapshot.trigger.bytes", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("wal.segment.size", "64m")
            .threadFactory(task -> {
                final Thread thread = new Thread(task);
                thread.setDaemon(true);
                started.add(thread);
                return thread;
            }))) {
            members.launch(dir, ipc, 1);
            final CairnClientContext context = members.context().invoker(true).inFlightMax(WINDOW).livenessTimeout(Duration.ofMinutes(1));
            if (null != driver) {
                context.aeronDirectory(Path.of(driver.aeronDirectoryName()));
            }
            try (CairnClient client = CairnClient.connect(context);
                AsyncKeyValue async = client.newClient()) {
                for (int round = 0; round < WARM_UP_ROUNDS; round++) {
                    run(async);
                }
                final Thread member = started.stream().filter(thread -> "cairn-sequencer-applier".equals(thread.getName())).findFirst().orElseThrow();
                long leastOfMember = Long.MAX_VALUE;
                long leastOfClient = Long.MAX_VALUE;
                for (int round = 0; round < ROUNDS && (leastOfMember > 0 || leastOfClient > 0); round++) {
                    final long empty = allocated(Thread.currentThread());
                    final long before = allocated(Thread.currentThread());
                    final long memberBefore = allocated(member);
                    run(async);
                    final long memberAfter = allocated(member);
                    final long after = allocated(Thread.currentThread());
                    leastOfMember = Math.min(leastOfMember, memberAfter - memberBefore);
                    // Looking at the counter of a thread may take an object itself.
                    leastOfClient = Math.min(leastOfClient, after - before - 3 * (before - empty));
                }
                assertEquals(0, leastOfMember, "the member allocated in every round of " + 2 * OPERATIONS + " operations");
                assertEquals(0, Math.max(0, leastOfClient), "the client allocated in every round of " + 2 * OPERATIONS + " operations");
            }
        }
        assertEquals(0, failures);
    }

    private MediaDriver launchDriver() {
        return MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName(dir.resolve("client-aeron").toString())
            .threadingMode(ThreadingMode.SHARED)
            .asyncExecutorEnabled(false)
            .clientLivenessTimeoutNs(60_000_000_000L)
            .publicationUnblockTimeoutNs(120_000_000_000L)
            .dirDeleteOnShutdown(true));
    }

    private long allocated(final Thread thread) {
        return threads.getThreadAllocatedBytes(thread.getId());
    }

    private void run(final AsyncKeyValue client) {
        final long expected = answers + 2L * OPERATIONS;
        for (int i = 0; i < OPERATIONS; i++) {
            key.putLong(8, i % 1_000);
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
