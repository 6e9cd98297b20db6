package io.cairn.engine;

import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.ReadView;
import io.cairn.wal.io.SimulatedCrash;
import io.cairn.wal.io.SimulatedStorageIo;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The whole engine, driven by hand on one thread over a simulated disk, killed or without power at arbitrary operations: what was acknowledged
 * is there afterwards, as far as the durability level promises, and what was asked for within a session took effect exactly once, however often
 * it was asked again.
 */
final class EngineCrashTest {
    private static final int SEEDS = Integer.getInteger("engine.crash.seeds", 40);
    private static final int LIVES = 6;
    private static final int KEYS = 40;
    private static final Path DATA = Path.of("/data");

    private final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
    private final ExpandableArrayBuffer command = new ExpandableArrayBuffer();
    private final KeyValueCommands commands = new KeyValueCommands();
    private final long[] timeMs = {1_700_000_000_000L};

    /** What the client knows: each command of the session in order, and how many were acknowledged. */
    private final List<Integer> incremented = new ArrayList<>();
    private int acknowledged;
    private long scheduleSeed;
    private String durability;
    private boolean losesPower;
    private long replyStatus;
    private long replyIndex;
    private long replySum;

    @ParameterizedTest
    @CsvSource({"group,true", "group,false", "os,false", "interval,false"})
    void shouldKeepWhatWasAcknowledgedAndApplyRetriesOnce(final String level, final boolean power) {
        run(level, power);
    }

    /** What was acknowledged may go with the power at these levels, but only the newest of it, and what is left is in one piece. */
    @ParameterizedTest
    @ValueSource(strings = {"os", "interval"})
    void shouldKeepAPrefixWhenPowerFailsAndNothingWasForced(final String level) {
        run(level, true);
    }

    private void run(final String level, final boolean power) {
        durability = level;
        losesPower = power;
        for (int seed = 0; seed < SEEDS; seed++) {
            incremented.clear();
            acknowledged = 0;
            try {
                run(seed);
            } catch (final Throwable ex) {
                throw new AssertionError("seed " + seed + ", " + incremented.size() + " commands, " + acknowledged + " acknowledged", ex);
            }
        }
    }

    private void run(final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        scheduleSeed = seed;
        SimulatedStorageIo disk = new SimulatedStorageIo(seed);
        for (int life = 0; life < LIVES; life++) {
            final boolean dies = life < LIVES - 1;
            if (dies) {
                disk.losePowerAt(disk.operations() + 1 + random.nextInt(life == 0 ? 200 : 120));
            }
            StorageEngine engine = null;
            try {
                engine = StorageEngine.launch(context(disk));
                live(engine, random, dies ? 10_000 : 60);
                verify(engine);
                engine.close();
            } catch (final SimulatedCrash ex) {
                assertTrue(dies, "nothing was to crash in the last life");
            } catch (final RuntimeException ex) {
                final Throwable cause = null == engine || null == engine.failure() ? ex : engine.failure();
                assertTrue(causedByCrash(cause) && dies, () -> "failed by itself: " + cause);
            }
            disk = losesPower ? disk.afterPowerLoss(random.nextLong()) : disk.afterProcessCrash();
        }
    }

    private static boolean causedByCrash(final Throwable ex) {
        for (Throwable cause = ex; null != cause; cause = cause.getCause()) {
            if (cause instanceof SimulatedCrash) {
                return true;
            }
        }
        return false;
    }

