package io.cairn.engine.pipeline;

import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.wal.WalContext;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Which configuration is in force, over a real log that lets go of its beginning. */
final class ConfigurationsTest {
    private static final int COMMANDS = 600;
    private static final ClusterConfiguration FIRST = ClusterConfiguration.of(Membership.of(0, 1, 2, 3, 4));
    private static final ClusterConfiguration SECOND = ClusterConfiguration.of(Membership.of(2, 3, 4));
    private static final ClusterConfiguration THIRD = ClusterConfiguration.of(Membership.of(4));

    @TempDir
    Path dir;

    private final UnsafeBuffer payload = new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 12, 64));
    private WriteAheadLog log;
    private Configurations configurations;
    private long last;

    @BeforeEach
    void open() {
        log = new WriteAheadLog(new WalContext().dir(dir).storageIo(new MappedStorageIo()).segmentBytes(1 << 16).prepareInline(true)
            .singleMember(false).conclude());
        configurations = new Configurations(log, FIRST, 0);
    }

    @AfterEach
    void close() {
        log.close();
    }

    private void append(final int type, final byte[] bytes) {
        payload.putBytes(0, bytes);
        assertTrue(log.append(type, 0, ++last, 1, last, Crc32c.compute(payload, 0, bytes.length), payload, 0, bytes.length) > 0);
        log.publish();
    }

    private void appendCommands() {
        for (int i = 0; i < COMMANDS; i++) {
            append(RecordDescriptor.COMMAND, new byte[200]);
        }
        log.force();
    }

    private long change(final ClusterConfiguration configuration) {
        append(RecordDescriptor.CONFIGURATION, ConfigurationCodec.encode(configuration));
        configurations.adopt(last, configuration);
        return last;
    }

    private void cut(final long from) {
        log.truncateSuffix(from);
        last = from - 1;
        configurations.truncatedTo(last);
    }

    @Test
    void shouldStayInForceWhenTheLogLetGoOfItsEntryAndAConflictCutsWhatCameAfterIt() {
        final long second = change(SECOND);
        appendCommands();
        log.releasePrefix(last - 10);
        assertTrue(log.firstIndex() > second, "nothing was released");
        cut(last - 5);
        assertEquals(SECOND, configurations.current());
        assertEquals(second, configurations.index());
    }

    @Test
    void shouldGoBackToTheOneBeforeWhenAConflictCutsAnEntry() {
        final long second = change(SECOND);
        appendCommands();
        log.releasePrefix(last - 10);
        assertTrue(log.firstIndex() > second, "nothing was released");
        final long third = change(THIRD);
        append(RecordDescriptor.COMMAND, new byte[200]);
        log.force();
        cut(third + 1);
        assertEquals(THIRD, configurations.current());
        cut(third);
        assertEquals(SECOND, configurations.current());
        assertEquals(second, configurations.index());
    }

    @Test
    void shouldKnowAtStartWhatTheLogLetsGoOfLater() {
        final long second = change(SECOND);
        appendCommands();
        configurations = new Configurations(log, FIRST, 0);
        log.releasePrefix(last - 10);
        cut(last - 5);
        assertEquals(SECOND, configurations.current());
        assertEquals(second, configurations.index());
    }

    @Test
    void shouldFollowAnInstalledSnapshotAndNothingThatWasBeforeIt() {
        change(SECOND);
        appendCommands();
        configurations.installed(last, THIRD);
        assertEquals(THIRD, configurations.current());
        cut(last);
        assertEquals(THIRD, configurations.current());
    }
}
