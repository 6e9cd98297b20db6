package io.cairn.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A directory keeps its incarnation for as long as nothing that it acknowledged can be gone.
 */
class LogIncarnationTest
{
    private static final Path DIR = Path.of("/node/wal");

    private final SimulatedStorageIo disk = new SimulatedStorageIo(1);
    private final LogFixture fixture = new LogFixture(DIR, disk);

    @AfterEach
    void giveBack()
    {
        disk.close();
    }

    private WriteAheadLog open(final boolean acknowledgesUnforced)
    {
        fixture.log = new WriteAheadLog(fixture.context().acknowledgesUnforced(acknowledgesUnforced).conclude());
        return fixture.log;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldKeepItWhereNothingCanBeForgotten(final boolean acknowledgesUnforced)
    {
        final long drawn = open(acknowledgesUnforced).incarnation();
        assertTrue(drawn > 0);
        fixture.appendAll(1, 5, 1);
        disk.processCrash();
        assertEquals(drawn, open(acknowledgesUnforced).incarnation());
        fixture.log.close();
        disk.powerLoss(7);
        assertEquals(drawn, open(acknowledgesUnforced).incarnation());
        assertFalse(fixture.log.recovery().mayHaveForgotten());
    }

    @Test
    void shouldKeepItOverAPowerLossWhereWhatIsAcknowledgedIsForced()
    {
        final long drawn = open(false).incarnation();
        fixture.appendAll(1, 5, 1);
        fixture.log.force();
        disk.powerLoss(7);
        assertEquals(drawn, open(true).incarnation());
        assertTrue(fixture.log.recovery().isUncleanOtherBoot());
        assertFalse(fixture.log.recovery().mayHaveForgotten());
    }

    @Test
    void shouldDrawAnotherAfterAPowerLossWhereWhatIsAcknowledgedNeedNotBeForced()
    {
        final long drawn = open(true).incarnation();
        fixture.appendAll(1, 5, 1);
        disk.powerLoss(7);
        final long renewed = open(false).incarnation();
        assertNotEquals(drawn, renewed);
        assertTrue(fixture.log.recovery().mayHaveForgotten());
        fixture.log.close();
        assertEquals(renewed, open(false).incarnation());
        fixture.log.close();
        assertEquals(List.of(), WalVerifier.verify(disk, DIR).findings());
    }

    @Test
    void shouldDrawAnotherWhenItIsToldToAndKeepEverythingElse()
    {
        final long drawn = open(false).incarnation();
        final long clusterId = fixture.log.clusterId();
        fixture.appendAll(1, 5, 1);
        fixture.log.close();
        final long renewed = LogIncarnation.renew(disk, DIR);
        assertNotEquals(drawn, renewed);
        assertEquals(renewed, open(false).incarnation());
        assertEquals(clusterId, fixture.log.clusterId());
        fixture.checkAll(1, 5, 1);
    }

    @Test
    void shouldGiveOneToADirectoryThatWasFormattedBeforeThereWereAny()
    {
        open(false);
        fixture.appendAll(1, 5, 1);
        fixture.log.close();
        final Path identity = DIR.resolve(LogIdentity.FILE_NAME);
        final UnsafeBuffer page = new UnsafeBuffer(BufferUtil.allocateDirectAligned(LogIdentity.FILE_LENGTH, 64));
        try (StorageFile file = disk.open(identity, OpenMode.READ_WRITE))
        {
            file.read(0, page, 0, LogIdentity.FILE_LENGTH);
            page.putInt(SegmentDescriptor.VERSION_OFFSET, 1);
            page.putLong(32, 0);
            SegmentDescriptor.sealSector(page.addressOffset());
            file.write(0, page, 0, LogIdentity.FILE_LENGTH);
            file.force();
        }
        assertEquals(List.of(), WalVerifier.verify(disk, DIR).findings());
        final long given = open(false).incarnation();
        assertTrue(given > 0);
        fixture.checkAll(1, 5, 1);
        fixture.log.close();
        assertEquals(given, open(false).incarnation());
    }
}