    private EngineContext context(final SimulatedStorageIo disk) {
        return new EngineContext()
            .dataDirectory(DATA)
            .storageIo(disk)
            .handDriven(scheduleSeed)
            .clocks(() -> timeMs[0]++, () -> timeMs[0] * 1_000_000L)
            .profile("small")
            .set("threading.mode", "invoker")
            .set("durability", durability)
            .set("wal.segment.size", "64k")
            .set("wal.record.max", "4k")
            .set("wal.segments.ahead", "1")
            .set("state.page.size", "512")
            .set("state.extent.size", "64k")
            .set("state.memory.max", "4m")
            .set("ingress.ring.size", "128k")
            .set("reply.ring.size", "128k")
            .set("client.inflight.max", "16")
            .set("snapshot.trigger.entries", "30")
            .set("snapshot.trigger.bytes", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("snapshot.rate", "0")
            .set("scrub.interval", "1s")
            .set("verify.on.open", 0 == (scheduleSeed & 1) ? "true" : "false")
            .set("log.trailing.entries", "0");
    }

    private void live(final StorageEngine engine, final SplittableRandom random, final int commandCount) {
        try (EmbeddedClient client = engine.newSessionClient("crash-test")) {
            final long executed = client.session().nextSerial() - 1;
            final boolean mayForget = losesPower && !"group".equals(durability);
            assertTrue(
                executed >= acknowledged || mayForget,
                () -> "serial " + acknowledged + " was acknowledged, the session knows " + executed);
            assertTrue(executed <= incremented.size(), "more was executed than asked for");
            while (incremented.size() > executed) {
                incremented.remove(incremented.size() - 1);
            }
            if (executed > 0 && client.session().isResumed()) {
                retryAfterCrash(engine, client);
            }
            for (int i = 0; i < commandCount; i++) {
                final int keyNumber = random.nextInt(KEYS);
                incremented.add(keyNumber);
                final int length = commands.encodeIncrement(command, 0, 0, key, 0, keyLength(keyNumber), 1);
                call(engine, client, client.command(command, 0, length));
                assertEquals(ReplyStatus.OK, replyStatus);
                acknowledged = incremented.size();
                if (0 == random.nextInt(8) && acknowledged > 1) {
                    retryLast(engine, client);
                }
            }
        }
    }

    /** The process died before the last answer was seen: asked again, it is given from the session, or known to have been seen. */
    private void retryAfterCrash(final StorageEngine engine, final EmbeddedClient client) {
        final int keyNumber = incremented.get(incremented.size() - 1);
        final int length = commands.encodeIncrement(command, 0, 0, key, 0, keyLength(keyNumber), 1);
        call(engine, client, client.sessionCommand(incremented.size(), incremented.size() - 1, command, 0, length));
        final long times = incremented.stream().filter(number -> number == keyNumber).count();
        assertEquals(ReplyStatus.OK, replyStatus);
        assertEquals(times, replySum);
    }

    /** The answer got lost, the client asks again with the same serial: nothing is added a second time. */
    private void retryLast(final StorageEngine engine, final EmbeddedClient client) {
        final int keyNumber = incremented.get(incremented.size() - 1);
        final long index = replyIndex;
        final long sum = replySum;
        final int length = commands.encodeIncrement(command, 0, 0, key, 0, keyLength(keyNumber), 1);
        call(engine, client, client.sessionCommand(incremented.size(), incremented.size() - 1, command, 0, length));
        assertEquals(ReplyStatus.OK, replyStatus);
        assertEquals(index, replyIndex, "the answer is the one given before");
        assertEquals(sum, replySum, "the answer is the one given before");
    }

    private void call(final StorageEngine engine, final EmbeddedClient client, final long correlationId) {
        assertTrue(correlationId >= 0, () -> "refused: " + ReplyStatus.name((int)correlationId));
        int cycles = 0;
        while (0 == client.poll(this::onReply, 1)) {
            if (!engine.isServing()) {
                throw new IllegalStateException(engine.failure());
            }
            assertTrue(++cycles < 100_000, "no answer");
        }
        if (ReplyStatus.UNKNOWN == replyStatus) {
            throw new IllegalStateException(engine.failure());
        }
    }

    private void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        replyStatus = status;
        replyIndex = index;
        replySum = length >= 8 ? buffer.getLong(offset) : -1;
    }

    private void verify(final StorageEngine engine) {
        assertEquals(0, engine.errorCount(), "the scrubber or the Snapshotter found fault");
        final Map<Integer, Integer> expected = new HashMap<>();
        incremented.forEach(keyNumber -> expected.merge(keyNumber, 1, Integer::sum));
        final UnsafeBuffer value = new UnsafeBuffer(new byte[32]);
        try (ReadView view = engine.readView()) {
            for (int keyNumber = 0; keyNumber < KEYS; keyNumber++) {
                final int length = view.get(0, key, 0, keyLength(keyNumber), value, 0, value.capacity());
                final String actual = length < 0 ? null : value.getStringWithoutLengthAscii(0, length);
                final Integer count = expected.get(keyNumber);
                assertEquals(null == count ? null : count.toString(), actual, "key " + keyNumber);
            }
        }
    }

    private int keyLength(final int keyNumber) {
        final byte[] bytes = ("key" + keyNumber).getBytes(StandardCharsets.US_ASCII);
        key.putBytes(0, bytes);
        return bytes.length;
    }
}
