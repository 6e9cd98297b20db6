package io.cairn.engine;

import com.sun.management.ThreadMXBean;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyHandler;
import io.cairn.engine.client.ReplyStatus;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Timeout;
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
 * In steady state neither the leader's nor a follower's Sequencer and Applier allocate a single byte for puts and gets of a client, whatever the
 * compiler makes of their objects: a round is counted by the operations in it, and the least of some rounds must be nothing.
 *
 * <p>What goes by the clock is not a matter of commands: once in a second members introduce themselves to each other. A round is a few milliseconds.
 * One in which a command failed, because a machine that is busy elsewhere let a leader go, does not count.
 */
@Timeout(240)
final class ClusterAllocationTest {
    private static final int MEMBERS = 3;
    private static final int OPERATIONS = 1_000;
    private static final int WARM_UP_ROUNDS = 40;
    private static final int ROUNDS = 40;
    private static final int WINDOW = 256;

    @TempDir
    Path dir;

    private final ThreadMXBean beans = (ThreadMXBean)ManagementFactory.getThreadMXBean();
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
        "os,dedicated,cairn-sequencer cairn-applier",
        "group,shared,cairn-sequencer-applier cairn-syncer"})
    void shouldAllocateNothingInLeaderAndFollowers(final String durability, final String mode, final String agents) {
        final List<Thread> started = new ArrayList<>();
        try (Members members = new Members().engine(engine -> engine
            .set("durability", durability)
            .set("threading.mode", mode)
            .set("snapshot.trigger.bytes", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("wal.segment.size", "64m")
            .threadFactory(task -> {
                final Thread thread = new Thread(task);
                thread.setDaemon(true);
                started.add(thread);
                return thread;
            }))) {
            members.launch(dir, true, MEMBERS);
            try (CairnClient client = CairnClient.connect(members.context().invoker(true).inFlightMax(WINDOW));
                AsyncKeyValue async = client.newClient()) {
                for (int round = 0; round < WARM_UP_ROUNDS; round++) {
                    run(async);
                }
                final List<Thread> measured = new ArrayList<>(started);
                measured.removeIf(thread -> !List.of(agents.split(" ")).contains(thread.getName()));
                assertEquals(MEMBERS * agents.split(" ").length, measured.size(), "agents of all members");
                final long[] least = leastOfRounds(async, measured);
                for (int i = 0; i < least.length; i++) {
                    final Thread thread = measured.get(i);
                    assertEquals(0, least[i], () -> thread.getName() + " of a member allocated in every round of " + 2 * OPERATIONS + " operations");
                }
            }
        }
    }

    private long[] leastOfRounds(final AsyncKeyValue client, final List<Thread> measured) {
        final long[] least = new long[measured.size()];
        Arrays.fill(least, Long.MAX_VALUE);
        for (int round = 0; round < ROUNDS && Arrays.stream(least).anyMatch(bytes -> bytes > 0); round++) {
            final long failed = failures;
            final long[] before = allocated(measured);
            run(client);
            final long[] after = allocated(measured);
            for (int i = 0; i < least.length && failed == failures; i++) {
                least[i] = Math.min(least[i], after[i] - before[i]);
            }
        }
        return least;
    }

    private long[] allocated(final List<Thread> measured) {
        final long[] bytes = new long[measured.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = beans.getThreadAllocatedBytes(measured.get(i).getId());
        }
        return bytes;
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
